"""keys export."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import Document, show, show_document
from bifrost_keys.cli.output.keys import label
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.streams import json_text
from bifrost_keys.cli.output.tables import Part, Text
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError
from bifrost_keys.stores.protocol import Notice

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.keys import Export, Variables


def export(
    session: Session,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PROVIDER|NAME",
            help="Export only these keys: a provider's, or NAME, PROVIDER/NAME, id, or a quoted pattern "
            "such as '*/prod'.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[bool, flag("--all", "Export every key, as without a name.", OPTIONS_PANEL)] = False,
    env: Annotated[
        bool,
        flag("--env", "Print the variables that the file refers to, as a .env template.", OPTIONS_PANEL),
    ] = False,
    reveal: Annotated[bool, flag("--reveal", "Also print literal secrets.", OPTIONS_PANEL)] = False,
) -> int:
    """Print the keys in the form that apply reads, without literal secrets.

    Examples:
      keys export > desired.json
      keys export openai 'groq/ci-*' > team.json
      keys export openai | keys apply - --config other.json
      keys export --env > bifrost.env.example
    """
    from bifrost_keys.operations.export import export_keys, referenced_variables

    if names and every:
        raise UsageError("names and --all were both given", code="names-and-all", hint="use only one of them")
    if env:
        found = referenced_variables(session.config_store().read(), names or ())
        text = "".join(f"# {shown(', '.join(places))}\n{name}=\n" for name, places in found.items())
        variables: Variables = {
            "variables": [{"name": name, "places": places} for name, places in found.items()],
            "total": len(found),
        }
        show_document(session, Document(text, variables))
        return 0
    exported = export_keys(session.store().read(), names or (), reveal=reveal)
    show(session, _Export(exported.data), essential=True)
    if exported.left_out and session.format.whole:
        message = f"literal secrets were omitted from {', '.join(exported.left_out)}"
        hint = "apply leaves existing secrets alone; --reveal prints those of a file"
        session.beside += [Notice("secrets-left-out", message, hint), *session.passed_over()]
    return 0


@dataclass(frozen=True)
class _Export:
    """The keys in the form that apply reads; they contain secrets only if requested."""

    data: Mapping[str, Any] = field(repr=False)

    def json(self) -> "Export":
        """Return the document."""
        return cast("Export", self.data)  # the file's own keys and settings, which no type declares

    def names(self) -> Iterable[str]:
        """Return its keys."""
        providers = self.data["providers"].items()
        return (label(name, key.get("name")) for name, settings in providers for key in settings["keys"])

    def parts(self, _: Screen) -> Iterable[Part]:
        """Yield the document too, because it is meant for apply."""
        yield Text(json_text(self.data))
