"""What a gateway noted of a key, without the secrets that it may repeat.

The gateway keeps what a provider answered, and providers repeat the key that they refuse; an address
in an error may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bifrost_keys.gateway.fields import CONFIG_BY_NAME
from bifrost_keys.gateway.secrets.detection import looks_redacted, name_looks_secret
from bifrost_keys.gateway.secrets.masking import MASK, PARAMETER_TO_MASK, redact

_WORD = re.compile(r"[^\s\"'`<>()\[\]{},;]+")
_PART = re.compile(r"[^\s\"'`<>()\[\]{},;:/?&=@\\]+")
_USER = re.compile(r"(//)[^\s/?#\"'<>]*@")
_HEADER = re.compile(r"(?i)(\b(?:bearer|basic)\s+)(?=[^\s\"']*[0-9])[^\s\"']+")
_QUERY = re.compile(rf"(?i)({PARAMETER_TO_MASK})[^\s&;#\"'<>]+")
_SHORTEST = 4


class Masker:
    """Masks in what the gateway noted: secrets that are known, and what looks like one."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        self._known = frozenset(secret for entry in entries for secret in _secrets(entry))
        self._masked: dict[str, str] = {}  # most keys have the same status

    def masked(self, text: str, *entries: Mapping[str, Any] | None) -> str:
        """``text`` without secrets; those of ``entries`` are found within words, too."""
        if not text:
            return text
        own = {secret for entry in entries if entry is not None for secret in _secrets(entry)}
        for secret in sorted(own, key=len, reverse=True):
            text = text.replace(secret, redact(secret))
        if text not in self._masked:
            self._masked[text] = self._by_looks(text)
        return self._masked[text]

    def _by_looks(self, text: str) -> str:
        text = _WORD.sub(self._word, text)
        text = _USER.sub(rf"\1{MASK}@", text)
        text = _QUERY.sub(rf"\1{MASK}", _HEADER.sub(rf"\1{MASK}", text))
        return _PART.sub(_part, text)

    def _word(self, found: re.Match[str]) -> str:
        word, bare = found[0], found[0].rstrip(".:!?")
        return redact(bare) + word[len(bare) :] if bare in self._known else word


def _part(found: re.Match[str]) -> str:
    part = found[0]
    return redact(part) if name_looks_secret(part) and not looks_redacted(part) else part


def _secrets(entry: Mapping[str, Any]) -> list[str]:
    """The literals in an entry that are not shown; references stay as they are."""
    found = [entry.get("value")]
    for name in CONFIG_BY_NAME.keys() & entry.keys():
        members = entry[name]
        if isinstance(members, Mapping):
            found += [members.get(field.name) for field in CONFIG_BY_NAME[name].fields if not field.shown]
    return [text for text in found if isinstance(text, str) and len(text) >= _SHORTEST]
