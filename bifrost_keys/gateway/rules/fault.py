"""Faults: breaches of the gateway's rules.

Rules are functions from data to faults. ``create`` and ``update`` refuse input that has a fault with
``refused``; ``check`` reports all faults.
"""

from typing import NamedTuple, TypeAlias

from bifrost_keys.gateway.rules.catalog import CODES, Severity
from bifrost_keys.gateway.secrets.masking import shown_name, shown_path

Path: TypeAlias = tuple[str | int, ...]


class InputName(str):
    """The name of one of several inputs, as the first part of a path in it."""

    __slots__ = ()


class Fault(NamedTuple):
    """A broken rule; ``path`` is the path to the faulty member from the data that was checked.

    ``message`` is a predicate such as "is missing". ``message`` and ``hint`` never contain a secret.
    ``refused`` says whether ``create`` and ``update`` refuse such input. ``offset`` is the place of a fault
    of the text itself.
    """

    code: str
    path: Path
    severity: Severity
    message: str
    hint: str = ""
    refused: bool = True
    offset: int = 0

    def below(self, *prefix: str | int) -> "Fault":
        """Return the same fault with ``prefix`` before its path."""
        return self._replace(path=(*prefix, *self.path))


def breach(code: str, path: Path, message: str, hint: str = "", *, refused: bool = True) -> Fault:
    """Return a fault with the severity of its code in the catalog. Raise KeyError for an unknown code."""
    return Fault(code, path, CODES[code].severity, message, hint, refused)


def path_text(path: Path) -> str:
    """Return the path as text, such as ``providers.openai.keys[2].weight``.

    A name that is not an identifier is quoted, and one that looks like a secret is masked. The name of an
    input is in front, as in ``base.json: providers.openai.keys[2].weight``.
    """
    if path and isinstance(path[0], InputName):
        return f"{shown_path(path[0])}: {path_text(path[1:])}"
    text = ""
    for part in path:
        part = shown_name(part) if isinstance(part, str) else part
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.replace("_", "").replace("-", "").isalnum() or part == "$schema":
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text
