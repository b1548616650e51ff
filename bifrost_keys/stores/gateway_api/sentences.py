"""Make a gateway's own messages safe to show: short, without secrets and control characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from bifrost_keys.gateway.secrets.gateway_messages import Masker
from bifrost_keys.gateway.secrets.literals import hidden_texts
from bifrost_keys.gateway.secrets.masking import MASK
from bifrost_keys.gateway.secrets.notes import without

MAX_CHARACTERS: Final = 300
_INVALID_JSON: Final = "Invalid JSON"
_VIRTUAL_KEY = re.compile(r"sk-bf-[^\s\"'<>,;]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Sentences:
    """Makes the gateway's messages safe to show, because it knows every secret of this run."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._masker = Masker()
        self.add(*secrets)

    def __repr__(self) -> str:
        return f"Sentences({len(self._secrets)} secrets)"

    def add(self, *secrets: str) -> None:
        """Mask these from now on, also in the spelling of JSON and URLs."""
        for secret in secrets:
            if secret:
                self._secrets |= {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}

    def add_entry(self, entry: Mapping[str, Any]) -> None:
        """Mask every text of an entry that is not shown."""
        self.add(*hidden_texts(entry))

    def message(self, text: str) -> str:
        """Return an error's sentence; cut after ``Invalid JSON``, because a piece of the body follows."""
        if text.startswith(_INVALID_JSON):
            return _INVALID_JSON
        return _short(self._masked(text))

    def description(self, text: str) -> str:
        """Return a provider's message about a key, also without anything that looks like a secret."""
        return _short(self._masker.masked(self._masked(text)))

    def _masked(self, text: str) -> str:
        # As a whole: not even the first and last characters of a credential are shown.
        return _VIRTUAL_KEY.sub(MASK, without(text, self._secrets, mask=lambda _: MASK))


def _short(text: str) -> str:
    text = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
