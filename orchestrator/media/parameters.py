"""Where media are fetched from, and how much of one, for how long."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class MediaParameters:
    """Settings of fetching; the defaults fetch nothing from anywhere.

    `folder` is what local paths lie in. `allowed_hosts` are names as in URLs, `*.example.com` for
    all below a name. `private_networks` are CIDRs whose addresses may be fetched from although
    they are not public. `timeout_s` is for a whole medium, `idle_timeout_s` without any byte.
    """

    folder: Path | None = None
    allowed_hosts: tuple[str, ...] = ()
    private_networks: tuple[str, ...] = ()
    max_bytes: int = 25_000_000
    timeout_s: float = 60.0
    idle_timeout_s: float = 15.0

    def __post_init__(self) -> None:
        """Raises ValueError for what can't be meant."""
        for host in self.allowed_hosts:
            name = host.removeprefix("*.")
            if not name or set(name) & set('/:*@[]" '):
                raise ValueError(f"allowed_hosts: {host!r} is no host name; leave out scheme, port")
        for name in ("max_bytes", "timeout_s", "idle_timeout_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0")
        for cidr in self.private_networks:
            try:
                ip_network(cidr)
            except ValueError as exc:
                raise ValueError(f"private_networks: {exc}") from exc

    @property
    def networks(self) -> tuple[Network, ...]:
        """`private_networks`, parsed."""
        return tuple(map(ip_network, self.private_networks))
