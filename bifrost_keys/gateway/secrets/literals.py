"""The literal secrets of an entry: those that a reference could replace, and every text that is not shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bifrost_keys.gateway.fields.table import fold, walk
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.gateway.secrets.addresses import address_secrets
from bifrost_keys.gateway.secrets.detection import harmless, is_reference

# Shorter texts are not looked for in what the gateway noted: they would be found by chance.
_SHORTEST: Final = 4
_DEPTH: Final = 16


@dataclass(frozen=True)
class LiteralSecret:
    """A secret that is in the file itself; its ``text`` is never shown.

    ``path`` leads from the entry to it, as the file spells the names. ``obstacle`` says why no reference can
    take its place, where that is so, and ``hint`` what to do then.
    """

    path: Path
    text: str = field(repr=False)
    obstacle: str = ""
    hint: str = ""


def literal_secrets(entry: Mapping[str, Any]) -> list[LiteralSecret]:
    """The literal secrets of an entry, in its order.

    The gateway reads names in any case, and takes a number or an object for the secret as its own text. A
    password in an address is a secret too.
    """
    found: list[LiteralSecret] = []
    for member in walk(entry):
        if member.field is not None and member.field.secret:
            found += _secret(member.path, member.value)
        elif member.field is not None and member.field.reference and isinstance(member.value, str):
            found += _in_address(member.path, member.value) if member.field.shown else ()
    return found


def hidden_texts(entry: Mapping[str, Any]) -> set[str]:
    """The texts of an entry that are never shown: secrets, what says who, and what may be a secret elsewhere.

    References and texts of fewer than 4 characters are not among them.
    """
    found: set[str] = set()
    for _, known, value in walk(entry):
        if known is None or (known.fields and not isinstance(value, (Mapping, list))):
            found.update(text for text in _texts(value) if not harmless(text))
        elif known.reference and not known.shown:
            found.update(_texts(value))
        elif known.reference and isinstance(value, str) and not is_reference(value):
            found.update(address_secrets(value))
    return {text for text in found if len(text) >= _SHORTEST}


def _secret(path: Path, value: Any) -> Iterator[LiteralSecret]:
    if value is None or value == "" or (isinstance(value, str) and is_reference(value)):
        return
    if isinstance(value, str):
        odd = any(fold(str(name)) != name for name in path)
        obstacle, hint = "is a field in other case", "keys check --fix corrects its name"
        yield LiteralSecret(path, value, obstacle, hint) if odd else LiteralSecret(path, value)
        return
    kinds = {dict: "an object", list: "a list", bool: "true or false"}
    kind = kinds.get(type(value), "a number")
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    obstacle = f"is {kind}, and only text can become a reference"
    yield LiteralSecret(path, text, obstacle, "give the secret anew, as text")


def _in_address(path: Path, text: str) -> Iterator[LiteralSecret]:
    if is_reference(text):
        return
    for secret in address_secrets(text):
        obstacle = "contains a secret, and only the whole address can become a reference"
        yield LiteralSecret(path, secret, obstacle, "give the address as env.NAME")


def _texts(value: Any, depth: int = _DEPTH) -> Iterator[str]:
    """The texts in ``value``, those of numbers too, however deep it is (within reason)."""
    if isinstance(value, str):
        if not is_reference(value):
            yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield json.dumps(value)
    elif isinstance(value, (Mapping, list)) and depth:
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part, depth - 1)
