"""What the models see in a picture."""

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.extraction.attempts import Attempts
from orchestrator.extraction.content_type import text_coverage
from orchestrator.extraction.remembered import RememberedModels
from orchestrator.extraction.seen import Look, Seen, Writing
from orchestrator.extraction.together import together
from orchestrator.inference.models import Fingerprint


class Pictures:
    """Looks at pictures."""

    def __init__(self, models: RememberedModels) -> None:
        self._models = models

    async def see(
        self, picture: Picture, by: Fingerprint, attempts: Attempts, deadline: Deadline
    ) -> Seen:
        """Its look and its writing, at once; what fails is left out, and noted."""
        look, writing = await together(
            attempts.run("visual", lambda: self.look(picture, by, deadline)),
            attempts.run("ocr", lambda: self.read(picture, deadline)),
        )
        return Seen(look, writing)

    async def look(self, picture: Picture, by: Fingerprint, deadline: Deadline) -> Look:
        """Its vector."""
        return Look(await self._models.image(picture, by, deadline))

    async def read(self, picture: Picture, deadline: Deadline) -> Writing:
        """Its lines."""
        lines = await self._models.lines(picture, deadline)
        boxes = [line.box for line in lines]
        return Writing(lines, text_coverage(boxes, picture.width, picture.height))
