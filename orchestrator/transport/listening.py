"""Where the server listens, and what runners call it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import Final, TypeAlias

from turboci.errors import CIError

LOOPBACK: Final = "127.0.0.1"

_SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class CannotListen(CIError):
    """The server cannot listen at the address that it was given."""


def joined(host: str, port: int) -> str:
    """Return host:port, with brackets around an IPv6 address.

    Example:
        >>> joined("::1", 50051)
        '[::1]:50051'
    """
    bare = host.strip("[]")
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"


def require_free(host: str, port: int) -> None:
    """Accept an address that nobody listens at; gRPC itself would take one of several addresses of a host in silence.

    Raises:
        CannotListen: It is taken, not ours, or reserved.
    """
    for family, address in _resolved(host, port):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
        except OSError as error:
            if error.errno == errno.EAFNOSUPPORT:
                continue
            raise CannotListen(_sentence(host, port, error)) from None


def callable_address(host: str, port: int) -> str:
    """Return how runners call a server that listens there: the machine's name if it listens on all interfaces."""
    bare = host.strip("[]")
    try:
        everywhere = ipaddress.ip_address(bare).is_unspecified
    except ValueError:
        everywhere = False
    return joined(_own_name() if everywhere else bare, port)


def _own_name() -> str:
    name = socket.gethostname()
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        return LOOPBACK
    return name


def _resolved(host: str, port: int) -> list[tuple[int, _SocketAddress]]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListen(
            f"host {host!r} cannot be resolved ({error.strerror or error}); choose an address of this machine"
        ) from None
    return [(family, address) for family, _, _, _, address in found]


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken; stop the program that holds it or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} is reserved for root; choose one above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"host {host!r} is no address of this machine; choose one with --host"
    return f"cannot listen on {joined(host, port)}: {error.strerror or error}"
