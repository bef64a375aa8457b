"""What is wrong with a log or a weight table."""


class BadInput(Exception):
    """The input can't be used; the message names the place (`log.jsonl:12: …`) and the fault."""
