"""Real shells on terminals of their own, with ``keys`` on their path."""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import time
from pathlib import Path

from tests.program import Program

# Typed into a shell, these make control-G print the line as it is, between << and >>.
SHOW_LINE = {
    "bash": (
        'bind "set enable-bracketed-paste off"; bind -x \'"\\C-g": printf "%s%s\\n" "<" "<$READLINE_LINE>>"\''
    ),
    "zsh": (
        'unset zle_bracketed_paste; dump() { print -r -- "<""<$BUFFER>>" }; zle -N dump; bindkey "^G" dump'
    ),
    "fish": 'bind \\cg \'printf "%s%s\\n" "<" "<"(commandline)">>"\'',
}


def path_with_keys(folder: Path) -> str:
    """Return a PATH whose first directory, this one, has ``keys`` and ``bifrost-keys``."""
    folder.mkdir()
    script = folder / "keys"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bifrost_keys "$@"\n')
    script.chmod(0o755)
    (folder / "bifrost-keys").symlink_to("keys")
    return f"{folder}:{os.environ['PATH']}"


class ShellTerminal:
    """A shell on a terminal of its own, to which keys are sent."""

    def __init__(self, argv: list[str], run: Program, path: str) -> None:
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            os.chdir(run.root)
            env = {**run.environ, "PATH": path, "TERM": "dumb", "PS1": "$ ", "INPUTRC": "/dev/null"}
            os.execvpe(argv[0], argv, env)

    def __enter__(self) -> ShellTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._master)
        os.waitpid(self._pid, 0)

    def type(self, text: str, *, until: str) -> str:
        """Type this; return what is shown until this text appears."""
        os.write(self._master, text.encode())
        shown, end = "", time.monotonic() + 20
        while not re.search(until, shown):
            assert time.monotonic() < end, f"not shown: {until!r} in {shown!r}"
            if select.select([self._master], [], [], 0.2)[0]:
                shown += os.read(self._master, 65536).decode("utf-8", "replace")
        return shown

    def completed(self, line: str) -> str:
        """Return the line after the tabulator key, and remove it again."""
        shown = self.type(f"{line}\t\x07", until="<<[^>]*>>")
        self.type("\x15\x0b\r", until=r"\n")
        found = re.findall("<<([^>]*)>>", shown)
        return str(found[-1])
