"""What callers from elsewhere may reach, and what is only for who holds the admin key."""

from serving.control import ADMIN_HEADER
from serving.distribution import Distribution
from serving.errors import SettingsError
from serving.settings import TritonSettings, environment_name

# Who may load a model runs code; shared memory and trace files reach into the machine.
_RESTRICTED = "model-repository,logging,shared-memory,trace"


def check_exposure(settings: TritonSettings, distribution: Distribution) -> None:
    """Makes sure that nothing dangerous is offered beyond this machine.

    Raises:
        SettingsError: it would be; one line names the setting that helps.
    """
    if settings.address.is_loopback:
        return
    address = f"{environment_name('address')}={settings.address}"
    if distribution.is_wheel:
        raise SettingsError(
            f"{address} is refused: the tritonserver of the wheel has known vulnerabilities and"
            " serves the loopback interface only; elsewhere use a current Triton container"
        )
    if settings.admin_key is None:
        raise SettingsError(
            f"{address} needs {environment_name('admin_key')}: without it anybody who reaches that"
            " address could load models, which is to run code"
        )


def restrictions(settings: TritonSettings) -> list[str]:
    """Options of tritonserver that ask for the admin key; none where there is no key."""
    if settings.admin_key is None:
        return []
    rule = f"{_RESTRICTED}:{ADMIN_HEADER}={settings.admin_key.get_secret_value()}"
    return [f"--http-restricted-api={rule}", f"--grpc-restricted-protocol={rule}"]
