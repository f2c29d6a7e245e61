"""Addresses of runners."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.endpoint.addresses import caller_host, parse_address, reachable_address
from turboci.addresses import Address
from turboci.errors import InvalidArgument


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost:50052", "localhost", 50052),
        ("builder-1.example.com:1", "builder-1.example.com", 1),
        ("my_service:65535", "my_service", 65535),
        ("10.0.0.7:50061", "10.0.0.7", 50061),
        ("[::1]:50061", "::1", 50061),
        (":50061", "", 50061),
    ],
)
def test_host_and_port_are_read(text: str, host: str, port: int) -> None:
    """Names, both kinds of IP address and a missing host are understood, and written back as they were."""
    address = parse_address(text, "runner 'r'")
    assert address == Address(host, port)
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    ["", "host", "host:", "host:0", "host:65536", "host:-1", "host:1x", "host:٣", "::1:50061", "[::1]", "[host]:1",
     "[10.0.0.7]:1", "dns:///host:1", "unix:/tmp/s:1", "http://host:1", "a b:1", "höst:1", "-host:1", "host\n:1",
     "x" * 300 + ":1", "user@host:1", "host:1,other:2"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    """What gRPC would resolve in its own way, or not at all, never becomes a target."""
    with pytest.raises(InvalidArgument) as caught:
        parse_address(text, "runner 'r'")
    assert caught.value.field == "address"
    assert str(caught.value).startswith("runner 'r' has the address ")


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    """Every text is either an address or an InvalidArgument."""
    try:
        address = parse_address(text, "runner 'r'")
    except InvalidArgument:
        return
    assert parse_address(str(address), "runner 'r'") == address


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("ipv4:10.0.0.7:40312", "10.0.0.7"),
        ("ipv6:[2001:db8::7]:40312", "2001:db8::7"),
        ("ipv6:%5B2001:db8::7%5D:40312", "2001:db8::7"),
        ("ipv6:%5B::ffff:10.0.0.7%5D:40312", "10.0.0.7"),
        ("ipv6:[fe80::1%25eth0]:40312", "fe80::1%eth0"),
        ("unix:/run/turboci.sock", "127.0.0.1"),
        ("unix:", "127.0.0.1"),
        ("unix-abstract:turboci", "127.0.0.1"),
        ("vsock:3:1", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_the_host_of_a_peer_is_read(peer: str, host: str | None) -> None:
    """Every form in which gRPC names a peer gives its host, if it has one."""
    assert caller_host(peer) == host


@pytest.mark.parametrize("text", [":50061", "0.0.0.0:50061", "[::]:50061", "[0:0:0:0:0:0:0:0]:50061"])
@pytest.mark.parametrize(
    ("peer", "address"), [("ipv4:10.0.0.7:1", "10.0.0.7:50061"), ("ipv6:%5B::1%5D:1", "[::1]:50061")]
)
def test_a_missing_host_is_the_callers(text: str, peer: str, address: str) -> None:
    """Every way to say "all my interfaces" becomes the host that the call came from."""
    assert reachable_address(text, peer, "runner 'r'") == address


def test_a_host_that_is_named_stays() -> None:
    """Who names a host knows it better than the network."""
    assert reachable_address("builder:1", "ipv4:10.0.0.7:1", "runner 'r'") == "builder:1"


def test_a_missing_host_and_a_nameless_peer_are_refused() -> None:
    """A runner that nobody could call is not registered."""
    with pytest.raises(InvalidArgument, match="name the host"):
        reachable_address(":1", "vsock:3:1", "runner 'r'")
