"""Why `make run` stops."""


class QuickstartError(Exception):
    """The message is one line that says what happened and what to do."""
