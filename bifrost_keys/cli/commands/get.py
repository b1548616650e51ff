"""keys get."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from bifrost_keys.cli.options import OPTIONS_PANEL, NameArgument, flag, value_option
from bifrost_keys.cli.output.changes import key_table, label
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import emit, emit_json, emit_table
from bifrost_keys.cli.session import Session, is_terminal, print_to_stderr
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.gateway.secrets.detection import shown_argument
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.get import get_key
from bifrost_keys.operations.results import KeyView


def get(
    session: Session,
    name: NameArgument,
    field: Annotated[
        str | None, value_option("--field", "FIELD", "Print the value of this field alone.", OPTIONS_PANEL)
    ] = None,
    reveal: Annotated[
        bool, flag("--reveal", "With --field: print the value of a secret field too.", OPTIONS_PANEL)
    ] = False,
) -> int:
    """Show one key with every field and the places that refer to it.

    Examples:
      keys get openai/prod
      keys get openai/prod --field weight
      keys get openai/prod --field value --reveal
      keys get openai/prod -o json
    """
    if reveal and field is None:
        hint = f"keys get {shown_argument(name)} --field value --reveal prints the secret"
        raise UsageError("--reveal goes with --field FIELD", code="argument-missing", hint=hint)
    snapshot = session.store().read(lenient=True)
    view, entry = get_key(snapshot, name)
    if field is not None:
        from bifrost_keys.operations.field_text import field_text

        text = field_text(view, entry, field, reveal=reveal)
        emit(shown(text) if is_terminal(sys.stdout) else text)
    elif session.output == "json":
        emit_json(_view_json(view))
    elif session.output == "name":
        emit(label(view.provider, view.key["name"]))
    elif not session.quiet:
        emit_table(session, key_table(view.provider, view.key, view.references))
        if view.references_unread:
            print_to_stderr(f"warning: references not read: {shown(view.references_unread)}")
    return 0


def _view_json(view: KeyView) -> dict[str, Any]:
    references = [
        {"path": path_text(reference.path), "kind": reference.kind, "checked": reference.checked}
        for reference in view.references
    ]
    told = {"provider": shown_name(view.provider), "key": view.key}
    return {**told, "references": None if view.references_unread else references}
