"""keys path."""

from __future__ import annotations

import os
from typing import Annotated

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session, print_to_stderr


def path(
    session: Session,
    explain: Annotated[
        bool,
        flag("--explain", "Show which rule chose the file, and which places were tried.", OPTIONS_PANEL),
    ] = False,
) -> int:
    """Print the path of the config.json that is used.

    Examples:
      keys path
      keys path --explain
    """
    if session.at_gateway:
        return _gateway(session)
    location = session.location()
    tried = [
        {"rule": place.rule, "path": place.path or None, "result": place.why} for place in location.tried
    ]
    exists = os.path.lexists(location.path)
    if session.output == "json":
        found = {"path": location.path, "rule": location.rule, "exists": exists}
        emit_json({**found, **({"tried": tried} if explain else {})})
    elif explain:
        rows = [(place.rule, shown(place.path), place.why) for place in location.tried]
        emit_table(session, shown(location.path), Columns(("rule", "path", "result"), rows))
    else:
        emit(shown(location.path))
    if not exists and not session.quiet and session.output != "json":
        print_to_stderr("note: the file does not exist; keys init creates it")
    return 0


def _gateway(session: Session) -> int:
    """The address of the gateway, its release, and whether it keeps a database."""
    store = session.gateway_store()
    about = store.read().describe()
    if session.output == "json":
        emit_json({"store": about})
    elif session.output == "name":
        emit(shown(store.path))
    else:
        kept = "keeps a database" if about["persistent"] else "has no database: a restart forgets changes"
        emit(shown(f"{store.path}: release {about['release'] or 'unknown'}, {kept}"))
    return 0
