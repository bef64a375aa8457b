"""How feeds are made: sizes and spans of time. Each is a setting, FEEDLENS_FEED__<NAME>."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

_Share = Annotated[float, Field(ge=0, le=0.5)]
_Count = Annotated[int, Field(gt=0)]
_Seconds = Annotated[float, Field(gt=0, le=365 * 86_400)]
_Days = Annotated[float, Field(gt=0, le=36_500)]
_Hours = Annotated[float, Field(gt=0)]


@dataclass(frozen=True, slots=True)
class FeedParameters:
    """Sizes and spans of time.

    `session_posts`: posts of one session, over all its pages. `session_ttl_s`: how long its
    cursors are good for. `seen_days`: how long a post that was seen or served stays away.
    `candidates_per_source`: posts that each source may bring. `max_history`: latest telling
    events that make a viewer's taste. `max_seen`: latest events by which posts count as seen.
    `compared_posts`: latest seen or served posts whose copies are kept away too.
    `profile_ttl_s`: how long a viewer's vectors are kept without a strong event;
    `migrating_profile_ttl_s`: where some of the posts that they are made of are not migrated.
    `neighbours_ttl_s`: how old may be what was found near a viewer's interests; new posts are
    found by their date meanwhile. `max_profiles`: viewers whose vectors are kept.
    `exploration_share`: places of a feed, at most, that new posts get by chance, as long as they
    are younger than `exploration_hours` and have at most `exploration_interactions`.
    """

    session_posts: Annotated[int, Field(gt=0, le=1000)] = 200
    session_ttl_s: _Seconds = 3600.0
    seen_days: _Days = 30.0
    candidates_per_source: Annotated[int, Field(gt=0, le=1000)] = 100
    max_history: _Count = 2000
    max_seen: _Count = 100_000
    compared_posts: Annotated[int, Field(ge=0)] = 2000
    profile_ttl_s: _Seconds = 3600.0
    migrating_profile_ttl_s: _Seconds = 60.0
    neighbours_ttl_s: _Seconds = 60.0
    max_profiles: _Count = 10_000
    exploration_share: _Share = 0.1
    exploration_hours: _Hours = 48.0
    exploration_interactions: Annotated[int, Field(ge=0)] = 10
