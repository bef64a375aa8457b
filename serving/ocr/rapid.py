"""RapidOCR: small models on ONNX Runtime, all of them inside its wheel."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidocr import RapidOCR

from serving.ocr.lines import Line

# Text is recognised in a picture of at most this side: more only costs time.
_MAX_SIDE_PX = 2000
# The detector's own default enlarges the shorter side to 736 and takes five times as long.
_DETECTION_SIDE_PX = 640


class RapidEngine:
    """Detection, orientation and recognition by RapidOCR's default models."""

    def __init__(self, thread_count: int) -> None:
        cv2.setNumThreads(thread_count)
        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                # The caller chooses its own threshold from the confidences.
                "Global.text_score": 0.0,
                # Its own resizing loses the boxes' scale on long, thin pictures.
                "Global.use_preprocess_img": False,
                "Det.limit_type": "max",
                "Det.limit_side_len": _DETECTION_SIDE_PX,
                "EngineConfig.onnxruntime.intra_op_num_threads": thread_count,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        # The models are opened at first use: one that can't be must stop the load, not a caller.
        self.read(_sample())

    def read(self, image: Image.Image) -> list[Line]:
        """The lines of an upright RGB picture, boxes in its own pixels."""
        bounded = _bounded(image)
        found = self._engine(np.ascontiguousarray(np.asarray(bounded)[:, :, ::-1]))
        if found.boxes is None:
            return []
        scale = np.divide(image.size, bounded.size).astype(np.float32)
        return [
            Line(text, float(confidence), np.asarray(box, dtype=np.float32) * scale)
            for text, confidence, box in zip(found.txts, found.scores, found.boxes, strict=True)
        ]


def _sample() -> Image.Image:
    """A picture with a word, so that every model has something to do."""
    image = Image.new("RGB", (160, 64), "white")
    ImageDraw.Draw(image).text((16, 16), "ready", "black", ImageFont.load_default(size=28))
    return image


def _bounded(image: Image.Image) -> Image.Image:
    longest = max(image.size)
    if longest <= _MAX_SIDE_PX:
        return image
    width, height = (max(1, round(side * _MAX_SIDE_PX / longest)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
