"""Ask questions at the terminal: on standard error, with the answer from standard input.

The caller checks that somebody is there to answer; see ``Session.interactive``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.streams import print_to_stderr
from bifrost_keys.cli.output.text_width import shortened, text_width
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.secrets.detection import quoted_argument

# More choices would push the question off the screen.
_MOST_ROWS: Final = 16
# Before each choice, and between two.
_NUMBER: Final = 5
_GAP: Final = 3


def ask_line(prompt: str) -> str | None:
    """Return a line typed after the prompt, None if the input ends; a signal leaves a clean line."""
    try:
        sys.stderr.write(prompt)
        sys.stderr.flush()
        answer = sys.stdin.readline()
    except UnicodeDecodeError:
        return ""
    except BaseException:  # a signal, which ends the run
        sys.stderr.write("\n")
        raise
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
        return answer or None
    return answer[:-1]


def ask_text(prompt: str, *, missing: UsageError) -> str:
    """Return the text typed after the prompt, stripped; ask again if it is empty.

    Raise ``missing`` if the input ends.
    """
    while True:
        answer = ask_line(prompt)
        if answer is None:
            raise missing
        if answer.strip():
            return answer.strip()


def choose(
    question: str,
    choices: Sequence[str],
    *,
    screen: Screen,
    missing: UsageError,
    meant: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """Return one of the choices, selected by its number, its name or a unique part of it; else ask again.

    ``meant`` maps other names for a choice. Raise ``missing`` if the input ends.
    """
    said_so = meant or {}
    print_to_stderr(screen.paint(question, "bold"))
    numbered = _numbered(choices, screen)
    while True:
        typed = ask_text("number, or part of the name: ", missing=missing)
        found = matching(typed, choices, numbered, said_so)
        if len(found) == 1:
            return found[0]
        if found:
            numbered = _numbered(found, screen)
        else:
            say("", f"no choice is named {quoted_argument(typed)}", screen=screen)


def matching(
    typed: str, choices: Sequence[str], numbered: Sequence[str], meant: Mapping[str, Iterable[str]]
) -> Sequence[str]:
    """Return the choices that match the answer; ``numbered`` are those whose numbers were shown."""
    word = typed.casefold()
    if typed not in choices and typed.isascii() and typed.isdigit() and 0 < int(typed) <= len(numbered):
        return [numbered[int(typed) - 1]]
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: name == typed,
        lambda name: name.casefold() == word,
        lambda name: name in meant.get(word, ()),
        lambda name: name.casefold().rpartition("/")[2] == word,
        lambda name: word in name.casefold(),
    )
    return next((found for test in tests if (found := [name for name in choices if test(name)])), [])


def _numbered(choices: Sequence[str], screen: Screen) -> Sequence[str]:
    """Print the choices with their numbers, in as many columns as fit; return those that were printed."""
    room = screen.columns or 80
    width = min(room, max((text_width(shown(name)) for name in choices), default=0) + _NUMBER + _GAP)
    across = max(1, room // width) if len(choices) > _MOST_ROWS // 2 else 1
    numbered = choices[: _MOST_ROWS * across]
    texts = [f"{number:>3}  {shown(name)}" for number, name in enumerate(numbered, 1)]
    height = -(-len(texts) // across)
    for row in range(height):
        cells = [screen.cell(shortened(text, width, screen.mark), width) for text in texts[row::height]]
        print_to_stderr("".join(cells).rstrip())
    if len(choices) > len(numbered):
        print_to_stderr(f"     and {len(choices) - len(numbered)} more")
    return numbered
