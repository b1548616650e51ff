"""Compare model names as the gateway does, with Go's rules for case.

Python's lower() turns the Turkish capital I with a dot into two letters, and the last sigma of a word into a
final sigma; Go maps each letter to exactly one letter.
"""

from __future__ import annotations

from typing import Final

# Begins an item of a model list that is a regular expression (from release 2.2.0 on).
PREFIX: Final = "regex:"


def pattern_of(entry: str) -> str | None:
    """Return the regular expression of an item in a model list; None for the name of a model or ``*``."""
    return entry[len(PREFIX) :] if entry.startswith(PREFIX) else None


def lowered(name: str) -> str:
    """Return the name in lower case, as Go's strings.ToLower does. Duplicates in lists are found with it."""
    if name.isascii():
        lower = name.lower()
        return name if lower == name else lower  # the same object: names of many models take memory once
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in name)


def folded(name: str) -> str:
    """Return a form that is the same for two names if and only if Go's strings.EqualFold is true for them.

    The gateway looks up the model of a request in lists and aliases in this way.
    """
    if name.isascii():
        return name.lower()
    return "".join(map(_folded_letter, name))


def _folded_letter(letter: str) -> str:
    if letter == "\u0130":  # equal only to itself
        return letter
    simple = letter.casefold()
    return simple if len(simple) == 1 else letter.lower()
