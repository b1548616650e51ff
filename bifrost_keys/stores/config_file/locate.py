"""Which file a run is about, and why."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bifrost_keys.errors import InvalidInputError, NotFoundError
from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.scanner import after_space, value_at, walk_object
from bifrost_keys.stores.files.open_file import MAX_CONFIG_BYTES, no_working_directory

FILE_NAME = "config.json"
_SCHEMA = re.compile(r"getbifrost\.ai/schema")
# What tells a config of Bifrost's in a text that does not parse.
_OURS_IN_PIECES = re.compile(r'"\$schema"\s*:\s*"[^"]*getbifrost\.ai\\?/schema|"providers"\s*:\s*\{')
_HEAD_BYTES = 64 * 1024


class Tried(NamedTuple):
    """One place that was considered; ``why`` says what was found there."""

    path: str
    rule: str
    why: str


class Location(NamedTuple):
    """The file to use, the rule that chose it, and every place in the order of the rules."""

    path: str
    rule: str
    tried: tuple[Tried, ...]


def working_directory() -> str:
    """The working directory; empty when it has been removed."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def locate(
    *, config: str | None, app_dir: str | None, environ: Mapping[str, str], cwd: str, home: str | None
) -> Location:
    """The config file by the first rule that applies.

    --config, --app-dir, BIFROST_CONFIG, BIFROST_APP_DIR (an empty variable counts as unset), then
    ./config.json if it is Bifrost's (it has a ``providers`` object or Bifrost's ``$schema``), then the
    gateway's own default, ~/.config/bifrost/config.json. Raises InvalidInputError for an empty --config
    or --app-dir: an unset variable of a script must not lead to another file. ``cwd`` is empty where there
    is no working directory: a relative path then raises NotFoundError.
    """
    for option, value in (("--config", config), ("--app-dir", app_dir)):
        if value == "":
            raise InvalidInputError(f"{option} is empty", code="empty_path", field=option)
    tried = []
    for rule, path, found in _candidates(config, app_dir, environ, cwd, home):
        tried.append(Tried(path, rule, found or "used"))
        if found is None:
            return Location(path, rule, tuple(tried))
    raise AssertionError("the last rule always applies")


def missing(path: str) -> NotFoundError:
    """The error for a config that is not there; a secret that was given in place of a path is masked."""
    from bifrost_keys.gateway.secrets.detection import name_looks_secret

    hint = "keys init creates it, or name another with --config or --app-dir"
    folder, name = os.path.split(path)
    if name_looks_secret(name):
        path = os.path.join(folder, "********")
    return NotFoundError(f"no file {path}", code="config-not-found", hint=hint)


def _candidates(
    config: str | None, app_dir: str | None, environ: Mapping[str, str], cwd: str, home: str | None
) -> Iterator[tuple[str, str, str | None]]:
    """Rule, path, and why the rule does not apply (None when it does)."""
    given = (
        ("--config", config, False),
        ("--app-dir", app_dir, True),
        ("BIFROST_CONFIG", environ.get("BIFROST_CONFIG"), False),
        ("BIFROST_APP_DIR", environ.get("BIFROST_APP_DIR"), True),
    )
    for rule, value, is_directory in given:
        if value:
            place = os.path.join(cwd, value)
            if not os.path.isabs(place):
                raise no_working_directory()
            yield rule, os.path.join(place, FILE_NAME) if is_directory else place, None
        else:
            yield rule, "", "not given" if rule.startswith("--") else "not set"
    here = os.path.join(cwd, FILE_NAME)
    yield "./config.json", here, _why_not_ours(here) if cwd else "the working directory was removed"
    base = os.path.join(home or os.path.expanduser("~"), ".config", "bifrost")
    if not os.path.isabs(base):
        hint = "name the file with --config or --app-dir"
        raise NotFoundError("no home directory is known", code="home-unknown", hint=hint)
    yield "default", os.path.join(base, FILE_NAME), None


def _why_not_ours(path: str) -> str | None:
    """Why this is no config of Bifrost's, None when it is; never waits, never fails."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be read: {os.strerror(error.errno or 0)}"
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return "is no regular file"
        if status.st_size > MAX_CONFIG_BYTES:
            return "is larger than 512 MiB"
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            head = stream.read(_HEAD_BYTES)
            if _has_mark(head):
                return None
            data = head + stream.read()
    except OSError as error:
        return f"cannot be read: {os.strerror(error.errno or 0)}"
    finally:
        os.close(descriptor)
    if _has_mark(data) or (_OURS_IN_PIECES.search(_decoded(data)) and not _parses(data)):
        return None
    return "has no providers object and not Bifrost's $schema"


def _has_mark(data: bytes) -> bool:
    """Whether the top level has a ``providers`` object or Bifrost's ``$schema`` before its first fault."""
    text = _decoded(data)

    def visit(name: str, _: int, start: int) -> int:
        if name == "providers" and text[start : start + 1] == "{":
            raise _FoundError
        value, end = value_at(text, start)
        if name == "$schema" and isinstance(value, str) and _SCHEMA.search(value):
            raise _FoundError
        return end

    start = after_space(text, 0)
    if text[start : start + 1] != "{":
        return False
    try:
        walk_object(text, start, visit)
    except _FoundError:
        return True
    except ScanError:
        return False
    return False


def _parses(data: bytes) -> bool:
    text = _decoded(data)
    try:
        end = value_at(text, after_space(text, 0))[1]
    except ScanError:
        return False
    return after_space(text, end) == len(text)


def _decoded(data: bytes) -> str:
    """The text, good enough to recognise it; another encoding is refused later, with its reason."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data[2:].replace(b"\0", b"").decode("utf-8", "replace")
    return data.decode("utf-8-sig", "replace")


class _FoundError(Exception):
    pass
