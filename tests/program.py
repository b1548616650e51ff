"""Runs of the program: as a process, in this process, and on a terminal."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pty
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from tests.sentinel import Sentinel

_SOURCE = str(Path(__file__).parents[1])
_LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Ran:
    """The outcome of a run: exit code, processor time in seconds, and output."""

    code: int
    out: str
    err: str
    seconds: float = 0.0

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The content of the one JSON object on standard error."""
        told = json.loads(self.err)
        assert list(told) == ["error"]
        return told["error"]


@dataclass
class Program:
    """``python -m bifrost_keys`` in a directory of its own, which is also its home."""

    root: Path
    sentinel: Sentinel
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """Return the whole environment of a run."""
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        return {
            "HOME": str(home),
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": _SOURCE,
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.extra,
        }

    def command(self, *arguments: str | bytes) -> list[str | bytes]:
        """The command line of a run."""
        return [sys.executable, "-m", "bifrost_keys", *arguments]

    def __call__(
        self,
        *arguments: str | bytes,
        stdin: str | bytes | int | None = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path | str | None = None,
        before: Callable[[], None] | None = None,
        stdout: Any = subprocess.PIPE,
        prefix: tuple[str, ...] = (),
    ) -> Ran:
        """Run it to its end; ``before`` runs in the child, ``prefix`` is a command that starts it."""
        feed: Any = {"stdin": stdin} if isinstance(stdin, int) else {"input": _bytes(stdin or b"")}
        began = _children_seconds()
        done = subprocess.run(
            [*prefix, *self.command(*arguments)],
            cwd=cwd or self.root,
            env={**self.environ, **(env or {})},
            stdout=stdout,
            stderr=subprocess.PIPE,
            preexec_fn=before,
            timeout=_LONGEST_SECONDS,
            check=False,
            **feed,
        )
        return self._ran(done.returncode, done.stdout or b"", done.stderr or b"", _children_seconds() - began)

    def inside(self, *arguments: str, stdin: str | bytes = b"") -> Ran:
        """Run the program in this process: its group of commands, with streams of its own."""
        from bifrost_keys.cli import main as program

        # Typer takes 8 ms to make a command, and help changes the one that it shows.
        helps = {"--help", "-h", "help"} & set(arguments)
        load = program.load_command if helps else _commands(program.load_command)
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        began = time.process_time()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as source:
            source.buffer.write(_bytes(stdin))
            source.seek(0)
            with (
                mock.patch.object(sys, "stdin", source),
                mock.patch.object(program, "load_command", load),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
            ):
                code = program.main(arguments)
        texts = [stream.buffer.getvalue() for stream in (out, err)]  # type: ignore[attr-defined]
        return self._ran(code, *texts, time.process_time() - began)

    def on_terminal(
        self,
        *arguments: str,
        typed: str = "",
        after: str = "",
        columns: int = 80,
        env: Mapping[str, str] | None = None,
        stdin: Any = None,
        stdout: Any = None,
        stderr: Any = None,
    ) -> Ran:
        """Run it with a terminal of this width and no pager; send ``typed`` after it has shown ``after``.

        A given stream replaces the terminal. ``out`` is what the terminal showed.
        """
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        began = _children_seconds()
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env={**self.environ, "TERM": "xterm-256color", "PAGER": "", **(env or {})},
            stdin=slave if stdin is None else stdin,
            stdout=slave if stdout is None else stdout,
            stderr=slave if stderr is None else stderr,
            preexec_fn=lambda: _own_terminal(slave),
        )
        os.close(slave)
        shown = _converse(master, process, typed, after)
        os.close(master)
        code = process.wait(_LONGEST_SECONDS)
        return self._ran(code, shown, b"", _children_seconds() - began)

    def _ran(self, code: int, out: bytes, err: bytes, seconds: float) -> Ran:
        self.sentinel.saw(out)
        self.sentinel.saw(err)
        assert b"Traceback" not in err, "the program let a traceback out"
        return Ran(code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), seconds)


@cache
def _commands(load: Callable[[str], Any]) -> Callable[[str], Any]:
    """Load each command once."""
    return cache(load)


def listing(folder: Path) -> dict[str, bytes | None]:
    """Return everything below a directory: the bytes of files, the targets of links, None for the rest."""
    found: dict[str, bytes | None] = {}
    for place in sorted(folder.rglob("*")):
        name = str(place.relative_to(folder))
        if place.is_symlink():
            found[name] = os.fsencode(os.readlink(place))
        else:
            small = place.is_file() and place.stat().st_size < 64 << 20
            found[name] = place.read_bytes() if small else None
    return found


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _own_terminal(slave: int) -> None:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)


def _converse(master: int, process: subprocess.Popen[bytes], typed: str, after: str) -> bytes:
    shown, sent = b"", not typed
    end = time.monotonic() + _LONGEST_SECONDS
    while True:
        ready, _, _ = select.select([master], [], [], 0.05)
        if ready:
            try:
                piece = os.read(master, 65536)
            except OSError:
                return shown
            shown += piece
            if not piece:
                return shown
        if not sent and after.encode() in shown:
            os.write(master, typed.encode())
            sent = True
        if not ready and process.poll() is not None:
            return shown
        if time.monotonic() > end:
            process.send_signal(signal.SIGKILL)
            return shown
