"""keys test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from bifrost_keys.cli.key_testing import asker, variables
from bifrost_keys.cli.options import (
    OPTIONS_PANEL,
    AllOption,
    PatternsArgument,
    chosen,
    value_option,
)
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.progress import progress
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.operations.selectors import find_keys
from bifrost_keys.operations.test import KeyTest, run_gateway_tests, run_tests
from bifrost_keys.stores.protocol import Key, Snapshot

_FAILED: Final = 1


def test(
    session: Session,
    names: PatternsArgument = None,
    every: AllOption = False,
    env_file: Annotated[
        str | None,
        value_option(
            "--env-file", "FILE", "Take the variables that keys refer to from this file.", OPTIONS_PANEL
        ),
    ] = None,
) -> int:
    """Ask each key's provider whether the key works, as the gateway's own model discovery does.

    Examples:
      keys test openai/prod
      keys test openai
      keys test --all --env-file bifrost.env
    """
    selectors = chosen(names, every)
    with progress(session, "test") as tell:
        if session.at_gateway:
            gateway = session.gateway_store()
            keys = _chosen(gateway.read(), selectors)
            results = run_gateway_tests(keys, gateway.refresh, on_progress=tell)
        else:
            snapshot = session.config_store().read(lenient=True)
            keys, environment = _chosen(snapshot, selectors), variables(session, env_file)
            results = run_tests(snapshot, keys, asker(session), environment, on_progress=tell)
    _print(session, results)
    failed = any(result.status == "list_models_failed" for result in results)
    if not failed and all(result.status == "not_tested" for result in results):
        return NotFoundError.exit_code
    return _FAILED if failed else 0


def _chosen(snapshot: Snapshot, names: Sequence[str]) -> list[Key]:
    """The keys that are named; a provider's name stands for all of its keys."""
    patterns = [f"{name}/*" if _is_provider(snapshot, name) else name for name in names]
    return find_keys(snapshot, patterns, patterns=True)


def _is_provider(snapshot: Snapshot, name: str) -> bool:
    return "/" not in name and (built_in(name) is not None or snapshot.provider_name(name) is not None)


def _print(session: Session, results: Sequence[KeyTest]) -> None:
    counts = {
        status: sum(result.status == status for result in results)
        for status in ("success", "list_models_failed", "not_tested")
    }
    if session.output == "json":
        emit_json({"keys": [_json(result) for result in results], "total": len(results), **counts})
    elif session.output == "name":
        working = (result for result in results if result.status == "success")
        emit("".join(f"{shown(f'{each.provider}/{each.name}')}\n" for each in working))
    elif not session.quiet:
        head = ("key", "status", "models", "description")
        summary = f"{counts['success']} of {len(results)} keys work"
        emit_table(session, Columns(head, [_row(result) for result in results]), summary)


def _row(result: KeyTest) -> tuple[str, str, str, str]:
    about = result.description
    if result.not_listed:
        about = f"{about}{'; ' if about else ''}not listed: {', '.join(result.not_listed)}"
    models = "" if result.listed is None else str(result.listed)
    return shown(f"{result.provider}/{result.name}"), result.status, models, shown(about)


def _json(result: KeyTest) -> dict[str, Any]:
    return {
        "provider": result.provider,
        "name": result.name,
        "status": result.status,
        "description": result.description,
        "models_listed": result.listed,
        "not_listed": list(result.not_listed),
    }
