"""The `turboci` command as a process, in a pipe and in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TURBOCI = str(Path(sys.executable).with_name("turboci"))
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class Ended:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str = ""

    @property
    def plain(self) -> str:
        return _CONTROL.sub("", self.out)


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which nothing of the surrounding CI shines through."""
    unwanted = {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "SQLITE_PATH", "GRPC_PORT"}
    return {key: value for key, value in os.environ.items() if key not in unwanted} | {"TERM": "xterm-256color"} | more


def turboci(*arguments: str, cwd: Path, timeout: float = 60, **more: str) -> Ended:
    """Run the command with its output in pipes."""
    done = subprocess.run(
        [TURBOCI, *arguments],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def start(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """Start the command in pipes."""
    return subprocess.Popen(
        [TURBOCI, *arguments],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def in_terminal(
    *arguments: str,
    cwd: Path,
    size: tuple[int, int] = (24, 80),
    keys: Sequence[tuple[Callable[[str], bool], bytes | tuple[int, int]]] = (),
    timeout: float = 60,
    more: Mapping[str, str] | None = None,
) -> Ended:
    """Run the command in a pseudo-terminal of `size` lines and columns.

    Args:
        keys: What to type, or to which lines and columns to resize, each as soon as its condition on the output so far
            holds.
        more: Environment variables on top.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execve(TURBOCI, [TURBOCI, *arguments], environment(**(more or {})))
    _resize(terminal, size)
    try:
        seen = _conversation(terminal, list(keys), time.monotonic() + timeout)
        _, status = os.waitpid(child, 0)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(terminal)
    return Ended(os.waitstatus_to_exitcode(status), seen)


def _resize(terminal: int, size: tuple[int, int]) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))


def _conversation(
    terminal: int, keys: list[tuple[Callable[[str], bool], bytes | tuple[int, int]]], deadline: float
) -> str:
    seen = b""
    while True:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the command has not ended; it printed {seen[-2000:]!r}")
        readable, _, _ = select.select([terminal], [], [], 0.05)
        if readable:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # Linux's way to say that the other side is closed
                return seen.decode()
            if not data:
                return seen.decode()
            seen += data
        if keys and keys[0][0](seen.decode(errors="replace")):
            action = keys.pop(0)[1]
            if isinstance(action, bytes):
                os.write(terminal, action)
            else:
                _resize(terminal, action)


def until(condition: Callable[[], bool], timeout: float = 20) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen")
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Return whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
