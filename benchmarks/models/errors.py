"""What can stop a measurement."""


class BenchmarkError(Exception):
    """The benchmark can't go on; one line says why."""


class NoMeasurementError(BenchmarkError):
    """One run of `perf_analyzer` measured nothing; the message is its own."""
