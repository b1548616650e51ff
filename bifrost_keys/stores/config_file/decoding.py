"""Decode the bytes of a ``config.json``."""

from __future__ import annotations

from bifrost_keys.errors import ConfigUnusableError


def decoded(data: bytes, source: str) -> str:
    """Return the text in ``data``. Raise ConfigUnusableError if it is not UTF-8 or has a byte order mark."""
    refused = None
    if data.startswith(b"\xef\xbb\xbf"):
        refused = "begins with a byte order mark, which the gateway cannot read"
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        refused = "looks like UTF-16, UTF-8 expected"
    if refused:
        raise ConfigUnusableError(
            f"{source}:1:1: {refused}",
            code="text-not-utf8",
            hint="save it as UTF-8 without a mark",
            line=1,
            column=1,
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
    line = data.count(b"\n", 0, place) + 1
    column = len(data[data.rfind(b"\n", 0, place) + 1 : place].decode("utf-8")) + 1
    raise ConfigUnusableError(
        f"{source}:{line}:{column}: not UTF-8 (byte {place} of the file)",
        code="text-not-utf8",
        line=line,
        column=column,
    )
