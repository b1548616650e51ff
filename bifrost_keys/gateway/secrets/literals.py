"""Find the literal secrets of an entry, and every text of it that must not be shown."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.table import fold, walk
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.gateway.secrets.addresses import address_secrets
from bifrost_keys.gateway.secrets.detection import harmless, is_reference

# Shorter texts are not searched for in the gateway's notes, where they would be found by chance.
_SHORTEST: Final = 4
_DEPTH: Final = 16


class LiteralSecret(NamedTuple):
    """A secret that is in the file itself; its ``text`` is never shown.

    ``path`` is the path from the entry, in the file's spelling. ``obstacle`` says why a reference cannot
    replace the secret, and ``hint`` what to do then; both are empty if it can.
    """

    path: Path
    text: str
    obstacle: str = ""
    hint: str = ""

    def __repr__(self) -> str:
        return f"LiteralSecret(path={self.path!r}, …)"


def literal_secrets(entry: Mapping[str, Any]) -> list[LiteralSecret]:
    """Return the literal secrets of an entry, in the order of its members.

    The gateway accepts field names in any case, and uses the JSON text of a number or an object as the
    secret. A password in an address is a secret too.
    """
    found: list[LiteralSecret] = []
    for member in walk(entry):
        if member.field is not None and member.field.secret:
            found += _secret(member.path, member.value)
        elif member.field is not None and member.field.reference and isinstance(member.value, str):
            found += _in_address(member.path, member.value) if member.field.shown else ()
    return found


def hidden_texts(entry: Mapping[str, Any]) -> set[str]:
    """Return the texts of an entry that are never shown: secrets, user identities, and possible secrets.

    References, and texts of fewer than 4 characters, are not included.
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
        obstacle, hint = "is a wrongly cased field name", "keys check --fix corrects it"
        yield LiteralSecret(path, value, obstacle, hint) if odd else LiteralSecret(path, value)
        return
    kinds = {dict: "an object", list: "a list", bool: "true or false"}
    kind = kinds.get(type(value), "a number")
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    obstacle = f"is {kind}; only a string can become a reference"
    yield LiteralSecret(path, text, obstacle, "set the secret again, as a string")


def _in_address(path: Path, text: str) -> Iterator[LiteralSecret]:
    if is_reference(text):
        return
    for secret in address_secrets(text):
        obstacle = "contains a secret; only the whole address can become a reference"
        yield LiteralSecret(path, secret, obstacle, "set the address to env.NAME")


def _texts(value: Any, depth: int = _DEPTH) -> Iterator[str]:
    """Yield the texts in ``value``, including those of numbers, up to a depth of 16."""
    if isinstance(value, str):
        if not is_reference(value):
            yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield json.dumps(value)
    elif isinstance(value, (Mapping, list)) and depth:
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part, depth - 1)
