"""Recognise Bifrost's ``config.json``, so that another project's file is never changed."""

from __future__ import annotations

import json
import os
import re
import stat

from bifrost_keys.errors import AccessDeniedError
from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.scanner import after_space, value_at, walk_object
from bifrost_keys.stores.files.open_file import MAX_CONFIG_BYTES

_SCHEMA = "getbifrost.ai/schema"
# Marks of a Bifrost config in a text that does not parse.
_OURS_IN_PIECES = r'"\$schema"\s*:\s*"[^"]*getbifrost\.ai\\?/schema|"providers"\s*:\s*\{'
_HEAD_BYTES = 64 * 1024
ABSENT = "does not exist"
_EMPTY = "is empty"
_NULL = "is null"
_NOT_JSON = "is not JSON"
_NO_OBJECT = "has a providers member that is not an object"
_OLD = "has its providers at the top level, an old format"
# What a damaged Bifrost config may look like; any other file is another project's.
MAY_BE_OURS = frozenset({_EMPTY, _NULL, _NOT_JSON, _NO_OBJECT, _OLD})


def why_not_bifrosts(path: str) -> str | None:
    """Return why the file is not taken for a config of Bifrost; None if it is one.

    Never block. Raise AccessDeniedError for a file that exists and may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ABSENT
    except PermissionError:
        return _denied(path)
    except OSError as error:
        return f"cannot be read: {os.strerror(error.errno or 0)}"
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return "is not a regular file"
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
    if _has_mark(data):
        return None
    return _what_it_is(_decoded(data))


def _denied(path: str) -> str:
    """Raise AccessDeniedError if the file exists; return normally if its directory cannot be searched."""
    try:
        os.stat(path)
    except OSError:
        return "cannot be looked at: its directory may not be entered"
    hint = "it would be used here; name another with --config or --app-dir"
    raise AccessDeniedError(f"permission denied: cannot read {path}", hint=hint)


def _what_it_is(text: str) -> str | None:
    """Return what a text without Bifrost's marks is; None if it is a broken one that contains them."""
    if not text.strip():
        return _EMPTY
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None if re.search(_OURS_IN_PIECES, text) else _NOT_JSON
    if content is None:
        return _NULL
    if not isinstance(content, dict):
        return "is not a JSON object"
    if "providers" in content:
        return _NO_OBJECT
    if any(built_in(name) and isinstance(value, dict) and "keys" in value for name, value in content.items()):
        return _OLD
    return "has no providers object and not Bifrost's $schema"


def _has_mark(data: bytes) -> bool:
    """Return whether the top level has a ``providers`` object or Bifrost's ``$schema`` before a fault."""
    text = _decoded(data)

    def visit(name: str, _: int, start: int) -> int:
        if name == "providers" and text[start : start + 1] == "{":
            raise _FoundError
        value, end = value_at(text, start)
        if name == "$schema" and isinstance(value, str) and _SCHEMA in value:
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


def _decoded(data: bytes) -> str:
    """Return the text, decoded well enough to recognise it; a wrong encoding is refused later."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data[2:].replace(b"\0", b"").decode("utf-8", "replace")
    return data.decode("utf-8-sig", "replace")


class _FoundError(Exception):
    pass
