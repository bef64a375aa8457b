"""How a Qdrant server is used. Each is a setting, FEEDLENS_QDRANT__<NAME>."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, SecretStr

_Count = Annotated[int, Field(gt=0)]
_Seconds = Annotated[float, Field(gt=0, le=3600)]


@dataclass(frozen=True, slots=True)
class QdrantParameters:
    """The connection, and what collections are made with; those that are there stay as they are.

    `prefix`: of the collections' names, for several stores on one server.
    `grpc_port`: on the host of the URL; with `prefer_grpc` off, the URL's own port serves all.
    `timeout_s`: of one attempt. `deadline_s`: of a call with all its attempts. `retries`: further
    attempts after a failure that may pass, each after a random pause of at most `pause_s`, then
    twice, four times that. `shard_number`: None is the cluster's own choice, one a node.
    `replication_factor`: copies of each shard. `write_consistency_factor`: copies that must
    have a write before it is answered. `quantization`: what searches look at first; the exact
    vectors decide the order.
    """

    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    grpc_port: Annotated[int, Field(gt=0, lt=65_536)] = 6334
    prefer_grpc: bool = True
    api_key: SecretStr | None = None
    timeout_s: _Seconds = 5.0
    deadline_s: _Seconds = 12.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    pause_s: _Seconds = 0.1
    shard_number: _Count | None = None
    replication_factor: _Count = 1
    write_consistency_factor: _Count = 1
    quantization: Literal["none", "scalar", "binary"] = "none"
    on_disk_vectors: bool = False
    on_disk_payload: bool = True
