"""What a key may be called."""

from __future__ import annotations

import unicodedata
from typing import Final

from bifrost_keys.gateway.providers.table import PROVIDERS
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secrets.detection import name_looks_secret

MAX_NAME_CHARACTERS: Final = 255
# Control and format characters (bidirectional, zero-width), surrogates, line separators.
UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def comparable_name(name: str) -> str:
    """The form in which two names are one: they may differ by Unicode normalisation alone."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def name_faults(name: str, path: Path = ("name",)) -> list[Fault]:
    """The faults of a key's name: 1 to 255 visible characters, no secret by its looks."""
    if not name:
        return [Fault("name-empty", path, "error", "is empty", "give it a name")]
    if not name.strip():
        return [Fault("name-blank", path, "error", "is blank", "give it a visible name")]
    faults = []
    if len(name) > MAX_NAME_CHARACTERS:
        message = f"is longer than {MAX_NAME_CHARACTERS} characters"
        faults.append(Fault("name-too-long", path, "warning", message, "choose a shorter one"))
        name = name[:MAX_NAME_CHARACTERS]
    if name != name.strip():
        message = "begins or ends with white space"
        faults.append(Fault("name-whitespace", path, "error", message, "leave it out"))
    if has_unseen_characters(name):
        message = "contains a line end, control, bidirectional or zero-width character"
        faults.append(Fault("name-unseen-characters", path, "error", message, "leave it out"))
    if name.startswith("--"):
        message = "begins with -- like an option"
        faults.append(Fault("name-option", path, "warning", message, "choose another name"))
    if "***" in name:
        hint = "give the name itself, not its mask"
        faults.append(Fault("name-redacted", path, "error", "looks redacted", hint))
    if name_looks_secret(name):
        hint = "a name is public: logs and requests show it"
        faults.append(Fault("name-looks-secret", path, "error", "looks like a secret", hint))
    return faults + _selector_faults(name, path)


def _selector_faults(name: str, path: Path) -> list[Fault]:
    """A warning about a name that begins with a provider's, as PROVIDER/NAME does: it names two keys then."""
    provider, slash, _ = name.partition("/")
    if not slash or provider.lower() not in PROVIDERS:
        return []
    message = f"begins with the name of a provider, {provider.lower()}: it can be taken for a key of that one"
    return [Fault("name-selector", path, "warning", message, "give the name alone", refused=False)]


def has_unseen_characters(text: str) -> bool:
    """Whether ``text`` contains a character that a terminal acts on or does not show."""
    if text.isascii():
        return not text.isprintable()
    return any(unicodedata.category(c) in UNSEEN_CATEGORIES for c in text)
