"""`python -m quickstart`: export, serve, ingest samples, print feeds, go on serving."""

import signal
import sys
import time
from datetime import datetime, timezone
from typing import NoReturn

from orchestrator import settings as orchestrator
from orchestrator.errors import StartupError
from quickstart.client import Client
from quickstart.console import CONSOLE
from quickstart.errors import QuickstartError
from quickstart.feed_table import feed_table, label
from quickstart.ingest import ingest_samples
from quickstart.samples import load_viewers
from quickstart.stack import Stack
from quickstart.weights import ensure_exported
from serving import settings as serving
from serving.errors import ServingError

_POLL_S = 0.25
_FEED_LENGTH = 10
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Exit code 0 after Ctrl-C or SIGTERM, 1 with one line for everything else."""
    for number in _STOPS:
        # What is ignored stays so: the terminal's end under nohup, Ctrl-C of a background job.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        settings, triton = orchestrator.load_settings(), serving.load_settings()
        ensure_exported(triton.model_repository)
        with Stack(settings, triton) as stack:
            client = Client(stack.url)
            _wait_until_ready(stack, client)
            with stack.blamed():
                ingest_samples(client, settings.store_path, datetime.now(timezone.utc))
                _print_feeds(client)
            _print_address(stack)
            while True:
                stack.check()
                time.sleep(_POLL_S)
    except (QuickstartError, StartupError, ServingError) as exc:
        print(f"make run: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        CONSOLE.print("\nStopped.")
        return 0


def _interrupt(*_: object) -> NoReturn:
    # One is enough: a second Ctrl-C must not break off the orderly stop.
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _wait_until_ready(stack: Stack, client: Client) -> None:
    CONSOLE.print("==> Starting Triton and the orchestrator")
    while not client.is_ready():
        stack.check()
        time.sleep(_POLL_S)


def _print_feeds(client: Client) -> None:
    for viewer in load_viewers():
        items = client.feed(viewer.user_id, _FEED_LENGTH)
        labels = {item["media_id"]: label(client.media(item["media_id"])) for item in items}
        liked = ", ".join(like.media_id for like in viewer.likes)
        title = f"\n{viewer.user_id}'s feed, who liked {liked}"
        CONSOLE.print(feed_table(title, items, labels))
    weights = ", ".join(f"{side}: {kind}" for side, kind in client.weights().items())
    CONSOLE.print(
        f"Weights in use: {weights}. Columns are contributions; they add up to the score."
    )


def _print_address(stack: Stack) -> None:
    CONSOLE.print(
        f"\nServing on {stack.url} (pages at {stack.url}/docs, log in {stack.log}); "
        "Ctrl-C stops everything.\n"
        "Your own picture or video, then ada's feed with it:\n"
        f"  curl -F file=@PICTURE.jpg -F media_id=mine -F author_id=me {stack.url}/v1/media\n"
        f"  curl -H 'Content-Type: application/json' "
        f'-d \'{{"user_id": "ada", "limit": 50}}\' '
        f"{stack.url}/v1/feed\n"
        "What stands for a video:\n"
        f"  curl -o thumbnail.jpg {stack.url}/v1/media/road-to-orbit/thumbnail",
        soft_wrap=True,
    )


if __name__ == "__main__":
    sys.exit(main())
