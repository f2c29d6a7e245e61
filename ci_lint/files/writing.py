"""Files are replaced as a whole: whoever reads one sees the old content or the new one."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ci_lint.deferred import deferred
from ci_lint.errors import LintError

if TYPE_CHECKING:
    import tempfile
else:
    tempfile = deferred("tempfile")


def write_atomically(path: Path, content: bytes, *, expected: bytes | None = None) -> None:
    """Replace what stands in a file and keep its mode; behind a link, the file that it leads to.

    Args:
        path: The file; it need not exist if nothing is expected.
        content: What stands there afterwards.
        expected: What stands there now; None if that does not matter.

    Raises:
        LintError: The file cannot be written, or somebody else has changed it.
    """
    target = path.resolve()
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "it is read-only")
        if expected is not None and target.read_bytes() != expected:
            raise LintError(f"{path} was changed by somebody else while it was linted; it is left as it is")
        _replace(target, content)
    except OSError as error:
        raise LintError(f"{path} cannot be written: {error.strerror or error}") from error


def _replace(target: Path, content: bytes) -> None:
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mode = 0o666 & ~_umask()
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - there is a descriptor and no path
            file.write(content)
            os.fchmod(file.fileno(), mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return which permissions new files do not get; it can only be asked for by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
