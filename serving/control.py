"""Model control over gRPC: loads and unloads.

Over HTTP a load would block the thread of Triton's that carries it, and with it every connection
that this thread serves, for as long as the load lasts. Over gRPC it blocks nobody.
"""

import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException

ADMIN_HEADER = "feedlens-admin-key"
# What gRPC's metadata name is made of, in Triton; over HTTP the name stands alone.
_GRPC_PREFIX = "triton-grpc-protocol-"


class ControlError(Exception):
    """Triton could not do it, or not in time; the message says why."""


class ModelControl:
    """The model control of one Triton.

    Args:
        url: host:port of its gRPC endpoint.
        admin_key: what a Triton with restricted model control wants to see.
    """

    def __init__(self, url: str, admin_key: str | None = None) -> None:
        self._client = triton.InferenceServerClient(url)
        self._headers = {} if admin_key is None else {_GRPC_PREFIX + ADMIN_HEADER: admin_key}

    def load(self, model: str, timeout_s: float, config: str | None = None) -> None:
        """Loads a model, and for an ensemble its parts.

        Args:
            config: the configuration as JSON, in place of the repository's file.

        Raises:
            ControlError: it does not load; the message is Triton's.
        """
        try:
            self._client.load_model(
                model, headers=self._headers, config=config, client_timeout=timeout_s
            )
        except InferenceServerException as error:
            raise ControlError(str(error.message())) from error

    def unload(self, model: str, timeout_s: float) -> None:
        """Takes a model out; what it has begun goes on, and ends after this returns.

        Raises:
            ControlError: Triton refuses, or does not answer.
        """
        try:
            self._client.unload_model(model, headers=self._headers, client_timeout=timeout_s)
        except InferenceServerException as error:
            raise ControlError(str(error.message())) from error
