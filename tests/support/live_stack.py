"""All that live tests of a client need: a stack that they control, and an old server beside it.

    python -m tests.support.live_stack

starts it, prints what their environment has to say of it, and serves until its input ends.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import orchestrator, triton
from tests.support.control_server import control
from tests.support.controlled_stack import ControlledStack
from tests.support.exporting import write_repository
from tests.support.own_triton import OwnTriton, own_triton


@contextmanager
def live_stack(
    folder: Path, grpc_url: str, own: OwnTriton | None = None
) -> Iterator[dict[str, str]]:
    """On the Triton at `grpc_url`, or on its own; what is stored lies in the folder.

    The old server stays on the one at `grpc_url`, whatever is done to the stack.
    """
    with (
        orchestrator.serve(grpc_url, folder / "old") as old,
        control(
            ControlledStack(
                grpc_url if own is None else own.grpc_url,
                folder / "store",
                triton=own,
                environment={"FEEDLENS_UPLOADS_PATH": str(folder / "uploads")},
            )
        ) as addresses,
    ):
        yield {**addresses, "LEGACY_EMBEDDING_SERVER_URL": old.url}


def main() -> None:
    """Serves one with all that it can have, until standard input ends."""
    with tempfile.TemporaryDirectory(prefix="feedlens-") as name:
        folder = Path(name)
        repository = folder / "model_repository"
        write_repository(repository)
        with (
            triton.serve(repository, folder / "triton") as shared,
            own_triton(repository, folder / "own-triton") as own,
            live_stack(folder, shared.grpc_url, own) as environment,
        ):
            for variable, value in environment.items():
                sys.stdout.write(f"export {variable}={value}\n")
            sys.stdout.flush()
            sys.stdin.read()


if __name__ == "__main__":
    main()
