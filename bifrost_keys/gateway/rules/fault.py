"""A fault: one rule of the gateway that one place of the data breaks.

Rules are functions from data to faults. ``create`` and ``update`` refuse on those that are
``refused``; ``check`` reports them all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from bifrost_keys.gateway.rules.catalog import CODES, Severity
from bifrost_keys.gateway.secrets.masking import shown_name

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One broken rule; ``path`` leads from the data that was looked at to the place, never to a value.

    ``message`` says what is wrong with the place: a predicate such as "is missing". ``message`` and
    ``hint`` never contain a secret. ``refused`` says whether ``create`` and ``update`` reject the input
    for it.
    """

    code: str
    path: Path
    severity: Severity
    message: str
    hint: str = ""
    refused: bool = True

    def below(self, *prefix: str | int) -> Fault:
        """The same fault, seen from further up."""
        return replace(self, path=(*prefix, *self.path))


def breach(code: str, path: Path, message: str, hint: str = "", *, refused: bool = True) -> Fault:
    """A fault with the severity that the catalog gives its code; KeyError for a code without an entry."""
    return Fault(code, path, CODES[code].severity, message, hint, refused)


def path_text(path: Path) -> str:
    """``providers.openai.keys[2].weight``; a name that is not an identifier is quoted.

    A name that holds what looks like a secret is masked.
    """
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
