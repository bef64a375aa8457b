"""Which network addresses media may be fetched from."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from orchestrator.media.errors import PrivateAddress
from orchestrator.media.parameters import Network

Address = IPv4Address | IPv6Address

# Of IPv6-only networks' translators (RFC 6052); the last 32 bits are the IPv4 address meant.
_TRANSLATED = IPv6Network("64:ff9b::/96")
# Tunnels to any IPv4 address: Teredo (RFC 4380) and 6to4 (RFC 3056).
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
# Not known to every `is_global`: 6to4's relays (RFC 7526), what is for documentation (RFC 9637),
# protocols' own, among them a cloud's metadata (RFC 6890), and another cloud's host.
_NOT_GLOBAL = (
    IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("168.63.129.16/32"),
)
_IPV4_BITS = 0xFFFF_FFFF


def check_address(text: str, private_networks: Sequence[Network]) -> None:
    """Raises PrivateAddress for an address that is neither public nor in one of the networks.

    An IPv6 address that stands for an IPv4 one is judged as that one.
    """
    address = _meant(ip_address(text.partition("%")[0]))
    allowed = any(address in network for network in private_networks)
    if not allowed and not _is_public(address):
        raise PrivateAddress(f"{text} is not a public address")


def _meant(address: Address) -> Address:
    if not isinstance(address, IPv6Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & _IPV4_BITS)
    return address.ipv4_mapped or address


def _is_public(address: Address) -> bool:
    if any(address in network for network in (*_TUNNELS, *_NOT_GLOBAL)):
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
