"""The command line of tritonserver."""

from pathlib import Path

from serving.exposure import restrictions
from serving.settings import TritonSettings


def server_options(
    settings: TritonSettings, backends: Path, shared_memory_prefix: str
) -> list[str]:
    """Its options, for a folder of backends and a prefix that names its regions in /dev/shm."""
    options = [
        f"--model-repository={settings.model_repository.resolve()}",
        f"--backend-directory={backends}",
        "--model-control-mode=explicit",
        # Completing a configuration would start every Python model once more.
        "--disable-auto-complete-config",
        "--strict-readiness=true",
        f"--http-address={settings.address}",
        f"--http-port={settings.http_port}",
        f"--grpc-address={settings.address}",
        f"--grpc-port={settings.grpc_port}",
        f"--metrics-address={settings.address}",
        f"--metrics-port={settings.metrics_port}",
        f"--exit-timeout-secs={max(1, int(settings.stop_grace_s))}",
        f"--backend-config=python,shm-region-prefix-name={shared_memory_prefix}",
        *restrictions(settings),
    ]
    if settings.variant != "cpu":
        options.append(f"--model-config-name={settings.variant}")
    if settings.debug:
        options.append("--log-verbose=1")
    return options
