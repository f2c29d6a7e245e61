"""Addresses of processes: a host and a port, as text and as a value."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

LOOPBACK: Final = "127.0.0.1"
LARGEST_PORT: Final = 65_535

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?", re.ASCII)
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a process listens.

    Attributes:
        host: A name or an IP address; empty is this machine for who calls, all of its interfaces for who listens.

    Example:
        >>> str(Address("::1", 50061))
        '[::1]:50061'
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
        """Whether listening there means all interfaces; then nobody on another machine knows whom to call."""
        ip = ip_of(self.host)
        return not self.host or (ip is not None and ip.is_unspecified)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        ip = ip_of(self.host)
        return self.host in {"", "localhost"} or (ip is not None and (ip.is_loopback or ip.is_unspecified))


def port_of(text: str, *, least: int = 1) -> int | None:
    """Return the port that `text` spells, or None if it is none from `least` to 65535."""
    if not _PORT.fullmatch(text):
        return None
    port = int(text)
    return port if least <= port <= LARGEST_PORT else None


def host_of(text: str) -> str | None:
    """Return the host that `text` spells, or None if it is none; it may be empty, and has no brackets.

    Example:
        >>> host_of("[::1]")
        '::1'
    """
    if text.startswith("[") and text.endswith("]"):
        return text[1:-1] if isinstance(ip_of(text[1:-1]), ipaddress.IPv6Address) else None
    return text if not text or (len(text) <= 253 and _HOST_NAME.fullmatch(text)) else None


def ip_of(host: str) -> IPAddress | None:
    """Return the IP address that a host is, or None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
