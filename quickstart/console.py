"""The console that `make run` writes to."""

import sys

from rich.console import Console

_PIPE_WIDTH = 140

CONSOLE = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
"""As wide as the terminal; wide enough for a table where the output is a pipe."""
