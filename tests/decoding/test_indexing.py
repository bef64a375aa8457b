from dataclasses import dataclass

from decoding.indexing import Clock, groups_of
from decoding.planning import Group

CLOCK = Clock(tick_s=0.001, start=500, rate=10)
"""Milliseconds; a frame is seen for 100 of them."""


@dataclass(frozen=True)
class Packet:
    """An entry of an index."""

    timestamp: int
    size: int = 10
    is_keyframe: bool = False


def grouped(*packets: Packet, length_s: float = 1.0, file_bytes: int = 1_000) -> list[Group]:
    return groups_of(packets, CLOCK, length_s=length_s, file_bytes=file_bytes)


def test_a_group_is_a_keyframe_and_what_follows() -> None:
    packets = [Packet(100 * i - 200, size=50 if i in (0, 6) else 10) for i in range(10)]
    keyed = [Packet(p.timestamp, p.size, is_keyframe=p.size == 50) for p in packets]
    # What is decoded 600 ms after the first is sought half a frame behind 500 + 600.
    assert grouped(*keyed) == [Group(0.0, 6, 100, 550), Group(0.6, 4, 80, 1150)]


def test_what_stands_before_the_first_keyframe_is_a_group_too() -> None:
    found = grouped(Packet(0), Packet(100), Packet(200, is_keyframe=True))
    assert [(group.start_s, group.frames) for group in found] == [(0.0, 2), (0.2, 1)]


def test_of_keyframes_alone_all_between_is_taken_to_be_even() -> None:
    found = grouped(Packet(0, 3, is_keyframe=True), Packet(400, 5, is_keyframe=True), length_s=2.0)
    assert found == [Group(0.0, 4, 200, 550), Group(0.4, 16, 800, 950)]


def test_without_an_index_all_is_one_group() -> None:
    assert grouped() == [Group(0.0, 10, 1_000, 550)]
    assert grouped(length_s=0.0) == [Group(0.0, 1, 0, 550)]


def test_keyframes_of_a_moment_are_taken_together() -> None:
    packets = [Packet(i, is_keyframe=True) for i in range(100_000)]
    found = grouped(*packets, Packet(100_000), length_s=100.0)
    assert len(found) == 10_000
    assert found[1] == Group(0.01, 10, 100, 560)
