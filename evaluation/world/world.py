"""A world from a seed: posts, their embeddings, and people with a past."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.world.answers import Event, Mood
from evaluation.world.catalogue import CONTENT_TYPES, DAY_S, Catalogue, make_catalogue
from evaluation.world.people import Person, make_person
from evaluation.world.topics import Floats, make_topics
from evaluation.world.utility import utility
from evaluation.world.views import TEXT, VISUAL, Embeddings, embed
from ranking.types import Post

_SESSION = 10
_SHOWN_DAYS = 3.0


@dataclass(frozen=True, slots=True)
class WorldSize:
    """How much world: posts of `days` before now and of `days_ahead` after it."""

    viewers: int = 200
    posts: int = 4000
    days: float = 21.0
    days_ahead: float = 5.0

    @property
    def now_s(self) -> float:
        """The time up to which the past reaches."""
        return self.days * DAY_S


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """A person, their luck, and what they did so far (events in order of time)."""

    person: Person
    mood: Mood
    past: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is; policies are given `posts_at` and events only."""

    size: WorldSize
    catalogue: Catalogue
    visual: Embeddings
    text: Embeddings
    inhabitants: tuple[Inhabitant, ...]

    def available(self, now_s: float, days: float) -> NDArray[np.int64]:
        """Indices of the posts of the last `days`."""
        created = self.catalogue.created_at_s
        return np.flatnonzero((created <= now_s) & (created > now_s - days * DAY_S))

    def posts_at(self, now_s: float, indices: NDArray[np.int64]) -> list[Post]:
        """Posts as a policy sees them at a time."""
        likes, comments = self.catalogue.counters(now_s)
        return [
            Post(
                media_id=media_id(index),
                author_id=f"a{self.catalogue.author[index]:05}",
                content_type=CONTENT_TYPES[self.catalogue.content_type[index]],
                created_at_s=float(self.catalogue.created_at_s[index]),
                likes=int(likes[index]),
                comments=int(comments[index]),
                visual=self.visual.of(index),
                text=self.text.of(index),
            )
            for index in indices.tolist()
        ]


def media_id(post: int) -> str:
    """The id that policies know a post by."""
    return f"p{post:06}"


def make_world(seed: int, size: WorldSize) -> World:
    """The world of a seed; the n-th inhabitant does not depend on how many there are."""
    topics_seed, posts_seed, visual_seed, text_seed, people_seed = np.random.SeedSequence(
        seed
    ).spawn(5)
    topics = make_topics(np.random.default_rng(topics_seed))
    catalogue = make_catalogue(
        np.random.default_rng(posts_seed),
        topics,
        posts=size.posts,
        days=size.days + size.days_ahead,
    )
    inhabitants = []
    for person_seed in people_seed.spawn(size.viewers):
        rng = np.random.default_rng(person_seed)
        person = make_person(rng, topics, days=size.days)
        mood = Mood(rng, len(catalogue))
        inhabitants.append(Inhabitant(person, mood, _past(rng, catalogue, person, mood, size)))
    return World(
        size,
        catalogue,
        embed(np.random.default_rng(visual_seed), catalogue, VISUAL),
        embed(np.random.default_rng(text_seed), catalogue, TEXT),
        tuple(inhabitants),
    )


def _past(
    rng: np.random.Generator, catalogue: Catalogue, person: Person, mood: Mood, size: WorldSize
) -> tuple[Event, ...]:
    """What came of sessions of ten posts of a mixed stream, none twice.

    A post of the last three days is shown by chance (40 %), by its likes (30 %) or because the
    person follows or searches what they care for (30 %).
    """
    sessions = np.sort(rng.uniform(_SHOWN_DAYS * DAY_S, size.now_s, -(-person.exposures // 10)))
    unseen = np.ones(len(catalogue), dtype=np.bool_)
    events: list[Event] = []
    for at_s in sessions.tolist():
        first, last = np.searchsorted(catalogue.created_at_s, [at_s - _SHOWN_DAYS * DAY_S, at_s])
        window = np.flatnonzero(unseen[first:last]) + first
        if window.size < _SESSION:
            continue
        likes = catalogue.counters(at_s)[0][window] + 1.0
        wanted = np.exp(4.0 * (catalogue.mix[window] @ person.affinity(at_s)))
        chance = 0.4 / window.size + 0.3 * likes / likes.sum() + 0.3 * wanted / wanted.sum()
        shown = rng.choice(window, _SESSION, replace=False, p=chance / chance.sum())
        unseen[shown] = False
        at = at_s + 30.0 * np.arange(_SESSION)
        events.extend(mood.answers(shown, utility(catalogue, person, shown, at_s), at))
    return tuple(sorted(events, key=lambda event: event.at_s))


def latent_of(world: World, posts: list[int]) -> Floats:
    """True vectors of posts, [n, d]."""
    rows: Floats = world.catalogue.latent[posts]
    return rows
