import asyncio
import gc
from collections import Counter

from orchestrator.locks import Locks


async def test_one_key_at_a_time_and_keys_beside_each_other() -> None:
    locks = Locks()
    inside: list[str] = []
    most: Counter[str] = Counter()

    async def work(key: str) -> None:
        nonlocal most
        async with locks.of(key):
            inside.append(key)
            most |= Counter(inside)
            most |= Counter(both=len(inside))
            await asyncio.sleep(0)
            gc.collect()
            await asyncio.sleep(0)
            inside.remove(key)

    await asyncio.gather(*(work(key) for key in "ababab"))
    assert most == {"a": 1, "b": 1, "both": 2}
