"""Settings of the local Triton, from the environment and the command line."""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from serving.errors import SettingsError

Variant = Literal["cpu", "gpu", "tensorrt"]
DistributionName = Literal["auto", "wheel", "system"]


def _header_value(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be of printable ASCII characters without spaces, and not empty")
    return secret


AdminKey = Annotated[SecretStr, AfterValidator(_header_value)]


class TritonSettings(BaseSettings):
    """Where the local Triton listens, and what it serves.

    Environment names are the fields' in capitals behind `FEEDLENS_TRITON_`; `USE_GPU` and `DEBUG`
    have no prefix.
    """

    model_config = SettingsConfigDict(
        env_prefix="FEEDLENS_TRITON_", populate_by_name=True, extra="ignore"
    )

    model_repository: Path = Path("model_repository")
    # Which tritonserver: the wheel's, or one installed in `system_root`, as in a container. `auto`
    # takes the installed one where there is one.
    distribution: DistributionName = "auto"
    system_root: Path = Path("/opt/tritonserver")
    # Another than loopback wants `admin_key`, which model control, logging, shared memory and
    # tracing then ask for, and not the wheel.
    address: IPv4Address = IPv4Address("127.0.0.1")
    admin_key: AdminKey | None = None
    # The orchestrator's Triton address names the same ports.
    http_port: int = Field(default=8100, ge=1, le=65535)
    grpc_port: int = Field(default=8101, ge=1, le=65535)
    metrics_port: int = Field(default=8102, ge=1, le=65535)
    model_config_name: Variant | None = None
    use_gpu: bool = Field(default=False, validation_alias=AliasChoices("use_gpu", "USE_GPU"))
    debug: bool = Field(default=False, validation_alias=AliasChoices("debug", "DEBUG"))
    # The cores to lay models out for; unset, those that this process may use.
    cores: int | None = Field(default=None, ge=1)
    # Layouts that win over those for the cores: "clip_image=2x1,ocr=2x1" (instances x threads).
    layout: str = ""
    # Whether executions of all models wait for a free core, or share the cores as they come.
    core_gate: bool = True
    # Each model is asked by canary so often; it may stay silent so long before, its processes
    # idle, it is loaded anew. Their sum is how late a hung process is noticed.
    canary_every_s: float = Field(default=3.0, gt=0)
    canary_timeout_s: float = Field(default=3.0, gt=0)
    run_folder: Path = Path(".run")
    start_timeout_s: float = Field(default=300.0, gt=0)
    stop_grace_s: float = Field(default=5.0, gt=0)

    @property
    def variant(self) -> Variant:
        """Which of a model's configurations is served: the one that is named, else by `use_gpu`."""
        return self.model_config_name or ("gpu" if self.use_gpu else "cpu")

    @property
    def variant_reason(self) -> str:
        """What chose the variant, where its name was not given; empty for the default."""
        chosen = self.use_gpu and self.model_config_name is None
        return "USE_GPU=true chose the variant gpu" if chosen else ""


def environment_name(field: str) -> str:
    """The environment variable that sets the field of this name."""
    if field.lower() in ("use_gpu", "debug"):
        return field.upper()
    return f"FEEDLENS_TRITON_{field.upper()}"


def load_settings(**given: Any) -> TritonSettings:
    """Settings from the environment; a field that is given wins.

    Raises:
        SettingsError: a value is no good; one line names its variable.
    """
    try:
        return TritonSettings(**given)
    except ValidationError as error:
        reasons = (
            f"{environment_name(str(detail['loc'][0]))}: {detail['msg']}"
            for detail in error.errors()
        )
        raise SettingsError("; ".join(reasons)) from error
