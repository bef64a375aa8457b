"""Captions made from templates: what agreement is measured on where no real ones are given."""

from __future__ import annotations

import random

# Topic by topic: a template, then the words for each of its gaps.
_TOPICS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    (
        "{} {} {}",
        (
            ("my cat", "our old dog", "the neighbour's puppy", "a tiny kitten", "the parrot"),
            ("fell asleep on", "tried to eat", "is afraid of", "proudly guards", "stole"),
            ("the laptop", "a slice of pizza", "my left shoe", "the vacuum cleaner", "the sofa"),
        ),
    ),
    (
        "{} {}, recipe in the comments",
        (
            ("homemade ramen", "grandma's apple pie", "spicy lentil soup", "grilled salmon"),
            ("for a rainy Sunday", "in twenty minutes", "without any oven", "for twelve guests"),
        ),
    ),
    (
        "sunset {} {}",
        (
            ("over the harbour of Lisbon", "in the Sahara", "from a night train", "at the lake"),
            ("with old friends", "and not one cloud", "after the storm", "on film"),
        ),
    ),
    (
        "when {} and {}",
        (
            ("you push to production on Friday", "the meeting could be an email", "tests pass"),
            ("nobody notices", "the coffee machine is broken", "you have no idea why", "it's 3 am"),
        ),
    ),
    (
        "{} just {} the {}",
        (
            ("the home team", "an unknown goalkeeper", "our under-12 girls", "a 41-year-old"),
            ("won", "lost", "missed", "equalised in the last minute of"),
            ("cup final", "derby", "penalty shoot-out", "first match of the season"),
        ),
    ),
    (
        "day {} of learning {}: {}",
        (
            ("3", "30", "100", "365"),
            ("the violin", "Japanese", "how to draw hands", "to skateboard", "Rust"),
            ("it gets easier", "my neighbours hate me", "still terrible", "first small win"),
        ),
    ),
    (
        "{} in {} {}",
        (
            ("street art", "an empty cathedral", "brutalist stairs", "a hidden bookshop"),
            ("Berlin", "Mexico City", "Kyoto", "Tbilisi", "Marseille"),
            ("this morning", "before it is torn down", "seen from above", "#architecture"),
        ),
    ),
    (
        "new {} for {}: {}",
        (
            ("sneakers", "headphones", "phone", "mechanical keyboard", "espresso machine"),
            ("under 100 dollars", "left-handed people", "small desks", "daily use"),
            ("worth it?", "honest review", "I returned mine", "link in bio"),
        ),
    ),
    (
        "{}, {} hikers {}",
        (
            ("fresh snow above 2000 m", "fog in the valley", "thunder near the summit"),
            ("four", "no other", "a dozen lost", "two very wet"),
            ("and one marmot", "on the ridge at dawn", "waited in the hut", "turned back"),
        ),
    ),
    (
        "{} says {} {}",
        (
            ("the city council", "a new study", "the central bank", "my landlord"),
            ("rents", "food prices", "bus fares", "energy bills"),
            ("will rise next year", "fell for the first time since 2019", "are a mystery"),
        ),
    ),
    (
        "{} {} {} live",
        (
            ("the whole stadium", "one shy teenager", "a street choir", "the band"),
            ("sang", "whistled", "forgot", "danced to"),
            ("the chorus", "an old folk song", "our wedding song", "the national anthem"),
        ),
    ),
    (
        "painted {} {} {}",
        (
            ("a self-portrait", "the sea", "my brother's hands", "a bowl of lemons"),
            ("in watercolour", "with coffee", "in oil on wood", "on an old door"),
            ("today", "for an exhibition", "three times until it worked", "blindfolded"),
        ),
    ),
    (
        "happy {}, {}! {}",
        (
            ("birthday", "anniversary", "new year", "graduation day"),
            ("mum", "little sister", "my love", "dear followers", "coach"),
            ("so proud of you", "here is to many more", "cake is on its way", "miss you"),
        ),
    ),
    (
        "leg day: {}, {}, {}",
        (
            ("squats", "lunges", "hill sprints", "deadlifts"),
            ("five sets", "no rest", "slow and controlled", "a new personal best"),
            ("then the stairs won", "protein shake and bed", "never again", "who joins?"),
        ),
    ),
    (
        "{} {} in the garden",
        (
            ("the first tomatoes", "purple tulips", "a family of hedgehogs", "wild bees", "weeds"),
            ("turned up", "are finally thriving", "survived the frost", "took over", "hide"),
        ),
    ),
    (
        "{} {} {}",
        (
            ("un café", "una foto", "ein Spaziergang", "due amici"),
            ("à Paris", "en la playa", "im Regen", "al mercato"),
            ("ce matin", "con mi familia", "vor dem Frühstück", "di domenica", "🌧️", "❤️❤️"),
        ),
    ),
    (
        "{} telescope image of {} {}",
        (
            ("a backyard", "the new space", "a hundred-year-old"),
            ("Saturn's rings", "the Orion nebula", "two colliding galaxies", "the Moon at 12 %"),
            ("in infrared", "stacked from 400 frames", "next to a simulation"),
        ),
    ),
    (
        "outfit: {} with {}, {}",
        (
            ("thrifted denim jacket", "red linen dress", "dad's wool coat", "neon raincoat"),
            ("white boots", "silver earrings", "a borrowed tie", "hiking socks"),
            ("yes or no?", "for a wedding in May", "because it's cold", "#ootd"),
        ),
    ),
    (
        "{} {} and asked {}",
        (
            ("a toddler", "my grandfather", "the taxi driver", "a very serious nurse"),
            ("looked at my tattoo", "tried VR", "met a robot waiter", "read my horoscope"),
            ("why", "if it hurts", "for another one", "who pays for this"),
        ),
    ),
    (
        "{} on the {} {}, {}",
        (
            ("a fallen tree", "an accident", "a parade", "a flock of sheep"),
            ("coastal road", "northern line", "bridge", "ring motorway"),
            ("this evening", "since noon", "again"),
            ("expect delays", "drivers are singing", "take the ferry", "police say thanks"),
        ),
    ),
)


def captions(count: int, seed: int = 0) -> list[str]:
    """`count` different captions, as many of each topic; the same seed gives the same ones."""
    drawn: dict[str, None] = {}
    rng = random.Random(seed)  # noqa: S311 - it keeps no secret
    while len(drawn) < count:
        for template, choices in _TOPICS:
            drawn[template.format(*(rng.choice(words) for words in choices))] = None
    return list(drawn)[:count]
