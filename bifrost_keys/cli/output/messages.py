"""Print messages on standard error: errors, warnings, notes and hints."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.keys import label
from bifrost_keys.cli.output.screen import Screen, Style, screen_of, short_paths
from bifrost_keys.cli.output.streams import print_to_stderr
from bifrost_keys.cli.output.tables import Line
from bifrost_keys.gateway.secrets.masking import masked_message, shown_name

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.notice import Notice as NoticeJson
    from bifrost_keys.cli.output.contract.notice import Notices as NoticesJson
    from bifrost_keys.cli.session import Session
    from bifrost_keys.stores.protocol import Notice

_STYLES: Final[dict[str, Style]] = {
    "error": "bold red",
    "warning": "bold yellow",
    "hint": "cyan",
    "note": "bold",
    "left": "bold yellow",
}
_MOST_NAMES: Final = 20
# These are not warnings about a problem: they occur, for example, with the first key of a new file.
_NOTES: Final = frozenset({"environment-lookup-ends", "hash-recipe-assumed"})


def say(kind: str, text: str, hint: str = "", *, screen: Screen | None = None, indent: str = "") -> None:
    """Print a message on standard error: ``kind: text``, and the hint on its own line.

    At a terminal, lines are wrapped at words. ``indent`` begins a line that belongs to the one before.
    """
    screen = screen or screen_of(sys.stderr)
    for each, said in ((kind, text), ("hint", hint)):
        if said:
            # Masked before it is coloured, because a colour code would hide the beginning of a secret.
            head: tuple[str, Style] = (f"{each}: ", _STYLES[each]) if each else ("", "")
            body = short_paths(_masked(said), screen)
            pieces: Sequence[tuple[str, Style]] = ((indent, ""), head, (body, ""))
            print_to_stderr("\n".join(Line(pieces).lines(screen)))


def _masked(text: str) -> str:
    return masked_message(shown(text))


def say_warnings(session: Session, notices: Iterable[Notice]) -> None:
    """Print the warnings; those of one kind once, with the names of their keys.

    Nothing is printed with --quiet, or if the result contains the warnings.
    """
    if not session.quiet and not session.format.structured:
        say_all(notices, screen=session.err)


def say_all(notices: Iterable[Notice], *, screen: Screen) -> None:
    """Print the warnings; those of one kind once, with the names of their keys."""
    for alike in _grouped(notices):
        first = alike[0]
        kind = "note" if first.code in _NOTES else "warning"
        named = [notice for notice in alike if notice.name]
        if len(named) > 1:
            names = [f"{_label(each)} ({each.detail})" if each.detail else _label(each) for each in named]
            message, hint = _kind_of(first)
            say(kind, f"{_listed(names)}: {message}", hint, screen=screen)
        else:
            about = f"{_label(named[0])}: " if named else ""
            say(kind, f"{about}{first.text}", first.hint, screen=screen)


def say_beside(session: Session, notices: Sequence[Notice]) -> None:
    """Print warnings that the result has no place for, as JSON if the result is JSON."""
    if session.format.structured and not session.quiet:
        told: NoticesJson = {"warnings": [warning_json(notice) for notice in notices]}
        print_to_stderr(json.dumps(told))
    else:
        say_warnings(session, notices)


def warning_json(notice: Notice) -> NoticeJson:
    """Return the warning for programs."""
    return {
        "code": notice.code,
        "message": masked_message(notice.text),
        "hint": masked_message(notice.hint) or None,
        "provider": shown_name(notice.provider) if notice.provider else None,
        "name": shown_name(notice.name) if notice.name else None,
    }


def _grouped(notices: Iterable[Notice]) -> Iterable[Sequence[Notice]]:
    """Return the warnings in groups that differ only in the key."""
    groups: dict[tuple[str, ...], list[Notice]] = {}
    for notice in notices:
        groups.setdefault((notice.code, *_kind_of(notice)), []).append(notice)
    return groups.values()


def _kind_of(notice: Notice) -> tuple[str, str]:
    """Return message and hint of a warning without the name of its key."""
    if not notice.name:
        return notice.message, notice.hint
    named = _label(notice)
    return notice.message.replace(named, "NAME"), notice.hint.replace(named, "NAME")


def _label(notice: Notice) -> str:
    return label(notice.provider or "", notice.name)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    listed = ", ".join(names[:_MOST_NAMES])
    return f"{len(names)} keys ({listed}{f' and {more} more' if more > 0 else ''})"
