"""An environment file, as Docker, systemd and shells read it: variables are added, never changed."""

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
    look,
    open_regular,
    read_all,
    real_path,
    refuse_foreign,
    refuse_hard_link,
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
    """Append the variables that the file does not set yet and flush it; return their names.

    A new file is 0600. ``lock-timeout`` in seconds; the lock is the file's own, and is taken after the
    config's. Raises ConflictError, and writes nothing, if one of them has another value there, if others
    than the owner can read the file, or if a value in it does not end on its line; otherwise what every
    write of a file raises. A dry run checks the same and writes nothing.
    """
    target = real_path(path)
    status = look(target)
    if not os.path.isdir(os.path.dirname(target)):
        hint = "create it first, or name another --env-file"
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
    if look(path) is None:
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
    # A run that was killed while it made the file left it two names: the lock's holder heals that.
    if not (dry_run and find_stale(path)):
        refuse_hard_link(status, path)
    refuse_foreign(status, path)
    if status.st_mode & 0o077:
        raise ConflictError(
            f"{path} can be read by others than its owner: no secret was written to it",
            code="env-file-exposed",
            hint="chmod 600 it first",
        )
    return Identity.of(status)


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigUnusableError(f"{path}: is not UTF-8", code="env-file-not-text") from None


def _refuse_open(text: str, path: str) -> None:
    """Raise ConflictError for a line that systemd and shells continue on the next one.

    What is appended could become a part of its value, and the lines after it set no variables.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if _continues(line):
            raise ConflictError(
                f"{path}:{number}: the value does not end on its line: a backslash or an open quote",
                code="env-file-open",
                hint="correct that line first, or name another --env-file",
            )


def _continues(line: str) -> bool:
    """Whether a quote is open at the end of the line, or a backslash is its last character."""
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
    """The variables that the text does not set; of one that it sets twice the last counts."""
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
            hint="rename the variable there, or the key",
        )
    return [name for name in variables if name not in present]


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else re.split(r"[ \t]#", value, maxsplit=1)[0].rstrip()
