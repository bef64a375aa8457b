"""Health of the Triton in this container: every model that callers name answers an inference.

Triton's own readiness stays positive when the process of a Python model is dead. The inference API
needs no admin key.
"""

import base64
import sys

from serving.ports import LOOPBACK
from serving.settings import load_settings
from serving.triton_http import InputTensor, TritonHttp, TritonHttpError, bytes_element

_TIMEOUT_S = 5.0
_TEXT = b"canary"
# A white square of 8x8 pixels.
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFUlEQVR4nGP8//8/AzbAhFV00EoAAFbUAw037MyjAAAA"
    "AElFTkSuQmCC"
)
# What the orchestrator and foreign clients call, with its input; the rest are parts of these.
ASKED = {
    "image_embedding": ("bytes", _PNG),
    "legacy_embedding": ("bytes", _PNG),
    "ocr": ("bytes", _PNG),
    "text_embedding": ("text", _TEXT),
    "clip_text_embedding": ("text", _TEXT),
}


def main() -> int:
    """The exit status is 0 when all answer; else 1, and a line names the first that does not."""
    triton = TritonHttp(host=LOOPBACK, port=load_settings().http_port)
    for model, (name, content) in ASKED.items():
        tensor = InputTensor(name, "BYTES", [1, 1], bytes_element(content))
        try:
            triton.infer(model, [tensor], _TIMEOUT_S)
        except TritonHttpError as error:
            print(f"{model}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
