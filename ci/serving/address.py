"""Addresses: host:port, and which of our own an orchestrator can call."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final

from turboci.errors import InvalidArgument

LOOPBACK: Final = "127.0.0.1"

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?", re.ASCII)
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_RULE: Final = "write host:port, such as 'localhost:50051'"


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port; an empty host means this machine.

    Example:
        >>> str(Address("::1", 50051))
        '[::1]:50051'
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def dialled(self) -> Address:
        """The address to call: an empty host becomes this machine."""
        return self if self.host else Address(LOOPBACK, self.port)

    @property
    def is_everywhere(self) -> bool:
        """Whether listening there means listening on all interfaces."""
        ip = _ip(self.host)
        return not self.host or (ip is not None and ip.is_unspecified)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        ip = _ip(self.host)
        return self.host in {"", "localhost"} or (ip is not None and (ip.is_loopback or ip.is_unspecified))


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
    host, colon, port = text.rpartition(":")
    if not colon or not port:
        raise InvalidArgument(subject, "has no port", hint=_RULE)
    if not _PORT.fullmatch(port) or not (0 if any_port else 1) <= int(port) <= 65_535:
        raise InvalidArgument(subject, f"has the port {port!r:.20}", hint="ports are numbers from 1 to 65535")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        valid = isinstance(_ip(host), ipaddress.IPv6Address)
    else:
        valid = not host or (len(host) <= 253 and _HOST_NAME.fullmatch(host) is not None)
    if not valid:
        raise InvalidArgument(subject, f"has the host {host!r:.100}", hint=_RULE)
    return Address(host, int(port))


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


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
