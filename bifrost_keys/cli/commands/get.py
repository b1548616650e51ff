"""keys get."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, NamedTuple

from bifrost_keys.cli.options import OPTIONS_PANEL, NameArgument, flag, value_option
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import Document, show, show_document
from bifrost_keys.cli.output.keys import key_json, key_record
from bifrost_keys.cli.output.messages import say_warnings, warning_json
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Cell, Part
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.gateway.secrets.detection import shown_argument
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.get import get_key
from bifrost_keys.operations.results import KeyView
from bifrost_keys.stores.protocol import Notice

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.keys import OneKey, Reference


def get(
    session: Session,
    name: NameArgument,
    field: Annotated[
        str | None, value_option("--field", "FIELD", "Print only the value of this field.", OPTIONS_PANEL)
    ] = None,
    reveal: Annotated[
        bool, flag("--reveal", "With --field: also print the value of a secret field.", OPTIONS_PANEL)
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
        raise UsageError("--reveal requires --field FIELD", code="argument-missing", hint=hint)
    snapshot = session.store(brief=field is not None and "/" in name).read(lenient=True)
    view, entry = get_key(snapshot, name, with_references=field is None)
    if field is None:
        if session.format.whole:
            say_warnings(session, _notices(view))
        show(session, _OneKey(view))
        return 0
    from bifrost_keys.operations.field_value import field_value

    value = field_value(view, entry, field, reveal=reveal)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    show_document(session, Document(shown(text) if session.screen.columns is not None else text, value))
    return 0


def _notices(view: KeyView) -> list[Notice]:
    """Return a warning if the references to the key could not be read."""
    if not view.references_unread:
        return []
    message = f"references not read: {view.references_unread}"
    return [Notice("references-not-read", message)]


class _OneKey(NamedTuple):
    """A key with the places that refer to it."""

    view: KeyView

    def json(self) -> "OneKey":
        """Return the key, and each reference to it; null if those could not be read."""
        view = self.view
        references: list[Reference] = [
            {"path": path_text(each.path), "kind": each.kind, "checked": each.checked}
            for each in view.references
        ]
        told: OneKey = {
            "provider": shown_name(view.provider),
            "key": key_json(view.key),
            "references": None if view.references_unread else references,
        }
        if notices := _notices(view):
            told["warnings"] = [warning_json(each) for each in notices]
        return told

    def names(self) -> Iterable[str]:
        """Return the name that selects the key."""
        return [shown(self.view.label)]

    def parts(self, _: Screen) -> Iterable[Part]:
        """Yield every field, and the places that refer to the key."""
        view = self.view
        referring = [("referenced by", Cell(path_text(each.path))) for each in view.references]
        yield key_record(view.provider, view.key, referring)
