"""A gateway's own sentences, as they may be shown: without secrets, short, and free of control characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

MASK: Final = "*" * 8
MAX_CHARACTERS: Final = 300
_INVALID_JSON: Final = "Invalid JSON"
_VIRTUAL_KEY = re.compile(r"sk-bf-[^\s\"'<>,;]*")
# Providers repeat the credential that they refuse: a long word with a digit in it may be one.
_WORD = re.compile(r"\S{12,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# A shorter one is masked where it is a word of its own: within words it would be found by chance.
_SHORTEST_WITHIN_WORDS: Final = 6
_REFERENCES: Final = ("env.", "vault.")


class Sentences:
    """Makes what a gateway says presentable; knows every secret of this run."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.add(*secrets)

    def __repr__(self) -> str:
        return f"Sentences({len(self._secrets)} secrets)"

    def add(self, *secrets: str) -> None:
        """Mask these from now on, as they are and as JSON and URLs write them."""
        for secret in secrets:
            if secret:
                self._secrets |= {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}

    def add_entry(self, entry: Mapping[str, object]) -> None:
        """Mask every literal of ``value``, of the config objects and of the aliases' objects."""
        for name, value in entry.items():
            if name == "value" or name.endswith("_key_config"):
                self.add(*_literals(value))
            elif name == "aliases" and isinstance(value, Mapping):
                for alias in value.values():
                    self.add(*(_literals(alias) if isinstance(alias, Mapping) else ()))

    def message(self, text: str) -> str:
        """An error's sentence; after ``Invalid JSON`` nothing, for a piece of the body follows."""
        if text.startswith(_INVALID_JSON):
            return _INVALID_JSON
        return _short(self._masked(text))

    def description(self, text: str) -> str:
        """What a provider said of a key; long words with a digit are masked too."""
        return _short(_WORD.sub(_mask_word, self._masked(text)))

    def _masked(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            if len(secret) >= _SHORTEST_WITHIN_WORDS:
                text = text.replace(secret, MASK)
            elif secret in text:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
        return _VIRTUAL_KEY.sub(MASK, text)


def escaped(text: str) -> str:
    """The text with its control characters written as escapes."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _short(text: str) -> str:
    text = escaped(text)
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"


def _mask_word(found: re.Match[str]) -> str:
    return MASK if any(character.isdigit() for character in found[0]) else found[0]


def _literals(value: object) -> Iterator[str]:
    if isinstance(value, str) and not value.startswith(_REFERENCES):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _literals(member)
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _literals(member)
