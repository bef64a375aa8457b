"""Why a local Triton does not serve.

ServingError                what the launcher reports in one line
├── PortTakenError          another process listens where Triton should
├── RepositoryError         the model repository lacks something, before the start
├── DistributionError       the wheel or the interpreter lacks something
├── ModelLoadError          a model does not load, or does not answer its canary
└── ServerDiedError         tritonserver, or a Python model's process, is gone
"""


class ServingError(Exception):
    """The server can't serve; the message is one line that says why and what to do."""


class SettingsError(ServingError):
    """A setting has a value that is no good."""


class PortTakenError(ServingError):
    """A port that Triton should listen on is in use."""


class RepositoryError(ServingError):
    """The model repository can't be served as it is."""


class DistributionError(ServingError):
    """The tritonserver of the wheel can't run with this interpreter."""


class ModelLoadError(ServingError):
    """A model did not load, or does not answer."""


class ServerDiedError(ServingError):
    """A process that was serving is gone."""
