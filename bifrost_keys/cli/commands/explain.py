"""keys explain."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Final

import typer

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.changes import cell, label, tell_warnings, warning_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table, writes_utf8
from bifrost_keys.cli.session import Session, is_terminal
from bifrost_keys.operations.explain import Explanation

_BAR_CHARACTERS: Final = 20


def explain(
    session: Session,
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="The provider of the request.")],
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model as the request names it.")],
    batch: Annotated[bool, flag("--batch", "Explain batch and file requests.", OPTIONS_PANEL)] = False,
) -> int:
    """Show which keys the gateway may use for a model, how often, and why not the others.

    Examples:
      keys explain openai gpt-4o
      keys explain openai gpt-4o --batch -o json
    """
    from bifrost_keys.operations.explain import explain as explain_model
    from bifrost_keys.operations.gateway_values import gateway_values

    snapshot = session.store().read(lenient=True)
    answer = explain_model(snapshot, provider, model, batch=batch)
    notices = gateway_values(snapshot, provider)
    if session.output == "json":
        emit_json({**_json(answer), "warnings": [warning_json(notice) for notice in notices]})
        return 0
    tell_warnings(session, notices)
    if session.output == "name":
        emit("".join(label(answer.provider, key.name) + "\n" for key in answer.candidates))
    elif not session.quiet:
        emit_table(session, *_parts(answer))
    return 0


def _parts(answer: Explanation) -> list[Any]:
    if answer.keyless:
        return [shown(f"{answer.provider} is keyless: requests are sent without a key")]
    parts: list[Any] = []
    bars = is_terminal(sys.stdout)
    mark = "█" if writes_utf8() else "#"
    if answer.candidates:
        head = ("key", "share", *(("",) if bars else ()), "weight", "asks for")
        rows = []
        for key in answer.candidates:
            bar = (mark * max(1, round(key.share / 100 * _BAR_CHARACTERS)),) if bars else ()
            rows.append((shown(key.name), f"{key.share:.4g} %", *bar, cell(key.weight), shown(key.target)))
        parts.append(Columns(head, rows))
        if answer.even:
            parts.append("every weight counts as 0: the keys are drawn evenly")
    else:
        kind = "batch requests for " if answer.batch else ""
        parts.append(shown(f"no key of {answer.provider} serves {kind}{answer.model}"))
    if answer.excluded:
        rows = [(shown(key.name), key.rule, shown(key.reason)) for key in answer.excluded]
        parts.append(Columns(("not used", "rule", "because"), rows))
    return parts


def _json(answer: Explanation) -> dict[str, Any]:
    return {
        "provider": answer.provider,
        "model": answer.model,
        "batch": answer.batch,
        "keyless": answer.keyless,
        "even": answer.even,
        "candidates": [
            {
                "name": key.name,
                "id": key.id,
                "weight": key.weight,
                "share_percent": round(key.share, 4),
                "model": key.target,
            }
            for key in answer.candidates
        ],
        "excluded": [
            {"name": key.name, "id": key.id, "rule": key.rule, "reason": key.reason}
            for key in answer.excluded
        ],
    }
