"""RapidOCR: small models on ONNX Runtime, all of them inside its wheel."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidocr import RapidOCR

from serving.ocr.lines import Line
from serving.ocr.memory import give_back
from serving.ocr.scaling import bounded
from serving.ocr.settings import OcrSettings

# Those whose letters its recogniser knows: one model reads them all.
LANGUAGES = frozenset({
    "af", "az", "bs", "ch_sim", "ch_tra", "cs", "cy", "da", "de", "en", "es", "et", "fr", "ga",
    "hr", "hu", "id", "is", "it", "ja", "ku", "la", "lt", "lv", "mi", "ms", "mt", "nl", "no", "oc",
    "pl", "pt", "ro", "rs_latin", "sk", "sl", "sq", "sv", "sw", "tl", "tr", "uz",
})  # fmt: skip


class RapidEngine:
    """Detection, orientation and recognition by RapidOCR's default models.

    Raises:
        ValueError: a language is not among `LANGUAGES`.
    """

    def __init__(self, settings: OcrSettings) -> None:
        unknown = [code for code in settings.languages if code not in LANGUAGES]
        if unknown:
            raise ValueError(
                f"the models in RapidOCR's wheel can't read '{', '.join(unknown)}' of 'languages';"
                " engine 'easyocr' may"
            )
        self._max_side_px = settings.max_side_px
        cv2.setNumThreads(settings.thread_count)
        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                # The model and its callers choose by the confidences.
                "Global.text_score": 0.0,
                # Its own resizing loses the boxes' scale on long, thin pictures.
                "Global.use_preprocess_img": False,
                # Its default enlarges the shorter side to 736 and takes five times as long.
                "Det.limit_type": "max",
                "Det.limit_side_len": settings.detection_side_px,
                "EngineConfig.onnxruntime.intra_op_num_threads": settings.thread_count,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        # The models are opened at first use: one that can't be must stop the load, not a caller.
        self.read(_sample())

    def read(self, image: Image.Image) -> list[Line]:
        """The lines of an upright RGB picture, boxes in its own pixels."""
        small = bounded(image, self._max_side_px)
        try:
            found = self._engine(np.ascontiguousarray(np.asarray(small)[:, :, ::-1]))
        finally:
            give_back()
        if found.boxes is None:
            return []
        scale = np.divide(image.size, small.size).astype(np.float32)
        return [
            Line(text, float(confidence), np.asarray(box, dtype=np.float32) * scale)
            for text, confidence, box in zip(found.txts, found.scores, found.boxes, strict=True)
        ]


def _sample() -> Image.Image:
    """A picture with a word, so that every model has something to do."""
    image = Image.new("RGB", (160, 64), "white")
    ImageDraw.Draw(image).text((16, 16), "ready", "black", ImageFont.load_default(size=28))
    return image
