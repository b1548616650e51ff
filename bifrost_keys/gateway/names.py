"""Rules for the names of keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from bifrost_keys.gateway.providers.table import PROVIDERS
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secrets.detection import name_looks_secret

MAX_NAME_CHARACTERS: Final = 255
_ALSO_BEYOND_ASCII: Final = "K;`"
# Control and format characters (bidirectional, zero-width), surrogates, line separators.
UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def comparable_name(name: str) -> str:
    """Return the form in which names are compared: two names may differ only by Unicode normalisation."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def has_one_spelling(name: str) -> bool:
    """Return whether no other name has the same comparable form: so it is of nearly every ASCII name.

    Three characters beyond ASCII stand for one of ASCII: the Kelvin sign, the Greek question mark and varia.
    """
    return name.isascii() and not any(each in name for each in _ALSO_BEYOND_ASCII)


def name_faults(name: str, path: Path = ("name",)) -> list[Fault]:
    """Return the faults of a key's name, which must be 1 to 255 visible characters and not a secret."""
    if not name:
        return [Fault("name-empty", path, "error", "is empty", "use a visible name")]
    if not name.strip():
        return [Fault("name-blank", path, "error", "is blank", "use a visible name")]
    faults = []
    if len(name) > MAX_NAME_CHARACTERS:
        message = f"is longer than {MAX_NAME_CHARACTERS} characters"
        faults.append(Fault("name-too-long", path, "warning", message, "choose a shorter name"))
        name = name[:MAX_NAME_CHARACTERS]
    if name != name.strip():
        message = "begins or ends with white space"
        faults.append(Fault("name-whitespace", path, "error", message, "remove it"))
    if has_unseen_characters(name):
        message = "contains a line break or a control, bidirectional or zero-width character"
        faults.append(Fault("name-unseen-characters", path, "error", message, "remove it"))
    if name.startswith("--"):
        message = "begins with -- like an option"
        faults.append(Fault("name-option", path, "warning", message, "choose another name"))
    if "***" in name:
        hint = "use the name itself, not its mask"
        faults.append(Fault("name-redacted", path, "error", "looks redacted", hint))
    if name_looks_secret(name):
        hint = "names are public: they appear in logs and requests"
        faults.append(Fault("name-looks-secret", path, "error", "looks like a secret", hint))
    return faults + _selector_faults(name, path)


def _selector_faults(name: str, path: Path) -> list[Fault]:
    """Return a warning if the name begins with the name of a provider: it could then select two keys."""
    provider, slash, _ = name.partition("/")
    if not slash or provider.lower() not in PROVIDERS:
        return []
    message = f"begins with {provider.lower()}/, and could be mistaken for a key of that provider"
    return [Fault("name-selector", path, "warning", message, "use only the name", refused=False)]


def has_unseen_characters(text: str) -> bool:
    """Return whether ``text`` contains a character that a terminal interprets or does not show."""
    if text.isascii():
        return not text.isprintable()
    return any(unicodedata.category(c) in UNSEEN_CATEGORIES for c in text)


def in_words(names: Sequence[str]) -> str:
    """Return the names as a list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
