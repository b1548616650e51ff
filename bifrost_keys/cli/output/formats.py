"""The forms of output: the one place that knows ``table``, ``json`` and ``name``.

A result says what it is in each form; what a form does with it is one function and one entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.streams import emit, json_text
from bifrost_keys.cli.output.tables import Part, parts_text

if TYPE_CHECKING:
    from bifrost_keys.cli.session import Session


class Result(Protocol):
    """What a command prints."""

    def json(self) -> object:
        """The result for programs, of a type of ``contract``."""

    def names(self) -> Iterable[str]:
        """What the result is about, safe to look at, one a line."""

    def parts(self, screen: Screen) -> Iterable[Part]:
        """The result for people."""


class Format(NamedTuple):
    """A form of output.

    ``structured``: standard error has one JSON object in it, and nothing else. ``whole``: the result is
    printed, not only the names in it.
    """

    text: Callable[[Result, Screen], str]
    structured: bool = False
    whole: bool = True


def _for_people(result: Result, screen: Screen) -> str:
    return parts_text(result.parts(screen), screen)


def _as_json(result: Result, _: Screen) -> str:
    return json_text(result.json())


def _as_names(result: Result, _: Screen) -> str:
    return "".join(f"{name}\n" for name in result.names())


FORMATS: Final[Mapping[str, Format]] = {
    "table": Format(_for_people),
    "json": Format(_as_json, structured=True),
    "name": Format(_as_names, whole=False),
}
DEFAULT_FORMAT: Final = "table"


def show(session: Session, result: Result, *, written: bool = False, essential: bool = False) -> None:
    """Print a result in the session's form; with --quiet nothing, unless it is ``essential``.

    ``written``: a change was made, so a result that cannot be printed is reported as such.
    """
    if essential or not session.quiet:
        emit(session.format.text(result, session.screen), written=written)


class Document(NamedTuple):
    """A result that is a text of its own, such as a page or a script; ``data`` is its JSON form."""

    text: str
    data: object

    def json(self) -> object:
        """The text, and what it is, for programs."""
        return self.data

    def names(self) -> Iterable[str]:
        """Nothing: a text is about no key."""
        return ()

    def parts(self, _: Screen) -> Iterable[Part]:
        """Nothing: the text is printed as it is."""
        return ()


def show_document(session: Session, document: Document) -> None:
    """Print a text as it is, or in a structured form; --quiet does not silence what is nothing else."""
    structured = session.format.structured
    emit(session.format.text(document, session.screen) if structured else document.text)
