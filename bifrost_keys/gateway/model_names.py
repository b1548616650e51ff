"""How the gateway compares the names of models: as Go does, letter by letter."""

from __future__ import annotations


def lowered(name: str) -> str:
    """The name in lower case as Go's strings.ToLower writes it: one letter becomes one letter.

    Python's own lower() makes two of the Turkish capital I with a dot, and a final sigma of the last
    one of a word.
    """
    if name.isascii():
        return name.lower()
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in name)
