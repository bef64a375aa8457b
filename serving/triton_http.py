"""The few calls of Triton's HTTP protocol that the launcher makes (KServe v2)."""

import http.client
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.ports import LOOPBACK

_US_A_SECOND = 1_000_000


@dataclass(frozen=True)
class InputTensor:
    """An input as the binary extension of the protocol sends it."""

    name: str
    datatype: str
    shape: Sequence[int]
    data: bytes


class TritonHttpError(Exception):
    """Triton answered with an error, or not at all; the message says why.

    Attributes:
        status: the HTTP status; None where there was no answer.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def bytes_element(data: bytes) -> bytes:
    """One element of a BYTES tensor: its length, little-endian, and itself."""
    return struct.pack("<I", len(data)) + data


class TritonHttp:
    """One Triton; every call opens its own connection."""

    def __init__(self, port: int, host: str = LOOPBACK) -> None:
        self._port = port
        self._host = host

    def is_live(self) -> bool:
        """Whether the server answers at all."""
        return self._answers("/v2/health/live")

    def is_ready(self, model: str) -> bool:
        """Whether the model is loaded; of a model in Python, that its process lives is not said."""
        return self._answers(f"/v2/models/{model}/ready")

    def config(self, model: str) -> dict[str, Any]:
        """The configuration of a loaded model, as a JSON object."""
        body = self._request("GET", f"/v2/models/{model}/config", timeout_s=5)
        config: dict[str, Any] = json.loads(body)
        return config

    def success_count(self, model: str) -> int:
        """How many requests a loaded model has answered without an error."""
        body = self._request("GET", f"/v2/models/{model}/stats", timeout_s=2)
        versions = json.loads(body)["model_stats"]
        return sum(int(version["inference_stats"]["success"]["count"]) for version in versions)

    def infer(self, model: str, inputs: Sequence[InputTensor], timeout_s: float) -> None:
        """Runs an inference and discards its outputs; at the timeout it leaves the queue.

        Raises:
            TritonHttpError: the model answers with an error, or not in time.
        """
        header = json.dumps(
            {
                "inputs": [
                    {
                        "name": tensor.name,
                        "datatype": tensor.datatype,
                        "shape": list(tensor.shape),
                        "parameters": {"binary_data_size": len(tensor.data)},
                    }
                    for tensor in inputs
                ],
                "parameters": {
                    "binary_data_output": True,
                    "timeout": int(timeout_s * _US_A_SECOND),
                },
            }
        ).encode()
        self._request(
            "POST",
            f"/v2/models/{model}/infer",
            timeout_s=timeout_s,
            body=header + b"".join(tensor.data for tensor in inputs),
            headers={"Inference-Header-Content-Length": str(len(header))},
        )

    def _answers(self, path: str) -> bool:
        try:
            self._request("GET", path, timeout_s=2)
        except TritonHttpError:
            return False
        return True

    def _request(
        self,
        method: str,
        path: str,
        *,
        timeout_s: float,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise TritonHttpError(f"no answer: {error!r}") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            reason = _reason(answer) or f"HTTP status {response.status}"
            raise TritonHttpError(reason, response.status)
        return answer


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", errors="replace")
