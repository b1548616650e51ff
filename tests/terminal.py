"""A terminal with a program on it, for conversations."""

from __future__ import annotations

import fcntl
import os
import pty
import resource
import select
import struct
import subprocess
import termios
import time
from array import array
from collections.abc import Sequence

from tests.program import Program

LONGEST_SECONDS = 30


class Terminal:
    """A terminal with a program on it; its output is kept, and the test does the typing."""

    def __init__(self, run: Program, command: Sequence[str | bytes], *, columns: int = 80) -> None:
        self._run = run
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.shown = b""
        self._read_to = 0
        self.process = subprocess.Popen(
            command,
            cwd=run.root,
            env={**run.environ, "TERM": "dumb", "PS1": "shell$ "},
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            preexec_fn=self._own,
        )

    def _own(self) -> None:
        os.setsid()
        fcntl.ioctl(self._slave, termios.TIOCSCTTY, 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def read_until(self, text: str) -> None:
        """Wait until the terminal has shown this, after the previous match."""
        end = time.monotonic() + LONGEST_SECONDS
        while (place := self.shown.find(text.encode(), self._read_to)) < 0:
            assert time.monotonic() < end, f"{text!r} is not in {self.shown[self._read_to :]!r}"
            self._read(0.05)
        self._read_to = place + len(text)

    def type(self, text: str | bytes) -> None:
        """Type this, while reading the output."""
        left = text if isinstance(text, bytes) else text.encode()
        while left:
            ready = select.select([], [self._master], [], 0.05)[1]
            left = left[os.write(self._master, left[:1024]) :] if ready else left
            self._read(0)

    def settle(self) -> None:
        """Wait until the program has read what was typed, because a signal may overtake input on its way."""
        quiet, waiting = 0, array("i", [0])
        while quiet < 4:
            time.sleep(0.05)
            fcntl.ioctl(self._slave, termios.FIONREAD, waiting)
            quiet = 0 if waiting[0] else quiet + 1

    def end(self) -> int:
        """Return the exit code; all output is kept, and was searched for secrets."""
        end = time.monotonic() + LONGEST_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < end, f"did not end: {self.shown!r}"
            self._read(0.05)
        self._read(0.05)
        self._run.sentinel.saw(self.shown)
        return self.process.returncode

    @property
    def echoes(self) -> bool:
        """Return whether the terminal echoes input and passes it on line by line."""
        flags = termios.tcgetattr(self._slave)[3]
        return bool(flags & termios.ECHO and flags & termios.ICANON)

    def close(self) -> None:
        """End the program if it still runs, and close the terminal."""
        self.process.kill()
        self.process.wait()
        os.close(self._slave)
        os.close(self._master)

    def _read(self, seconds: float) -> None:
        while select.select([self._master], [], [], seconds)[0]:
            self.shown += os.read(self._master, 65536)
            seconds = 0
