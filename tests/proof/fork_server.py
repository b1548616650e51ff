"""Run the program repeatedly without starting Python again: every run is a fork that waits to be traced.

Each line of standard input is a request, ``{"argv", "cwd", "env", "out", "err", "stop"}``. The responses are
the child's process id (stopped, if ``stop`` is set) and, after its end, its exit status.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
import tempfile
from typing import Any

import bifrost_keys.__main__

_PR_SET_PTRACER = 0x59616D61


def load() -> None:
    """Load everything that a change loads, by making changes in a folder of its own."""
    from bifrost_keys.cli.main import main

    with tempfile.TemporaryDirectory() as scratch:
        place = os.path.join(scratch, "config.json")
        for name in ("a", "b"):
            argv = ["create", "openai", "--name", name, "--value-env", "A", "--init", "-q", "--config", place]
            assert main(argv) == 0


def main() -> None:
    """Load the program, then serve."""
    gc.disable()
    load()
    libc = ctypes.CDLL(None)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request, libc)
            bifrost_keys.__main__.main()
        if request["stop"]:
            os.waitpid(child, os.WUNTRACED)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(request: dict[str, Any], libc: Any) -> None:
    for number, name in ((1, "out"), (2, "err")):
        descriptor = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = ["keys", *request["argv"]]
    if request["stop"]:
        # Where only ancestors may trace, whoever wants to may trace this child.
        libc.prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    main()
