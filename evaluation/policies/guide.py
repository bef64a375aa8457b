"""The migration guide's plain weighted sum, as it stands there."""

from collections import Counter, deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.policies.policy import Asked, Never, cosines, liked, mean_direction
from ranking import signals
from ranking.weights import Weights

_WEIGHTS = Weights()
_TYPE_WINDOW = 10


@dataclass(frozen=True, slots=True)
class Guide:
    """0.30 visual + 0.25 text + 0.20 engagement + 0.15 recency + 0.10 diversity.

    One mean a modality; cosines are not calibrated but put into [0, 1] by (1 + cos) / 2
    (`halved`) or by cutting off what is negative (`clipped`); what is missing scores 0; diversity
    is ½ · (1 − same type of the last ten / 10) + ½ · ½^(posts of the author so far). Engagement and
    recency are the ranking package's, which has them from the guide.
    """

    to_unit: Literal["halved", "clipped"] = "clipped"
    name: str = "guide's sum"
    never: Never = "liked"

    def order(self, asked: Asked) -> list[int]:
        fixed = self._without_diversity(asked)
        authors: Counter[str] = Counter()
        recent: deque[str] = deque(maxlen=_TYPE_WINDOW)
        kinds = np.array([post.content_type for post in asked.posts])
        author = np.array([post.author_id for post in asked.posts])
        by_author = np.full(len(fixed), 0.5)
        placed: list[int] = []
        for _ in range(min(asked.limit, len(fixed))):
            counts = Counter(recent)
            by_type = np.full(len(fixed), 0.5)
            for kind, count in counts.items():
                by_type[kinds == kind] = 0.5 * (1.0 - count / _TYPE_WINDOW)
            score = fixed + _WEIGHTS.diversity * (by_type + by_author)
            score[placed] = -np.inf
            best = int(score.argmax())
            placed.append(best)
            recent.append(kinds[best])
            authors[author[best]] += 1
            by_author[author == author[best]] *= 0.5
        return placed

    def _without_diversity(self, asked: Asked) -> NDArray[np.float64]:
        taste = liked(asked)
        visual = cosines(
            mean_direction([pair[0] for pair in taste]), [p.visual for p in asked.posts]
        )
        text = cosines(mean_direction([pair[1] for pair in taste]), [p.text for p in asked.posts])
        parameters = signals.SignalParameters()
        interactions = signals.interactions(
            np.array([float(post.likes) for post in asked.posts]),
            np.array([float(post.comments) for post in asked.posts]),
            parameters.comment_weight,
        )
        ages = signals.ages_hours(np.array([p.created_at_s for p in asked.posts]), asked.now_s)
        total: NDArray[np.float64] = (
            _WEIGHTS.visual * self._unit(visual)
            + _WEIGHTS.text * self._unit(text)
            + _WEIGHTS.engagement * signals.engagement(interactions, parameters.engagement_midpoint)
            + _WEIGHTS.recency * signals.recency(ages, parameters.half_life_hours)
        )
        return total

    def _unit(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        unit = (1.0 + cosines) / 2.0 if self.to_unit == "halved" else np.maximum(cosines, 0.0)
        return np.nan_to_num(unit)
