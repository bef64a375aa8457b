"""The client of a Qdrant server, as the parameters say."""

import math
from pathlib import Path

from qdrant_client import AsyncQdrantClient

from orchestrator.store.served.parameters import QdrantParameters

FOLDER = "path:"
MEMORY = ":memory:"
_RECONNECT_SOON = {
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
}


def is_absent_folder(url: str) -> bool:
    """Whether it is a folder of the local mode that is not there, and would be made."""
    return url.startswith(FOLDER) and not Path(url.removeprefix(FOLDER)).is_dir()


def connect(url: str, parameters: QdrantParameters) -> AsyncQdrantClient:
    """See `QdrantServer`. ValueError, RuntimeError or OSError where that can't be."""
    if url == MEMORY:
        return AsyncQdrantClient(location=MEMORY)
    if url.startswith(FOLDER):
        return AsyncQdrantClient(path=url.removeprefix(FOLDER))
    if not url.startswith(("http://", "https://")):
        raise ValueError("it is no http:// or https:// URL, nor path:/folder")
    key = parameters.api_key
    return AsyncQdrantClient(
        url,
        grpc_port=parameters.grpc_port,
        prefer_grpc=parameters.prefer_grpc,
        api_key=key.get_secret_value() if key else None,
        timeout=math.ceil(parameters.timeout_s),
        grpc_options=dict(_RECONNECT_SOON),
        check_compatibility=False,
    )
