"""A local tritonserver: started, waited for, watched and stopped."""

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from serving.backends.core_gate import write_gate
from serving.cards import models_with_cards
from serving.control import ModelControl
from serving.deaths import StartDeaths
from serving.distribution import SOURCE_ROOT, Distribution
from serving.errors import ModelLoadError, RepositoryError, ServerDiedError
from serving.exposure import check_exposure
from serving.guarded import GuardedProcess, unique_prefix
from serving.keeper import Rhythm
from serving.loading import Loader
from serving.logs import LogTail
from serving.options import server_options
from serving.ports import check_ports, reachable_at
from serving.processes import stubs_of
from serving.pulse import SILENT_S, Pulse, Standing
from serving.repository import Model, check_variant, read_repository
from serving.settings import TritonSettings
from serving.startup import Progress, Startup
from serving.supervisor import Supervisor
from serving.triton_http import TritonHttp
from serving.tuning import cores_of, load_configs

Sink = Callable[[str], None]


def _silent(*_: object) -> None:
    """Where nobody watches."""


class TritonServer:
    """A tritonserver, with every process that it starts.

    Leaving the context stops it. If this process dies in any other way, a guard process does.

    Args:
        settings: what to serve, and where.
        log_sink: takes warnings and errors of Triton's log while it serves, or with
            `settings.debug` the whole log, a line at a time.
        report: takes a line for each death and each recovery of a model.
    """

    def __init__(
        self, settings: TritonSettings, log_sink: Sink | None = None, report: Sink = _silent
    ) -> None:
        self._settings = settings
        self._host = reachable_at(settings.address)
        self._log_sink = log_sink
        self._report = report
        self._models: list[Model] = []
        self._configs: dict[str, str] = {}
        self._process: GuardedProcess | None = None
        self._deaths = StartDeaths()
        self._pulse: Pulse | None = None
        self._supervisor: Supervisor | None = None
        self._tail: LogTail | None = None

    @property
    def http_url(self) -> str:
        """host:port of Triton's HTTP."""
        return f"{self._host}:{self._settings.http_port}"

    @property
    def grpc_url(self) -> str:
        """host:port of Triton's gRPC."""
        return f"{self._host}:{self._settings.grpc_port}"

    @property
    def metrics_url(self) -> str:
        """host:port of Triton's metrics."""
        return f"{self._host}:{self._settings.metrics_port}"

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
            ServingError: the repository is incomplete, a port is taken, Triton lacks something, or
                the settings offer too much to too many.
        """
        settings = self._settings
        self._models = read_repository(settings.model_repository)
        with self._telling_choice():
            if settings.variant != "cpu":
                check_variant(self._models, settings.variant)
            self._configs = load_configs(self._models, settings.variant, settings)
        distribution = Distribution.find(settings)
        check_exposure(settings, distribution)
        check_ports(settings)
        environment = distribution.environment()
        settings.run_folder.mkdir(parents=True, exist_ok=True)
        self.log_path.write_bytes(b"")
        scratch = Path(tempfile.mkdtemp(prefix="backends-", dir=settings.run_folder)).resolve()
        if settings.core_gate:
            environment |= write_gate(scratch / "gate", cores_of(settings))
        backends = distribution.prepare_backends(scratch)
        shared_memory_prefix = unique_prefix()
        self._process = GuardedProcess(
            [str(distribution.server), *server_options(settings, backends, shared_memory_prefix)],
            environment=environment,
            folder=SOURCE_ROOT,
            log=self.log_path.resolve(),
            shared_memory_prefix=shared_memory_prefix,
            scratch=scratch,
            grace_s=settings.stop_grace_s,
        )
        if self._log_sink is not None:
            self._tail = LogTail(self.log_path, self._log_sink, everything=settings.debug)

    def wait_ready(self, progress: Progress = _silent) -> None:
        """Loads every model and returns when each has answered a canary inference.

        Raises:
            ServingError: a model does not load or answer, or a process died; one line says why.
        """
        settings = self._settings
        cards = models_with_cards(settings.model_repository)
        key = settings.admin_key
        loader = Loader(
            TritonHttp(settings.http_port, self._host),
            ModelControl(self.grpc_url, key.get_secret_value() if key else None),
            known_model=cards[0] if cards else None,
            timeout_s=settings.start_timeout_s,
            configs=self._configs,
        )
        startup = Startup(
            loader,
            self._models,
            self.check_alive,
            self._check_processes,
            settings.start_timeout_s,
        )
        with self._telling_choice():
            startup.run(progress)
        self._supervisor = Supervisor(
            self.process_id,
            loader,
            self._models,
            Rhythm(settings.canary_every_s, settings.canary_timeout_s),
            self._report,
        )
        self._pulse = Pulse(self.process_id, loader.triton.is_live, settings.canary_every_s)
        if self._tail is not None:
            self._tail.unmute()

    def supervise(self) -> None:
        """Has models recovered that no longer answer. Call it every half second or so.

        Raises:
            ServerDiedError: tritonserver itself is gone, or hangs.
        """
        self.check_alive()
        self._running().reap_orphans()
        if self._supervisor is None or self._pulse is None:
            return
        standing = self._pulse.look(time.monotonic())
        if standing is Standing.LOST:
            raise ServerDiedError(
                f"tritonserver does not answer for {SILENT_S:.0f} s; see {self.log_path}"
            )
        if standing is Standing.ANSWERS:
            self._supervisor.tick()
        elif standing is Standing.SILENT:
            self._supervisor.hold()

    def check_alive(self) -> None:
        """Makes sure that tritonserver is there.

        Raises:
            ServerDiedError: it is gone; one line says how it ended.
        """
        status = self._running().poll()
        if status is not None:
            raise ServerDiedError(f"tritonserver {_how_it_ended(status)}; see {self.log_path}")

    def _check_processes(self) -> None:
        """A death while a model loads can hang Triton, so during the start none is recovered."""
        model = self._deaths.see(stubs_of(self.process_id), time.monotonic())
        if model is not None:
            raise ServerDiedError(f"the process of {model} died; see {self.log_path}")

    @contextmanager
    def _telling_choice(self) -> Iterator[None]:
        """Lets a variant's refusal say what chose the variant, where nobody named it."""
        try:
            yield
        except (RepositoryError, ModelLoadError) as error:
            reason = self._settings.variant_reason
            if not reason:
                raise
            raise type(error)(f"{reason}: {error}") from error

    def stop(self) -> None:
        """Ends tritonserver and everything it started; safe to call twice."""
        if self._supervisor is not None:
            self._supervisor.stop()
            self._supervisor = None
        if self._pulse is not None:
            self._pulse.stop()
            self._pulse = None
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


def _how_it_ended(status: int) -> str:
    if status > 128:  # noqa: PLR2004 - a shell's way to say which signal
        return f"was killed by {signal.Signals(status - 128).name}"
    return f"ended with status {status}"
