"""How large media may be in tests."""

from orchestrator.content.recognise import MediumLimits

LIMITS = MediumLimits(max_pixels=1_000_000, max_picture_bytes=5_000_000, max_video_bytes=10_000_000)
