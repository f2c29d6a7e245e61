"""Addresses that users write, and which of our own an orchestrator can call."""

from __future__ import annotations

import socket
from typing import Final

from turboci.addresses import LARGEST_PORT, LOOPBACK, Address, host_of, port_of
from turboci.errors import InvalidArgument

_RULE: Final = "write host:port, such as 'localhost:50051'"


def parse_address(text: str, what: str = "orchestrator", *, any_port: bool = False) -> Address:
    """Return the address that `text` spells.

    Args:
        text: host:port, or :port for this machine.
        what: What listens there, for the message.
        any_port: Whether port 0 is fine: let the system choose.

    Raises:
        InvalidArgument: It is something else.
    """
    subject = f"address {text!r:.100} of the {what}"
    if "://" in text:
        raise InvalidArgument(subject, "has a scheme", hint=f"{_RULE}, without {text.partition('://')[0]}://")
    named, colon, number = text.rpartition(":")
    if not colon or not number:
        raise InvalidArgument(subject, "has no port", hint=_RULE)
    port = port_of(number, least=0 if any_port else 1)
    if port is None:
        raise InvalidArgument(
            subject, f"has the port {number!r:.20}", hint=f"ports are numbers from 1 to {LARGEST_PORT}"
        )
    host = host_of(named)
    if host is None:
        raise InvalidArgument(subject, f"has the host {named!r:.100}", hint=_RULE)
    return Address(host, port)


def host_towards(orchestrator: Address) -> str:
    """Return the host under which the orchestrator's machine reaches this one.

    Loopback stays loopback; else it is the address of the interface that leads there.

    Raises:
        InvalidArgument: The orchestrator's host has no address.
    """
    if orchestrator.is_loopback:
        return LOOPBACK
    try:
        family, _, _, _, there = socket.getaddrinfo(orchestrator.host, orchestrator.port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            # Nothing is sent: connecting a datagram socket only asks for the route.
            probe.connect(there)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise InvalidArgument(
            f"orchestrator {orchestrator}", f"has no route from here ({error.strerror or error})",
            hint="say where the runner listens",
        ) from None  # fmt: skip
