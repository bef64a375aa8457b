"""`python -m evaluation log`: a log as a product would write it, from the made world.

Each list is ten posts of a viewer's best forty, in the order of the logging weights or, with
probability `explore`, shuffled; the propensities say so. A post is looked at with probability
1 / log2(place + 1), and its reward is 1 where it was looked at and liked.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.policies.calibrating import calibrate
from evaluation.policies.ours import viewer_of
from evaluation.protocols.static import CANDIDATE_DAYS, WorldVectors
from evaluation.world.utility import utility
from evaluation.world.world import World, WorldSize, make_world
from ranking.rank import Ranking, rank
from ranking.types import RankedPosts
from ranking.viewer import TasteParameters
from ranking.weights import SIGNALS

_POOL, _LIST = 40, 10
_START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("log", type=Path, help="file to write, one JSON object a line")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--requests", type=int, default=10, help="lists a viewer")
    parser.add_argument("--posts", type=int, default=4000, help="posts of the world")
    parser.add_argument("--explore", type=float, default=0.5, help="share of shuffled lists")


def run(options: argparse.Namespace) -> int:
    """Write the log."""
    world = make_world(options.seed, WorldSize(viewers=options.viewers, posts=options.posts))
    lists = sample_log(world, seed=options.seed, requests=options.requests, explore=options.explore)
    with options.log.open("w", encoding="utf-8") as log:
        for line in lists:
            log.write(json.dumps(line) + "\n")
    return 0


def sample_log(world: World, *, seed: int, requests: int, explore: float) -> Iterator[Any]:
    """Lines of a log, `requests` a viewer; the logging policy ranks by the default weights."""
    now_s = world.size.now_s
    posts = world.posts_at(now_s, world.available(now_s, CANDIDATE_DAYS))
    ranking = Ranking(calibrate(world, seed=seed))
    at = (_START + timedelta(seconds=now_s)).isoformat()
    for number, inhabitant in enumerate(world.inhabitants):
        rng = np.random.default_rng([seed, number])
        viewer = viewer_of(inhabitant.past, WorldVectors(world), now_s, TasteParameters())
        best = rank(posts, viewer, now_s=now_s, ranking=ranking, limit=_POOL)
        index = np.array([int(post.media_id[1:]) for post in best.posts])
        worth = utility(world.catalogue, inhabitant.person, index, now_s)
        likes = np.zeros(len(index), dtype=np.bool_)
        answers = inhabitant.mood.answers(index, worth, np.full(len(index), now_s))
        likes[[np.flatnonzero(index == e.post)[0] for e in answers if e.kind == "like"]] = True
        for request in range(requests):
            yield {
                "request_id": f"r{number}-{request}",
                "user_id": f"u{number}",
                "at": at,
                "items": _items(rng, best, likes, explore),
            }


def _items(
    rng: np.random.Generator, best: RankedPosts, likes: NDArray[np.bool_], explore: float
) -> list[dict[str, Any]]:
    """One list, in the order served."""
    count = min(_LIST, len(best))
    chosen = np.sort(rng.choice(len(best), count, replace=False))
    chosen = chosen[np.argsort(-best.score[chosen], kind="stable")]
    place = rng.permutation(count) if rng.random() < explore else np.arange(count)
    propensity = explore / count + (1.0 - explore) * (place == np.arange(count))
    looked_at = rng.random(count) < 1.0 / np.log2(place + 2.0)
    items = [
        {
            "media_id": best.posts[row].media_id,
            "author_id": best.posts[row].author_id,
            "content_type": best.posts[row].content_type,
            "signals": {
                name: None if np.isnan(value) else round(float(value), 6)
                for name, value in zip(SIGNALS, best.value[row].tolist(), strict=True)
            },
            "position": int(place[listed]),
            "propensity": round(float(propensity[listed]), 6),
            "reward": float(looked_at[listed] and likes[row]),
        }
        for listed, row in enumerate(chosen.tolist())
    ]
    return sorted(items, key=lambda item: item["position"])
