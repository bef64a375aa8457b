"""Health of the orchestrator in this container: `/health/ready`, a canary of every model."""

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from orchestrator.settings import load_settings

_TIMEOUT_S = 10.0


def main() -> int:
    """The exit status is 0 when it is ready; else 1, and a line says why."""
    connection = HTTPConnection("127.0.0.1", load_settings().port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/health/ready")
        response = connection.getresponse()
        answer = response.read().decode(errors="replace")
    except (OSError, HTTPException) as error:
        print(f"no answer: {error!r}", file=sys.stderr)
        return 1
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        print(answer, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
