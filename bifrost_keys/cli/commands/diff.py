"""keys diff."""

from __future__ import annotations

from typing import Annotated, Any

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.changes import label
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import EXIT_DIFFERENCES, UsageError
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.diff import KeyDiff, compare_stores


def diff(
    session: Session,
    exit_code: Annotated[
        bool, flag("--exit-code", "Exit 10 if the file and the gateway differ.", OPTIONS_PANEL)
    ] = False,
) -> int:
    """Compare the config file with a running gateway, key by key; no secret is read.

    Examples:
      keys diff --gateway https://gateway.example --token-file token
      keys diff --live --exit-code -q
      keys diff --live --config /app/data/config.json -o json
    """
    if not session.at_gateway:
        message = "diff compares the config file with a running gateway"
        hint = "give --gateway URL; keys apply FILE --dry-run --diff compares a document with the file"
        raise UsageError(message, code="gateway-missing", hint=hint)
    file = session.config_store(beside_gateway=True).read(lenient=True)
    gateway = session.gateway_store(but=frozenset({"config", "app_dir"})).read()
    found = compare_stores(file, gateway)
    differing = [each for each in found if each.state != "in-sync"]
    if session.output == "json":
        emit_json(
            {
                "keys": [_json(each) for each in found],
                "total": len(found),
                "differs": bool(differing),
                "config": {"path": file.source},
                "store": gateway.describe(),
            }
        )
    elif session.output == "name":
        emit("".join(f"{label(each.provider, each.name)}\n" for each in differing))
    elif not session.quiet:
        rows = [(label(each.provider, each.name), *_texts(each)) for each in found]
        summary = f"{len(differing)} of {len(found)} keys differ" if differing else "no differences"
        emit_table(session, *([Columns(("key", "state", "members"), rows)] if rows else []), summary)
    return EXIT_DIFFERENCES if exit_code and differing else 0


def _texts(each: KeyDiff) -> tuple[str, str]:
    state = each.state.replace("-", " ")
    if each.name_at_gateway is not None:
        state += f" ({shown_name(each.name_at_gateway)} at the gateway)"
    return shown(state), shown(", ".join(each.members) or ("secret looks equal" if each.looks_equal else ""))


def _json(each: KeyDiff) -> dict[str, Any]:
    return {
        "provider": shown_name(each.provider),
        "name": shown_name(each.name),
        "state": each.state,
        "members": list(each.members),
        "name_at_gateway": shown_name(each.name_at_gateway) if each.name_at_gateway is not None else None,
        "looks_equal": each.looks_equal,
    }
