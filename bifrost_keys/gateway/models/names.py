"""How the gateway compares the names of models: as Go does, letter by letter.

Python's own lower() makes two letters of the Turkish capital I with a dot, and a final sigma of the last
one of a word; Go makes one letter of one letter.
"""

from __future__ import annotations


def lowered(name: str) -> str:
    """The name in lower case as Go's strings.ToLower writes it: duplicates in lists are found by it."""
    if name.isascii():
        return name.lower()
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in name)


def folded(name: str) -> str:
    """A form that is the same for two names exactly where Go's strings.EqualFold takes them for one.

    So a request's model is looked up in lists and aliases.
    """
    if name.isascii():
        return name.lower()
    return "".join(map(_folded_letter, name))


def _folded_letter(letter: str) -> str:
    if letter == "\u0130":  # equal to nothing but itself
        return letter
    simple = letter.casefold()
    return simple if len(simple) == 1 else letter.lower()
