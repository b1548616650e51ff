"""Check the keys of a running gateway."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bifrost_keys.cli.output.findings import Findings, Report
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError
from bifrost_keys.operations.check_gateway import check_gateway

_COMMAND: Final = re.compile(r"\bkeys (?=(?:create|delete|enable|rename|rotate|update) )")


def check_at_gateway(session: Session, files: Sequence[str] | None, *, strict: bool) -> int:
    """Show the findings at the gateway like those in a file; raise UsageError if files are named too."""
    if files:
        message = "check accepts a file or a gateway, not both"
        raise UsageError(message, code="store-twice", hint="use only one of them")
    store = session.gateway_store()
    program = f"keys --gateway {store.path} "
    findings = tuple(
        replace(each, hint=_COMMAND.sub(lambda _: program, each.hint)) for each in check_gateway(store.read())
    )
    found = Findings((Report(store.path, findings),))
    show(session, found)
    return found.exit_code(strict=strict)
