"""Addresses of runners: strict host:port, and the caller's host where the runner left it out."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from turboci.errors import InvalidArgument

LOOPBACK: Final = "127.0.0.1"

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?", re.ASCII)
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_RULE: Final = "host:port is needed, such as 'builder-1:50061'; an empty host means the host that the call came from"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a process listens; an empty or unspecified host means all interfaces of its machine.

    Example:
        >>> str(Address("::1", 50061))
        '[::1]:50061'
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def names_a_host(self) -> bool:
        """Whether somebody on another machine knows whom to call."""
        if not self.host:
            return False
        ip = _ip(self.host)
        return ip is None or not ip.is_unspecified


def parse_address(text: str, subject: str, *, field: str = "address") -> Address:
    """Return the address that `text` spells.

    Raises:
        InvalidArgument: It is not host:port with a port from 1 to 65535.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not _PORT.fullmatch(port) or not 1 <= int(port) <= 65_535:
        raise InvalidArgument(subject, f"has the address {text!a}", hint=_RULE, field=field)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        valid = isinstance(_ip(host), ipaddress.IPv6Address)
    else:
        valid = not host or (len(host) <= 253 and _HOST_NAME.fullmatch(host) is not None)
    if not valid:
        raise InvalidArgument(subject, f"has the address {text!a}", hint=_RULE, field=field)
    return Address(host, int(port))


def caller_host(peer: str) -> str | None:
    """Return the host in gRPC's name of a peer, or None if it names none.

    Example:
        >>> caller_host("ipv6:%5B::1%5D:40312")
        '::1'
    """
    scheme, _, rest = peer.partition(":")
    if scheme in {"unix", "unix-abstract"}:
        return LOOPBACK
    if scheme not in {"ipv4", "ipv6"}:
        return None
    ip = _ip(unquote(rest).rpartition(":")[0].strip("[]"))
    if ip is None:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip)


def reachable_address(text: str, peer: str, subject: str) -> str:
    """Return an address that can be called.

    Args:
        text: What the runner said.
        peer: gRPC's name of who said it.
        subject: The runner for the message.

    Raises:
        InvalidArgument: It is no address, or lacks a host that the peer does not reveal.
    """
    address = parse_address(text, subject)
    if address.names_a_host:
        return str(address)
    host = caller_host(peer)
    if host is None:
        raise InvalidArgument(
            subject,
            f"has the address {text!a} without a host, and its call came from {peer!a}",
            hint="name the host",
            field="address",
        )
    return str(Address(host, address.port))


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
