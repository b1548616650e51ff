"""Failures before the program is loaded: a module that cannot be read, and Ctrl-C."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.program import Program
from tests.sentinel import SECRET

_START = """
import errno, importlib.abc, os, signal, sys

class At(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            {action}

sys.meta_path.insert(0, At())
from bifrost_keys.__main__ import main
main()
"""
UNREADABLE = "raise OSError(errno.EIO, os.strerror(errno.EIO))"
MISSING = "raise ModuleNotFoundError(f'No module named {name!r}')"
CTRL_C = "os.kill(os.getpid(), signal.SIGINT)"
CREATE = ("create", "openai", "--value", SECRET, "--init", "-q", "--config", "config.json")


def started(run: Program, module: str, action: str) -> subprocess.CompletedProcess[str]:
    """Return a create in which this happens when the program loads one of its modules."""
    return subprocess.run(
        [sys.executable, "-c", _START.format(module=module, action=action), *CREATE],
        cwd=run.root,
        env=run.environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "module",
    [
        "bifrost_keys.cli.main",
        "typer",
        "bifrost_keys.stores.files.signals",
        "bifrost_keys.stores.config_file.store",
    ],
)
@pytest.mark.parametrize(("action", "kind"), [(UNREADABLE, "OSError"), (MISSING, "ModuleNotFoundError")])
def test_a_module_that_cannot_be_loaded_is_reported_in_one_line(
    run: Program, module: str, action: str, kind: str
) -> None:
    done = started(run, module, action)
    assert done.returncode in (70, 74)
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith("nothing was written\n") or "; nothing was written; " in done.stderr
    assert done.stderr.count("\n") == 1
    assert (kind in done.stderr) is (done.returncode == 70)
    assert not [path for path in run.root.rglob("*") if path.is_file()]


def test_a_panic_in_a_library_is_reported_in_one_line(run: Program) -> None:
    panic = "raise type('PanicException', (BaseException,), {})('of ' + sys.argv[3])"
    done = started(run, "pydantic_core", panic)
    told = "error: bifrost-keys could not start (PanicException); nothing was written\n"
    assert (done.returncode, done.stderr) == (70, told)


@pytest.mark.parametrize("module", ["bifrost_keys.cli.main", "typer", "pydantic_core"])
def test_ctrl_c_before_anything_is_loaded_ends_without_a_word(run: Program, module: str) -> None:
    done = started(run, module, CTRL_C)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert not [path for path in run.root.rglob("*") if path.is_file()]
