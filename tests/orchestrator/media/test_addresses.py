from ipaddress import ip_network

import pytest

from orchestrator.media.addresses import check_address
from orchestrator.media.errors import PrivateAddress


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"],
)
def test_public_addresses_may_be_fetched_from(address: str) -> None:
    check_address(address, [])


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "::ffff:192.88.99.1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_no_other_address_may(address: str) -> None:
    with pytest.raises(PrivateAddress, match="is not a public address"):
        check_address(address, [])


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd12::7"])
def test_a_named_network_may_be_fetched_from(address: str) -> None:
    check_address(address, [ip_network("10.0.0.0/8"), ip_network("fd12::/16")])


def test_no_other_network_may_be_then() -> None:
    with pytest.raises(PrivateAddress, match=r"^10\.1\.2\.3 is"):
        check_address("10.1.2.3", [ip_network("10.2.0.0/16")])
