"""Addresses of orchestrators and runners."""

from __future__ import annotations

import pytest

from ci.serving.address import host_towards, parse_address
from turboci.addresses import Address
from turboci.errors import InvalidArgument


@pytest.mark.parametrize(
    ("text", "address", "dialled"),
    [
        ("localhost:50051", Address("localhost", 50051), "localhost:50051"),
        (":50051", Address("", 50051), "127.0.0.1:50051"),
        ("10.0.0.7:1", Address("10.0.0.7", 1), "10.0.0.7:1"),
        ("[::1]:65535", Address("::1", 65535), "[::1]:65535"),
        ("build-1.example.org:80", Address("build-1.example.org", 80), "build-1.example.org:80"),
    ],
)
def test_host_and_port_are_read(text: str, address: Address, dialled: str) -> None:
    """host:port is an address; an empty host means this machine."""
    assert parse_address(text) == address
    assert str(address.dialled) == dialled


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("localhost", "has no port; write host:port, such as 'localhost:50051'"),
        ("localhost:", "has no port"),
        ("", "has no port"),
        ("localhost:grpc", "has the port 'grpc'; ports are numbers from 1 to 65535"),
        ("localhost:0", "has the port '0'"),
        ("localhost:65536", "has the port '65536'"),
        ("http://localhost:80", "has a scheme; write host:port, such as 'localhost:50051', without http://"),
        ("::1:50051", "has the host '::1'"),
        ("[localhost]:1", "has the host '[localhost]'"),
        ("two words:1", "has the host 'two words'"),
        ("a/b:1", "has the host 'a/b'"),
    ],
)
def test_nonsense_is_refused_with_the_rule(text: str, problem: str) -> None:
    """Whatever is no address is refused with what is wrong about it."""
    with pytest.raises(InvalidArgument) as raised:
        parse_address(text)
    assert str(raised.value).startswith(f"address {text!r} of the orchestrator {problem}")


def test_a_runner_may_leave_the_port_to_the_system() -> None:
    """Port 0 is fine to listen at."""
    assert parse_address(":0", "runner", any_port=True) == Address("", 0)


@pytest.mark.parametrize(
    ("host", "loopback", "everywhere"),
    [
        ("", True, True),
        ("localhost", True, False),
        ("127.0.0.1", True, False),
        ("::1", True, False),
        ("0.0.0.0", True, True),
        ("::", True, True),
        ("192.0.2.1", False, False),
        ("ci.example.org", False, False),
    ],
)
def test_an_address_knows_who_reaches_it(host: str, loopback: bool, everywhere: bool) -> None:
    """Loopback stays on this machine, an unspecified host means all interfaces."""
    address = Address(host, 1)
    assert (address.is_loopback, address.is_everywhere) == (loopback, everywhere)


def test_runners_listen_where_the_orchestrator_reaches_them() -> None:
    """On loopback for an orchestrator on this machine; a host without an address is named."""
    assert host_towards(Address("localhost", 50051)) == "127.0.0.1"
    with pytest.raises(InvalidArgument, match=r"orchestrator nowhere\.invalid:1 has no route from here"):
        host_towards(Address("nowhere.invalid", 1))
