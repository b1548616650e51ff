"""keys help: the pages that come with the program."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from bifrost_keys.cli.output.streams import emit, emit_json
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.providers import closest
from bifrost_keys.gateway.rules.catalog import CODES, EFFECTS

# Topic and what it is about, in the order of the list.
TOPICS: Final = {
    "secrets": "where a secret comes from, what is refused, what is shown",
    "files": "which config.json is used, and what an edit does to it",
    "exit-codes": "what each exit code means, and the form of errors",
    "restarts": "what a running gateway does with an edit",
    "scripting": "JSON, never being asked, running again",
    "provisioning": "apply, import, export, externalize, filter mode",
    "hashing": "how config_hash is computed, and when it cannot be",
    "codes": "every finding of keys check",
    "promises": "what is promised, how each promise is tested, what is not promised",
}


def help_(
    session: Session,
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="One of the topics.", show_default=False)
    ] = None,
) -> int:
    """Read a page about how things work, without a network.

    Example: keys help restarts
    """
    if topic is None:
        if session.output == "json":
            emit_json({"topics": TOPICS})
        else:
            emit("".join(f"{name:<14}{about}\n" for name, about in TOPICS.items()))
        return 0
    if topic not in TOPICS:
        from bifrost_keys.cli.main import COMMANDS

        if topic in COMMANDS:
            hint = f"keys {topic} --help explains the command"
            raise NotFoundError("no such topic", code="topic_not_found", hint=hint)
        near = closest(topic, TOPICS)
        hint = f"did you mean {' or '.join(near)}?" if near else "keys help lists the topics"
        raise NotFoundError("no such topic", code="topic_not_found", hint=hint)
    emit(page(topic))
    return 0


def page(topic: str) -> str:
    """The text of a page, as Markdown."""
    if topic == "codes":
        return codes_page()
    from importlib.resources import files

    return files("bifrost_keys").joinpath("help", f"{topic}.md").read_text(encoding="utf-8")


def codes_page() -> str:
    """The table of the findings' codes, made from the one that the program uses."""
    rows = [
        f"| `{code}` | {severity} | {what} | {EFFECTS[effect]} |"
        for code, (severity, effect, what) in CODES.items()
    ]
    head = ("| code | severity | what is wrong | what the gateway does |", "|---|---|---|---|")
    return "\n".join(("# Codes: every finding of keys check", "", *head, *rows, ""))
