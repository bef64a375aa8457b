"""How long answers are kept, and how long Redis may take. Settings, FEEDLENS_CACHE__<NAME>."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

_Ttl = Annotated[float, Field(gt=0, le=365 * 86_400)]
_Wait = Annotated[float, Field(gt=0, le=10)]


@dataclass(frozen=True, slots=True)
class CacheParameters:
    """How answers of models are kept.

    `ttl_s`: of vectors and hashes, whose keys name the model. `ocr_ttl_s`: of lines that OCR read;
    an OCR model has no fingerprint, so that after a change of it old lines live on for this long,
    unless `ocr_models`, any word, is changed with it. `timeout_s`: what a request waits for Redis
    at most. `pause_s`: how long Redis is left alone after it did not answer.
    """

    ttl_s: _Ttl = 7 * 86_400.0
    ocr_ttl_s: _Ttl = 86_400.0
    ocr_models: Annotated[str, Field(max_length=100)] = ""
    timeout_s: _Wait = 0.05
    pause_s: _Wait = 1.0
