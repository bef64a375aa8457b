"""A process that copies a store and is killed after some batches: source, target, batches."""

import asyncio
import os
import signal
import sys

from orchestrator.store.copying import Step, copy_store
from orchestrator.store.place import open_place
from orchestrator.store.served.parameters import QdrantParameters


async def main(source: str, target: str, batches: int) -> None:
    done = 0

    def advance(_: Step) -> None:
        nonlocal done
        done += 1
        if done == batches:
            os.kill(os.getpid(), signal.SIGKILL)

    one = open_place(source, QdrantParameters(), make=False)
    other = open_place(target, QdrantParameters(), make=True)
    await copy_store(one, other, {}, batch=5, advance=advance)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
