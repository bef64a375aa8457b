"""The seam to whatever decodes."""

from typing import Protocol

from orchestrator.content.picture import Picture
from orchestrator.content.video import Sampled, Video
from orchestrator.deadline import Deadline


class Decoder(Protocol):
    """Decodes uploads.

    Both raise UndecodableMedia for what can't be decoded, crashes the decoder, stalls it or needs
    too much, TooLarge for what is over a limit, Unavailable where the deadline passed before the
    decoder could be had.
    """

    async def sample(self, video: Video, deadline: Deadline) -> Sampled:
        """Frames over the video's whole length."""

    async def thumbnail(self, picture: Picture, deadline: Deadline) -> bytes:
        """A small JPEG of a picture, upright."""
