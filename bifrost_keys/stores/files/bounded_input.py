"""Read input from a file or standard input, up to a size limit."""

from __future__ import annotations

import os
import stat
import sys

from bifrost_keys.errors import InvalidInputError, IOFailureError, NotFoundError, UsageError
from bifrost_keys.stores.files.os_errors import explained

_CHUNK = 1 << 20


def read_stdin(*, limit: int) -> bytes:
    """Read standard input to its end.

    Raise InvalidInputError if there are more than ``limit`` bytes, UsageError if it is closed.
    """
    try:
        descriptor = sys.stdin.fileno()
        os.fstat(descriptor)
    except (AttributeError, OSError, ValueError):
        raise UsageError("standard input is closed", code="stdin-closed") from None
    return _bounded(descriptor, limit, "standard input")


def read_file(path: str, *, limit: int, name: str) -> bytes:
    """Read a file, or a FIFO such as a process substitution. ``name`` is its name in errors.

    Raise NotFoundError, AccessDeniedError, IOFailureError, and InvalidInputError if there are more than
    ``limit`` bytes. Raise UsageError for an empty path, which comes from an unset variable of a shell.
    """
    if not path:
        raise UsageError("the path of a file is empty", code="path-empty", hint="name the file")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"no such file: {name}", code="input-not-found") from None
    except ValueError:
        raise InvalidInputError(f"{name}: a path cannot contain a NUL byte") from None
    except OSError as error:
        raise explained(error, "read", name) from None
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise IOFailureError(
                f"{name} is a directory", code="input-is-directory", hint="name the files in it"
            )
        return _bounded(descriptor, limit, name)
    finally:
        os.close(descriptor)


def _bounded(descriptor: int, limit: int, name: str) -> bytes:
    pieces, left = [], limit + 1
    try:
        while left > 0 and (piece := os.read(descriptor, min(left, _CHUNK))):
            pieces.append(piece)
            left -= len(piece)
    except OSError as error:
        raise explained(error, "read", name) from None
    if left <= 0:
        raise InvalidInputError(f"{name} is larger than {limit // 1024} KiB", code="input-too-large")
    return b"".join(pieces)
