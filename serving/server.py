"""A local tritonserver: started, waited for, watched and stopped."""

import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from serving.cards import models_with_cards
from serving.distribution import SOURCE_ROOT, Distribution
from serving.errors import ServerDiedError
from serving.guarded import GuardedProcess, unique_prefix
from serving.logs import LogTail
from serving.ports import LOOPBACK, check_ports
from serving.processes import stubs_of
from serving.repository import Model, check_variant, read_repository
from serving.settings import TritonSettings
from serving.startup import Progress, Startup
from serving.triton_http import TritonHttp


def _silent(_waiting: object, _elapsed_s: float) -> None:
    """The progress that nobody watches."""


class TritonServer:
    """A tritonserver on the loopback interface, with every process that it starts.

    Leaving the context stops it. If this process dies in any other way, a guard process does.

    Args:
        settings: what to serve, and where.
        log_sink: takes warnings and errors of Triton's log while it serves, or with
            `settings.debug` the whole log, a line at a time.
    """

    def __init__(
        self, settings: TritonSettings, log_sink: Callable[[str], None] | None = None
    ) -> None:
        self._settings = settings
        self._log_sink = log_sink
        self._models: list[Model] = []
        self._process: GuardedProcess | None = None
        self._stub_models: dict[int, str] = {}
        self._tail: LogTail | None = None

    @property
    def http_url(self) -> str:
        """host:port of Triton's HTTP."""
        return f"{LOOPBACK}:{self._settings.http_port}"

    @property
    def grpc_url(self) -> str:
        """host:port of Triton's gRPC."""
        return f"{LOOPBACK}:{self._settings.grpc_port}"

    @property
    def metrics_url(self) -> str:
        """host:port of Triton's metrics."""
        return f"{LOOPBACK}:{self._settings.metrics_port}"

    @property
    def process_id(self) -> int:
        """The process id of tritonserver.

        Raises:
            ServerDiedError: it is not started.
        """
        return self._running().process_id

    @property
    def log_path(self) -> Path:
        """The file that Triton logs to."""
        return self._settings.run_folder / "triton.log"

    def start(self) -> None:
        """Starts the process; nothing is loaded yet.

        Raises:
            ServingError: the repository is incomplete, a port is taken, or the wheel does not fit.
        """
        settings = self._settings
        self._models = read_repository(settings.model_repository)
        if settings.variant != "cpu":
            check_variant(self._models, settings.variant)
        check_ports(settings)
        distribution = Distribution.of_wheel()
        environment = distribution.environment()
        settings.run_folder.mkdir(parents=True, exist_ok=True)
        self.log_path.write_bytes(b"")
        backends = Path(tempfile.mkdtemp(prefix="backends-", dir=settings.run_folder)).resolve()
        distribution.write_backends(backends)
        shared_memory_prefix = unique_prefix()
        self._process = GuardedProcess(
            [str(distribution.server), *self._options(backends, shared_memory_prefix)],
            environment=environment,
            folder=SOURCE_ROOT,
            log=self.log_path.resolve(),
            shared_memory_prefix=shared_memory_prefix,
            scratch=backends,
            grace_s=settings.stop_grace_s,
        )
        if self._log_sink is not None:
            self._tail = LogTail(self.log_path, self._log_sink, everything=settings.debug)

    def wait_ready(self, progress: Progress = _silent) -> None:
        """Loads every model and returns when each has answered a canary inference.

        Raises:
            ServingError: a model does not load or answer, or a process died; one line says why.
        """
        cards = models_with_cards(self._settings.model_repository)
        Startup(
            TritonHttp(self._settings.http_port),
            self._models,
            known_model=cards[0] if cards else None,
            check_alive=self.check_alive,
            timeout_s=self._settings.start_timeout_s,
        ).run(progress)
        if self._tail is not None:
            self._tail.unmute()

    def check_alive(self) -> None:
        """Makes sure that tritonserver and every Python model's process are there.

        Raises:
            ServerDiedError: one of them is gone.
        """
        process = self._running()
        status = process.poll()
        if status is not None:
            raise ServerDiedError(f"tritonserver {_how_it_ended(status)}; see {self.log_path}")
        for stub in stubs_of(process.process_id):
            if stub.is_dead:
                model = self._stub_models.get(stub.process_id, "a Python model")
                raise ServerDiedError(f"the process of {model} died; see {self.log_path}")
            self._stub_models[stub.process_id] = stub.model

    def stop(self) -> None:
        """Ends tritonserver and everything it started; safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()
        if self._tail is not None:
            self._tail.stop()
            self._tail = None

    def __enter__(self) -> "TritonServer":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> GuardedProcess:
        if self._process is None:
            raise ServerDiedError("tritonserver is not started")
        return self._process

    def _options(self, backends: Path, shared_memory_prefix: str) -> list[str]:
        settings = self._settings
        options = [
            f"--model-repository={settings.model_repository.resolve()}",
            f"--backend-directory={backends}",
            "--model-control-mode=explicit",
            # Completing a configuration would start every Python model once more.
            "--disable-auto-complete-config",
            "--strict-readiness=true",
            f"--http-address={LOOPBACK}",
            f"--http-port={settings.http_port}",
            f"--grpc-address={LOOPBACK}",
            f"--grpc-port={settings.grpc_port}",
            f"--metrics-address={LOOPBACK}",
            f"--metrics-port={settings.metrics_port}",
            f"--exit-timeout-secs={max(1, int(settings.stop_grace_s))}",
            f"--backend-config=python,shm-region-prefix-name={shared_memory_prefix}",
        ]
        if settings.variant != "cpu":
            options.append(f"--model-config-name={settings.variant}")
        if settings.debug:
            options.append("--log-verbose=1")
        return options


def _how_it_ended(status: int) -> str:
    if status > 128:  # noqa: PLR2004 - a shell's way to say which signal
        return f"was killed by {signal.Signals(status - 128).name}"
    return f"ended with status {status}"
