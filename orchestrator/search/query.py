"""What is looked for: a vector of a picture, a vector of words, or both."""

from dataclasses import dataclass

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.errors import InvalidRequest, NotFound
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.together import together
from orchestrator.extraction.words import text_of, words_of
from orchestrator.inference.models import Fingerprint, Fingerprints
from orchestrator.store.protocol import Store
from orchestrator.store.records import Modality, Vector
from orchestrator.store.vectors import check_fingerprint


@dataclass(frozen=True, slots=True)
class Query:
    """Unit vectors [d_visual] and [d_text]; `media_id` names the post whose vectors they are."""

    visual: Vector | None = None
    text: Vector | None = None
    media_id: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Turns what a caller brings into queries, by the models whose vectors the store holds.

    What a model gives raises FingerprintMismatch where it runs other weights by now, and
    InferenceUnavailable where it does not answer: a search by half of what was asked for would
    look like a whole one.
    """

    store: Store
    extractor: Extractor
    fingerprints: Fingerprints
    deadline: Deadline

    async def post(self, media_id: str) -> Query:
        """A stored post's own vectors; NotFound."""
        posts = await self.store.get_posts([media_id], with_vectors=True)
        if media_id not in posts:
            raise NotFound(f"no post has media_id {media_id!r}")
        post = posts[media_id]
        return Query(post.visual, post.text, media_id)

    async def seen_in(self, text: str) -> Query:
        """What a text describes: its vector by CLIP's text tower."""
        vector, fingerprint = await self.extractor.embed_caption(text, self.deadline)
        return Query(visual=_checked(vector, "visual", fingerprint, self.fingerprints.caption))

    async def said_in(self, text: str) -> Query:
        """What a text says: its vector by the text encoder."""
        vector, fingerprint = await self.extractor.embed_text(text, self.deadline)
        return Query(text=_checked(vector, "text", fingerprint, self.fingerprints.text))

    async def words(self, text: str) -> Query:
        """What a text describes, and what it says."""
        seen, said = await together(self.seen_in(text), self.said_in(text))
        return Query(seen.visual, said.text)

    async def shown_by(self, picture: Picture) -> Query:
        """What a picture shows."""
        look, fingerprint = await self.extractor.look_at(picture, self.deadline)
        return Query(visual=_checked(look.vector, "visual", fingerprint, self.fingerprints.visual))

    async def written_on(self, picture: Picture, caption: str | None = None) -> Query:
        """What a caption and the words in a picture say; no vector where there are none."""
        read = await self.extractor.read_text(picture, self.deadline)
        text = words_of(caption, text_of(read.lines))
        return await self.said_in(text) if text else Query()

    async def picture(self, picture: Picture, caption: str | None) -> Query:
        """What a picture shows, and what a caption and its words say."""
        shown, written = await together(self.shown_by(picture), self.written_on(picture, caption))
        return Query(shown.visual, written.text)


def side(query: Query, modality: Modality) -> Vector:
    """The vector of one side; InvalidRequest where the query has none."""
    vector = query.visual if modality == "visual" else query.text
    if vector is not None:
        return vector
    if query.media_id is not None:
        raise InvalidRequest(f"the post {query.media_id!r} has no {modality} vector")
    raise InvalidRequest("there are no words in the picture to search by")


def _checked(vector: Vector, modality: Modality, now: Fingerprint, then: Fingerprint) -> Vector:
    check_fingerprint(modality, found=now.id, stored=then.id)
    return vector
