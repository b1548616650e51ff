"""Commands in hints, which should be about the store that the run was about."""

from __future__ import annotations

import re
from typing import Final

_SELECTING: Final = re.compile(r"--(?:config|gateway)\b")
_COMMAND: Final = re.compile(
    r"\bkeys (?=(?:apply|check|create|delete|enable|get|list|rename|rotate|set|test|update)\b)"
)


def with_program(hint: str, program: str) -> str:
    """Return the hint with its commands about the store that ``program`` selects.

    As it is written, a command uses the default file. A hint that names its store itself stays as it is.
    """
    return hint if _SELECTING.search(hint) else _COMMAND.sub(lambda _: program, hint)
