"""Addresses of runners: strict host:port, and the caller's host where the runner left it out."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import unquote

from turboci.addresses import LOOPBACK, Address, host_of, ip_of, port_of
from turboci.errors import InvalidArgument

_RULE: Final = "host:port is needed, such as 'builder-1:50061'; an empty host means the host that the call came from"


def parse_address(text: str, subject: str, *, field: str = "address") -> Address:
    """Return the address that `text` spells.

    Raises:
        InvalidArgument: It is not host:port with a port from 1 to 65535.
    """
    named, colon, number = text.rpartition(":")
    host, port = host_of(named), port_of(number)
    if not colon or host is None or port is None:
        raise InvalidArgument(subject, f"has the address {text!a}", hint=_RULE, field=field)
    return Address(host, port)


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
    ip = ip_of(unquote(rest).rpartition(":")[0].strip("[]"))
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
    if not address.is_everywhere:
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
