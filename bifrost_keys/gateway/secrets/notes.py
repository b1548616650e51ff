"""Find and remove secrets in the notes that a gateway keeps about a key, ``status`` and ``description``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.secrets.literals import hidden_texts, literal_secrets
from bifrost_keys.gateway.secrets.masking import MASK, NOTED, redact

_NOTED_LENGTHS = {len(name) for name in NOTED}
_SHORTEST_REPEATED = 8
# A shorter secret would be found inside words by chance.
_SHORTEST_WITHIN_WORDS = 6


def without(text: str, secrets: Iterable[str], *, mask: Callable[[str], str] = redact) -> str:
    """Return ``text`` with each of these secrets masked, even inside words; short ones only as words."""
    for secret in sorted(secrets, key=len, reverse=True):  # one secret may be a part of a longer one
        if len(secret) >= _SHORTEST_WITHIN_WORDS:
            text = text.replace(secret, mask(secret))
        elif secret in text:
            shown = mask(secret).replace("\\", r"\\")  # a backslash begins an escape in a replacement
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", shown, text)
    return text


def without_leaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entry ``new`` with the secrets that a change removes from ``old`` masked in its notes.

    ``status`` and ``description`` may repeat a removed secret, which would stay in the file and no longer
    count as a secret in output. It is masked completely, so that not even its first and last characters
    stay. Nothing is lost, because the gateway writes its notes again.
    """
    notes = {name: new[name] for name in _notes(new) if isinstance(new[name], str)}
    if not notes:
        return new
    gone = hidden_texts(old) - hidden_texts(new)
    return {**new, **{name: without(text, gone, mask=lambda _: MASK) for name, text in notes.items()}}


def repeated_secret(entry: Mapping[str, Any]) -> str | None:
    """Return the name of the first note that repeats a secret of its own entry; short ones do not count."""
    notes = _notes(entry)
    if not notes:
        return None
    secrets = [each.text for each in literal_secrets(entry) if len(each.text) >= _SHORTEST_REPEATED]
    return next((name for name in notes if any(secret in str(entry[name]) for secret in secrets)), None)


def _notes(entry: Mapping[str, Any]) -> list[str]:
    return [name for name in entry if len(name) in _NOTED_LENGTHS and fold(name) in NOTED]
