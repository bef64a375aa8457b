"""`python -m orchestrator`: serve until told to stop."""

import argparse
import logging
import socket
import sys

import uvicorn
import uvloop
from threadpoolctl import threadpool_limits

from orchestrator.app import create_app
from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.http.protocol import impatient_protocol
from orchestrator.listener import listen
from orchestrator.opening.services import open_services
from orchestrator.settings import Settings, load_settings

_LOG = logging.getLogger("orchestrator")
_GRACE_S = 10


def main() -> int:
    """Exit code 1, and one line, when the service can't start."""
    argparse.ArgumentParser(
        prog="python -m orchestrator",
        description="Serve Feedlens until told to stop.",
        epilog="Settings are environment variables: see README.md and orchestrator/settings.py.",
    ).parse_args()
    try:
        settings = load_settings()
        logging.basicConfig(
            level=logging.DEBUG if settings.debug else logging.INFO,
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        )
        with listen(settings) as listener, threadpool_limits(1, "blas"):
            # Requests share the cores; BLAS threads that wait for each other would spin on them.
            uvloop.run(_serve(settings, listener))
    except (StartupError, StoreUnavailable) as exc:
        sys.stderr.write(f"orchestrator: {exc.detail}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _serve(settings: Settings, listener: socket.socket) -> None:
    async with open_services(settings) as services:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(services),
                log_config=None,
                access_log=settings.debug,
                timeout_graceful_shutdown=_GRACE_S,
                timeout_keep_alive=settings.keep_alive_s,
                http=impatient_protocol(settings.head_timeout_s),
            )
        )
        _LOG.info("serving on http://%s:%d", settings.host, settings.port)
        await server.serve(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
