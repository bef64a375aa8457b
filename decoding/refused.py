"""What a decoder raises."""

from decoding.protocol import Fault


class Refused(Exception):
    """An upload of which nothing is sampled; `detail` is for whoever uploaded it."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail
