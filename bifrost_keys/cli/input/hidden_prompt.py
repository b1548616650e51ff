"""Read a line from the terminal without echo.

``getpass`` is not enough: it reads lines, which a terminal silently cuts at 4,095 characters, and it leaves
the terminal without echo when the run is suspended.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_LOCAL_FLAGS, _CHARACTERS = 3, 6  # indexes in the result of tcgetattr
_BACKSPACES = (b"\x7f", b"\b")


def read_unseen(prompt: str, *, limit: int) -> bytes | None:
    """Return the text typed at standard input, a terminal, up to Enter; None if the input ends before.

    The prompt and a line end are written to standard error. A text of more than ``limit`` bytes is cut after
    ``limit`` + 1. Backspace, Ctrl-W and Ctrl-U edit the line; Ctrl-D on an empty line ends the input.
    """
    terminal = sys.stdin.fileno()
    settings = termios.tcgetattr(terminal)
    typed = bytearray()
    with _unseen(terminal, settings, prompt, typed):
        return _line(terminal, settings[_CHARACTERS], typed, limit)


def _line(terminal: int, characters: list[bytes], typed: bytearray, limit: int) -> bytes | None:
    end = characters[termios.VEOF]
    clear = (characters[termios.VKILL], characters[termios.VWERASE])
    while True:
        try:
            byte = os.read(terminal, 1)
        except OSError:  # the terminal is gone
            return None
        if byte in (b"\n", b"\r"):
            return bytes(typed)
        if not byte or (byte == end and not typed):
            return None
        if byte == characters[termios.VERASE] or byte in _BACKSPACES:
            _remove_character(typed)
        elif byte in clear:
            typed.clear()
        elif byte != end and len(typed) <= limit:
            typed += byte


def _remove_character(typed: bytearray) -> None:
    """Remove the last character, which is several bytes in UTF-8 if it is not ASCII."""
    while typed and typed.pop() & 0xC0 == 0x80:
        pass


@contextmanager
def _unseen(terminal: int, settings: list[Any], prompt: str, typed: bytearray) -> Iterator[None]:
    """Switch off echo and line editing; the terminal is restored on every way out."""
    unseen = list(settings)
    unseen[_LOCAL_FLAGS] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON)
    unseen[_CHARACTERS] = list(settings[_CHARACTERS])
    unseen[_CHARACTERS][termios.VMIN], unseen[_CHARACTERS][termios.VTIME] = 1, 0

    def begin() -> None:
        # Drop what was typed before, because it was echoed.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, unseen)
        _tell(prompt)

    def suspend(number: int, _: FrameType | None) -> None:
        # The shell needs its terminal settings back, and input after fg must not be echoed.
        termios.tcsetattr(terminal, termios.TCSANOW, settings)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, suspend)
        typed.clear()  # the prompt is shown again, and the secret is typed from the beginning
        begin()

    before = signal.getsignal(signal.SIGTSTP)
    sys.stderr.flush()
    try:
        if before is signal.SIG_DFL:
            signal.signal(signal.SIGTSTP, suspend)
        begin()
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, settings)
        signal.signal(signal.SIGTSTP, before)
        _tell("\n")


def _tell(text: str) -> None:
    """Write to standard error unbuffered, because its buffer refuses a signal handler during a write."""
    os.write(sys.stderr.fileno(), text.encode(sys.stderr.encoding, "backslashreplace"))
