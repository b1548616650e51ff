"""Plant twelve faults, one by one, in a copy of the package, and report which test finds each.

Run as a script (``python -m tests.proof.planted_faults [NUMBER…]``) it prints a table, and exits with 1 if a
fault was not found.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_ATOMIC, _LOCK, _STORE = (
    f"bifrost_keys/stores/{name}.py" for name in ("files/atomic_write", "files/lock", "config_file/store")
)
# The tests of the write, the quick ones first.
_TESTS = (
    "tests/stores/test_store.py",
    "tests/stores/test_lock.py",
    "tests/stores/test_signals.py",
    "tests/cli/hostile/test_hostile_places.py",
    "tests/cli/hostile/test_locks_and_leftovers.py",
    "tests/proof",
)
# The first looks for the places of the faults, which are taken in a copy that has one; the others kill whole
# commands, which finds nothing that killing one write does not find, and takes minutes.
_NOT = (
    "tests/proof/test_planted_faults.py",
    "tests/proof/test_interrupted_runs.py",
    "tests/proof/test_killed_commands.py",
)
_LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Fault:
    """A fault: a description, and the edits of the package that cause it (file, old text, new text)."""

    name: str
    edits: tuple[tuple[str, str, str], ...]

    def plant(self, root: Path) -> None:
        """Make the edits in the copy at ``root``; each of the old texts must occur exactly once."""
        for name, old, new in self.edits:
            path = root / name
            text = path.read_text()
            assert text.count(old) == 1, f"{self.name}: {name} holds this {text.count(old)} times: {old!r}"
            path.write_text(text.replace(old, new))


@dataclass(frozen=True)
class Found:
    """Whether the tests failed, which test was the first, and how many seconds that took."""

    red: bool
    by: str


_WRITE_ALL = """        while rest:
            count = os.write(descriptor, rest)
            if count == 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            rest = rest[count:]
"""
_WRITTEN = "            _write_all(descriptor, text)\n"
_FLUSH = "            os.fsync(descriptor)\n        finally:\n"
_CLEAN = """    except OSError as error:
        raise _cleaned_up(explained(error, "write", target.path, writing=True), target) from None
    except BaseException:
        _discard(target)
        raise
"""
_LITTER = """    except OSError as error:
        raise explained(error, "write", target.path, writing=True) from None
"""
_IN_PLACE = """            if read is not None:
                _refuse_changed(path, read)
                with open(path, "wb") as stream:
                    stream.write(text.encode())
                    stream.flush()
                    os.fsync(stream.fileno())
                signals.written(path)
                return
            _write_beside(target, text, source)
"""
FAULTS = (
    Fault("no fsync of the file", ((_ATOMIC, _FLUSH, "            pass\n        finally:\n"),)),
    Fault(
        "no fsync of the directory",
        ((_ATOMIC, "            _flush_directory(target)\n", ""),),
    ),
    Fault(
        "write in place",
        ((_ATOMIC, "            _write_beside(target, text, source)\n", _IN_PLACE),),
    ),
    Fault(
        "one write() call without a loop",
        ((_ATOMIC, _WRITE_ALL, "        os.write(descriptor, rest)\n"),),
    ),
    Fault(
        "fsync error ignored",
        (
            (
                _ATOMIC,
                _FLUSH,
                "            with suppress(OSError):\n    " + _FLUSH,
            ),
        ),
    ),
    Fault("no lock", ((_LOCK, "lambda seconds: _acquired(lock, seconds)", "lambda _: True"),)),
    Fault(
        "lock on the config itself",
        ((_LOCK, '    lock_path = f"{path}.lock"\n', "    lock_path = path\n"),),
    ),
    Fault(
        "lock beside the symlink instead of the real file",
        ((_STORE, "lock = locked(self.path, ", "lock = locked(os.path.abspath(self.given or self.path), "),),
    ),
    Fault(
        "temporary file 0644 then chmod",
        (
            (_ATOMIC, "target.temporary, flags, 0o600, ", "target.temporary, flags, 0o644, "),
            (
                _ATOMIC,
                _WRITTEN,
                _WRITTEN + "            os.fchmod(descriptor, 0o600)\n",
            ),
        ),
    ),
    Fault(
        "temporary file not removed on error",
        ((_ATOMIC, _CLEAN, _LITTER),),
    ),
    Fault(
        "symlink replaced by a file",
        (
            (
                _STORE,
                "write_atomically(self.path, text, source=source, read=read)",
                "write_atomically(os.path.abspath(self.given or self.path), text, source=source, read=read)",
            ),
            (_ATOMIC, "now = Identity.of(os.lstat(path))", "now = Identity.of(os.stat(path))"),
        ),
    ),
    Fault(
        "lock file deleted on release",
        (
            (
                _LOCK,
                "            lock.release()\n",
                "            os.unlink(lock_path)\n            lock.release()\n",
            ),
        ),
    ),
)


def find(fault: Fault | None) -> Found:
    """Run the tests on a copy of the package with this fault (None: with none)."""
    with tempfile.TemporaryDirectory(prefix="planted-") as place:
        root = Path(place)
        for name in ("bifrost_keys", "tests"):
            shutil.copytree(_ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(_ROOT / "pyproject.toml", root)
        if fault is not None:
            fault.plant(root)
        return _run_tests(root)


def _run_tests(root: Path) -> Found:
    options = [
        *(f"--ignore={name}" for name in _NOT),
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--no-header",
        "--basetemp",
        str(root / "tmp"),
    ]
    environ = {name: value for name, value in os.environ.items() if name != "BIFROST_KEYS_CAMPAIGN"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *_TESTS],
            cwd=root,
            env={**environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            umask=0o022,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Found(True, f"a test that did not end in {_LONGEST_SECONDS} s")
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", done.stdout, re.MULTILINE)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return Found(done.returncode == 1, failed[1] if failed else "")


def chosen(numbers: list[str]) -> Iterator[tuple[int, Fault]]:
    """Yield the faults of these numbers (from 1), or all."""
    for number, fault in enumerate(FAULTS, 1):
        if not numbers or str(number) in numbers:
            yield number, fault


def main() -> int:
    """Plant each fault and print the table; the program's exit code."""
    untouched = find(None)
    print(f"without a fault: {f'red, by {untouched.by}' if untouched.red else 'green'}", flush=True)
    if untouched.red:
        return 1
    missed = 0
    for number, fault in chosen(sys.argv[1:]):
        found = find(fault)
        missed += not found.red
        print(f"{number:>2}  {'red' if found.red else 'NOT RED':<8}{fault.name:<50}{found.by}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
