"""What a caller did wrong, apart from what broke on our side."""


class InvalidInputError(Exception):
    """The request itself can't be served: its one-line message goes to the caller."""


def one_line(error: BaseException | str, max_chars: int = 300) -> str:
    """The message on a single line of at most `max_chars` characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"
