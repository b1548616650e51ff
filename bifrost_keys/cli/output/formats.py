"""The forms of output: the only module that knows ``table``, ``json`` and ``name``.

A result provides its content for each form; a form is one function and one entry here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.streams import emit, json_pieces
from bifrost_keys.cli.output.tables import Part, parts_lines

if TYPE_CHECKING:
    from bifrost_keys.cli.session import Session


class Result(Protocol):
    """What a command prints."""

    def json(self) -> object:
        """Return the result for programs, of a type in ``contract``."""

    def names(self) -> Iterable[str]:
        """Return the names in the result, safe to print, one per line."""

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Return the result for people."""


class Format(NamedTuple):
    """A form of output.

    ``text`` returns what is printed, whole or in pieces. ``structured``: standard error contains one JSON
    object and nothing else. ``whole``: the form prints the result, not only the names in it.
    """

    text: Callable[[Result, Screen], Iterable[str]]
    structured: bool = False
    whole: bool = True


def _for_people(result: Result, screen: Screen) -> Iterable[str]:
    return parts_lines(result.parts(screen), screen)


def _as_json(result: Result, _: Screen) -> Iterable[str]:
    return json_pieces(result.json())


def _as_names(result: Result, _: Screen) -> Iterable[str]:
    return (f"{name}\n" for name in result.names())


FORMATS: Final[Mapping[str, Format]] = {
    "table": Format(_for_people),
    "json": Format(_as_json, structured=True),
    "name": Format(_as_names, whole=False),
}
DEFAULT_FORMAT: Final = "table"


def show(session: "Session", result: Result, *, written: bool = False, essential: bool = False) -> None:
    """Print a result in the session's form; with --quiet, only if it is ``essential``.

    ``written``: a change was made, and is reported as such if the result cannot be printed.
    """
    if essential or not session.quiet:
        emit(session.format.text(result, session.screen), written=written)


class Document(NamedTuple):
    """A result that is a text, such as a page or a script; ``data`` is its JSON form."""

    text: str
    data: object

    def json(self) -> object:
        """Return the text with a description, for programs."""
        return self.data

    def names(self) -> Iterable[str]:
        """Return nothing, because a text has no keys."""
        return ()

    def parts(self, _: Screen) -> Iterable[Part]:
        """Return nothing, because the text is printed as it is."""
        return ()


def show_document(session: "Session", document: Document) -> None:
    """Print a text as it is, or in a structured form, even with --quiet."""
    structured = session.format.structured
    emit(session.format.text(document, session.screen) if structured else document.text)
