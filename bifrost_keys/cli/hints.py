"""Make the commands in hints select the store that the run worked on."""

from __future__ import annotations

import re
from typing import Final

_SELECTING: Final = re.compile(r"--(?:config|gateway)\b")
_COMMAND: Final = re.compile(
    r"\bkeys (?=(?:apply|check|create|delete|enable|get|list|rename|rotate|set|test|update)\b)"
)


def with_program(hint: str, program: str) -> str:
    """Return the hint with commands that select the store as ``program`` does.

    Without that, a command would use the default file. A hint that names its store itself stays as it is.
    """
    return hint if _SELECTING.search(hint) else _COMMAND.sub(lambda _: program, hint)
