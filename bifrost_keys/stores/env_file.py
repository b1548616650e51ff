"""Append variables to an environment file in the syntax that Docker, systemd and shells share."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence

from bifrost_keys.errors import ConfigUnusableError, ConflictError, NotFoundError
from bifrost_keys.gateway.secrets.masking import shown_path
from bifrost_keys.stores.files.atomic_write import find_stale, remove_stale, write_atomically
from bifrost_keys.stores.files.lock import locked
from bifrost_keys.stores.files.open_file import (
    Identity,
    close_reader,
    open_regular,
    read_all,
    real_path,
    refuse_foreign,
    refuse_hard_link,
    regular_file_status,
    status_of,
)

_ASSIGNMENT = re.compile(
    r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*?)[ \t\r]*\Z", re.ASCII
)


def add_variables(
    path: str,
    variables: Mapping[str, str],
    *,
    lock_timeout: float,
    on_wait: Callable[[], None] | None = None,
    dry_run: bool = False,
) -> Sequence[str]:
    """Append the variables that the file does not set yet, and flush it; return their names.

    A new file gets mode 0600. ``lock_timeout`` is in seconds. The file has its own lock, which is acquired
    after the config's. Raise ConflictError, and writes nothing, if the file sets a variable to another value,
    is readable by other users, or contains a value that continues on the next line; also raises what
    ``write_atomically`` raises. A dry run makes the same checks and writes nothing.
    """
    target = real_path(path)
    status = regular_file_status(target)
    if not os.path.isdir(os.path.dirname(target)):
        hint = "create it first, or use another --env-file"
        raise NotFoundError(
            f"no directory {shown_path(os.path.dirname(target))}", code="directory-not-found", hint=hint
        )
    if dry_run:
        return _write(target, variables, dry_run=True)
    owner = (status.st_uid, status.st_gid) if status is not None else None
    with locked(target, timeout=lock_timeout, owner=owner, on_wait=on_wait, in_turn=False):
        remove_stale(target)
        return _write(target, variables, dry_run=False)


def _write(path: str, variables: Mapping[str, str], *, dry_run: bool) -> Sequence[str]:
    if regular_file_status(path) is None:
        text, source, identity = "", None, None
    else:
        source = open_regular(path)
        try:
            identity = _checked(source, path, dry_run=dry_run)
            text = _decoded(read_all(source, path), path)
        except BaseException:
            close_reader(source)
            raise
    try:
        missing = _missing(text, variables)
        if missing:
            _refuse_open(text, path)
        if missing and not dry_run:
            start = text if not text or text.endswith("\n") else text + "\n"
            added = "".join(f"{name}={variables[name]}\n" for name in missing)
            write_atomically(path, start + added, source=source, read=identity)
    finally:
        if source is not None:
            close_reader(source)
    return missing


def _checked(descriptor: int, path: str, *, dry_run: bool) -> Identity:
    status = status_of(descriptor, path)
    # A run that was killed while creating the file left a second name. The next run with the lock removes it.
    if not (dry_run and find_stale(path)):
        refuse_hard_link(status, path)
    refuse_foreign(status, path)
    if status.st_mode & 0o077:
        raise ConflictError(
            f"{path} is readable by other users; no secret was written to it",
            code="env-file-exposed",
            hint="run chmod 600 on it first",
        )
    return Identity.of(status)


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigUnusableError(f"{path}: is not UTF-8", code="env-file-not-text") from None


def _refuse_open(text: str, path: str) -> None:
    """Raise ConflictError if a line continues on the next one for systemd and shells.

    An appended line could become part of that value instead of setting a variable.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if _continues(line):
            raise ConflictError(
                f"{path}:{number}: the value continues on the next line (a backslash or an open quote)",
                code="env-file-open",
                hint="correct that line first, or use another --env-file",
            )


def _continues(line: str) -> bool:
    """Return whether the line ends inside quotes or with a backslash."""
    if line.lstrip().startswith(("#", ";")):
        return False
    quote, before, escaped = "", "=", False
    for character in line:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#" and before in " \t":
            return False
        before = character
    return bool(quote) or escaped


def _missing(text: str, variables: Mapping[str, str]) -> list[str]:
    """Return the variables that the text does not set. If it sets one twice, the last value counts."""
    present = {}
    for line in text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").split("\n"):
        found = _ASSIGNMENT.match(line)
        if found is not None:
            present[found.group(1)] = _unquoted(found.group(2))
    differing = sorted(name for name, value in variables.items() if present.get(name, value) != value)
    if differing:
        raise ConflictError(
            f"the environment file has another value for {', '.join(differing)}",
            code="variable-differs",
            hint="rename that variable or the key",
        )
    return [name for name in variables if name not in present]


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else re.split(r"[ \t]#", value, maxsplit=1)[0].rstrip()
