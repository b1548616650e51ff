"""Read, store and show a secret like a gateway of either generation; for the fake gateway."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OLD, NEW = "1.5.1", "1.6.0"
_HALF_PAIR = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_TYPES = ("plain_text", "env", "vault")


@dataclass(frozen=True)
class Secret:
    """A value and the reference that it came from; ``foreign``: sent in a form that masks are not known in.

    Bytes that are not UTF-8 stand in ``value`` as surrogates, as ``surrogateescape`` has it.
    """

    value: str = ""
    reference: str = ""
    foreign: bool = False

    @property
    def text(self) -> str:
        """The text in the database."""
        return self.reference or self.value

    @property
    def absent(self) -> bool:
        """Whether there is neither a value nor a reference."""
        return not self.text


def read(raw: object, release: str, environment: Mapping[str, str]) -> Secret:
    """Return a secret as the gateway reads it from JSON."""
    if isinstance(raw, str):
        if release == OLD and _HALF_PAIR.search(raw):
            return Secret(json.dumps(raw))  # what it cannot read it takes with the quotes
        return from_text(raw, release, environment)
    if isinstance(raw, Mapping) and (release == NEW or {"value", "env_var", "from_env"} <= raw.keys()):
        if release == NEW and "value" not in raw:
            return Secret(json.dumps(raw))
        return _from_object(raw, release, environment)
    return Secret(json.dumps(raw))  # null, numbers, other objects: their text is the secret


def from_text(text: str, release: str, environment: Mapping[str, str]) -> Secret:
    """A secret from its text, in a request or in the database; half a surrogate pair becomes U+FFFD."""
    text = _HALF_PAIR.sub("\ufffd", text)
    if release == NEW and len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if text.startswith("env."):
        return Secret(environment.get(text[4:], ""), text)
    if text.startswith("vault.") and release == NEW:
        return Secret("", text)
    return Secret(text)


def _from_object(raw: Mapping[str, Any], release: str, environment: Mapping[str, str]) -> Secret:
    value = str(raw["value"])
    reference = str(raw.get("ref") or raw.get("env_var") or "")
    if not reference:
        own = raw.get("type") in _TYPES if release == NEW else True
        read = from_text(value, release, environment)
        return Secret(read.value, read.reference, foreign=not own)
    if release == NEW:
        name = reference if "." in reference else f"env.{reference}"
        return from_text(name, release, environment)
    resolved = from_text(reference, release, environment)
    if not resolved.reference:
        return Secret()
    # 1.5.1 believes the value beside the reference: a stale mask is used until it restarts.
    return Secret(resolved.value if value in ("", reference) else value, reference)


def kept(old: Secret, new: Secret) -> Secret:
    """Return the secret after an update: the old one if the new one is its mask, in the release's form."""
    same = not new.foreign and new.reference == old.reference and new.value == mask(old.value)
    return old if same and not old.absent else Secret(new.value, new.reference)


def mask(value: str) -> str:
    """Return the mask, cut by bytes."""
    data = value.encode("utf-8", "surrogateescape")
    if len(data) <= 8:
        return "*" * len(data)
    return (data[:4] + b"*" * 24 + data[-4:]).decode("utf-8", "surrogateescape")


def is_mask(value: str) -> bool:
    """Return whether a stored value is a mask, or contains one: a secret was destroyed."""
    return "*" * 24 in value or (0 < len(value) <= 8 and set(value) == {"*"})


def shown(secret: Secret, release: str, *, clear: bool = False, typed: bool = True) -> dict[str, Any]:
    """Return a secret for a response; ``typed``: an absent one has a type, like the key's own value."""
    value = secret.value if clear and not secret.reference else mask(secret.value)
    if release == OLD:
        return {"value": value, "env_var": secret.reference, "from_env": bool(secret.reference)}
    if secret.absent and not typed:
        return {"value": ""}
    if not secret.reference:
        return {"value": value, "type": "plain_text"}
    return {"value": value, "ref": secret.reference, "type": secret.reference.partition(".")[0]}


def unmasked(secret: Secret) -> dict[str, Any]:
    """Return a secret of an alias object (newer generation only), whose value is not masked."""
    if not secret.reference:
        return {"value": secret.value, "type": "plain_text"}
    return {"value": secret.value, "ref": secret.reference, "type": secret.reference.partition(".")[0]}
