"""keys help: the pages that come with the program."""

import json
import os
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bifrost_keys.cli.codes import ERRORS, WARNINGS
from bifrost_keys.cli.options import OPTIONS_PANEL, value_option
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import Document, show_document
from bifrost_keys.cli.output.pages import show_page
from bifrost_keys.cli.output.tables import Cell, Record, line, parts_text
from bifrost_keys.cli.session import Session
from bifrost_keys.cli.suggestions import spelled_like
from bifrost_keys.errors import IOFailureError, NotFoundError
from bifrost_keys.gateway.rules.catalog import CODES, EFFECTS
from bifrost_keys.gateway.secrets.detection import shown_argument

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import ManPages, Topic, Topics

# Topics with a description, in the order of the list.
TOPICS: Final = {
    "secrets": "where a secret comes from, what is refused, what is shown",
    "files": "which config.json is used, and what an edit does to it",
    "exit-codes": "what each exit code means, and the form of errors",
    "restarts": "what a running gateway does with an edit",
    "gateway": "the same commands at a running gateway: credentials, what lasts, several nodes",
    "upgrading": "what another release of the gateway does to the file's keys",
    "json": "what -o json prints, with its JSON Schema",
    "environment": "the variables that this program reads",
    "scripting": "JSON, never being asked, running again",
    "provisioning": "apply, import, export, externalize, filter mode",
    "hashing": "how config_hash is computed, and when it cannot be",
    "codes": "every finding of keys check",
    "promises": "what is promised, how each promise is tested, what is not promised",
}


def help_(
    session: Session,
    topic: Annotated[
        str | None,
        typer.Argument(metavar="TOPIC|COMMAND", help="A topic or a command.", show_default=False),
    ] = None,
    man: Annotated[
        str | None,
        value_option("--man", "DIR", "Write every page as a man page below this directory.", OPTIONS_PANEL),
    ] = None,
) -> int:
    """Show a page on how things work, or the help of a command.

    Examples:
      keys help
      keys help restarts
      keys help create
      keys help --man ~/.local/share/man
    """
    if man is not None:
        _write_man_pages(session, man)
    elif topic is None:
        listed = "".join(f"{name:<14}{about}\n" for name, about in TOPICS.items())
        if session.screen.columns is not None:
            fields = [(name, Cell(about)) for name, about in TOPICS.items()]
            usage = line("keys help TOPIC shows one, keys help COMMAND the help of a command", "dim")
            listed = parts_text([Record(fields), usage], session.screen)
        topics: Topics = {"topics": dict(TOPICS)}
        show_document(session, Document(listed, topics))
    elif topic not in TOPICS:
        _show_command(session, topic)
    elif session.format.structured:
        told: Topic = {"topic": topic, "text": page(topic)}
        if topic == "json":
            told["schema"] = output_schema()
        show_document(session, Document("", told))
    else:
        show_page(page(topic), session.screen)
    return 0


def _write_man_pages(session: Session, folder: str) -> None:
    """Write the man pages of the commands and topics. Raise IOFailureError."""
    from bifrost_keys.cli.help_output import command_json
    from bifrost_keys.cli.main import COMMANDS, load_command
    from bifrost_keys.cli.man_pages import command_page, topic_page, write_pages

    pages = {f"keys-{name}.1": command_page(command_json(load_command(name), name)) for name in COMMANDS}
    pages |= {f"keys-{name}.7": topic_page(name, about, page(name)) for name, about in TOPICS.items()}
    try:
        written = write_pages(os.path.expanduser(folder), pages)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "writing failed"
        raise IOFailureError(f"{reason}: the man pages could not be written") from None
    told: ManPages = {"written": written}
    show_document(session, Document("".join(f"{shown(path)}\n" for path in written), told))


def _show_command(session: Session, name: str) -> None:
    """Print the help of a command; raise NotFoundError if neither a command nor a topic has this name."""
    from bifrost_keys.cli.help_output import command_json, print_help
    from bifrost_keys.cli.main import ALIASES, COMMANDS, load_command

    command = ALIASES.get(name, name)
    if command not in COMMANDS:
        begun = [each for each in TOPICS if len(name) > 2 and each.startswith(name)]
        near = begun or spelled_like(name, [*TOPICS, *COMMANDS])
        raise NotFoundError(
            f"no help on {shown_argument(name)}",
            code="topic-not-found",
            hint=f"did you mean {' or '.join(near)}?" if near else "keys help lists the topics",
        )
    if session.format.structured:
        show_document(session, Document("", command_json(load_command(command), command)))
    else:
        print_help(load_command(command), f"keys {command}", color=session.screen.color)


def output_schema() -> Any:
    """Return the JSON Schema of all JSON output."""
    from importlib.resources import files

    text = files("bifrost_keys").joinpath("help", "output.schema.json").read_text(encoding="utf-8")
    return json.loads(text)


def page(topic: str) -> str:
    """Return the text of a page as Markdown."""
    if topic == "codes":
        return codes_page()
    from importlib.resources import files

    return files("bifrost_keys").joinpath("help", f"{topic}.md").read_text(encoding="utf-8")


def codes_page() -> str:
    """Return the tables of all codes, generated from those that the program uses."""
    findings = [
        f"| `{code}` | {severity} | {what} | {EFFECTS[effect]} |"
        for code, (severity, effect, what) in CODES.items()
    ]
    parts = [
        "# Codes",
        "",
        "In JSON every finding, error and warning has a code, which never changes its meaning.",
    ]
    parts += ["", "## Findings of keys check, which other commands refuse as errors", ""]
    parts += ["| code | severity | what is wrong | what the gateway does |", "|---|---|---|---|", *findings]
    for title, table in (("Errors", ERRORS), ("Warnings", WARNINGS)):
        rows = [f"| `{code}` | {what} |" for code, what in table.items()]
        parts += ["", f"## {title}", "", "| code | what it says |", "|---|---|", *rows]
    return "\n".join((*parts, ""))
