"""A change makes its system calls in the order that the promises need."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.proof.tracing import NO_STRACE, STRACE, Call, fork_server, window
from tests.sentinel import SECRET

pytestmark = pytest.mark.skipif(STRACE is None, reason=NO_STRACE)

TEMPORARY = r"\.config\.json\.[0-9a-f]{16}\.bifrost-keys\.tmp"
STEPS = (
    ("lock", r"flock\(\d+<[^>]*/config\.json\.lock>, LOCK_EX\|LOCK_NB\) = 0"),
    ("remove a stale file", rf'unlink\("[^"]*/{TEMPORARY}"\) = 0'),
    ("open", r'openat\([^"]*"[^"]*/config\.json", O_RDONLY\|O_NONBLOCK\|O_NOFOLLOW\|O_CLOEXEC\)'),
    ("read", r"read\(\d+<[^>]*/config\.json>"),
    ("hold back the signals", r"rt_sigprocmask\(SIG_BLOCK, \[HUP INT QUIT TERM\]"),
    (
        "make a private file beside it",
        rf'openat\(\d+<[^>]*/app>, "{TEMPORARY}", O_WRONLY\|O_CREAT\|O_EXCL\|O_NOFOLLOW\|O_CLOEXEC, 0600\)',
    ),
    ("write", rf"write\(\d+<[^>]*/{TEMPORARY}>"),
    ("owner", rf"fchown\(\d+<[^>]*/{TEMPORARY}>"),
    ("extended attribute", rf"fsetxattr\(\d+<[^>]*/{TEMPORARY}>"),
    ("mode", rf"fchmod\(\d+<[^>]*/{TEMPORARY}>, 0640\)"),
    ("flush", rf"fsync\(\d+<[^>]*/{TEMPORARY}>\) += 0"),
    ("rename", rf'renameat\(\d+<[^>]*/app>, "{TEMPORARY}", \d+<[^>]*/app>, "config\.json"\) = 0'),
    ("flush the directory", r"fsync\(\d+<[^>]*/app>\) += 0"),
    ("let the signals through", r"rt_sigprocmask\(SIG_SETMASK, \[\]"),
    ("unlock", r"flock\(\d+<[^>]*/config\.json\.lock>, LOCK_UN\) = 0"),
    ("print", r"write\(1<"),
)


def steps(calls: Sequence[Call]) -> list[str]:
    """Return the steps of these calls on the file; a step of several calls counts once."""
    found: list[str] = []
    for call in calls:
        line = re.sub(r" +=", " =", call.line)
        name = next((name for name, pattern in STEPS if re.search(pattern, line)), None)
        if name is not None and found[-1:] != [name]:
            found.append(name)
    return found


def test_the_steps_of_a_change_are_in_their_order(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    config = folder / "config.json"
    config.write_text(f'{{"providers": {{"openai": {{"keys": [{{"name": "a", "value": "{SECRET}"}}]}}}}}}\n')
    config.chmod(0o640)
    expected = [name for name, _ in STEPS]
    try:
        os.setxattr(config, "user.test", b"kept")
    except OSError:
        expected.remove("extended attribute")
    if os.geteuid() == 0:
        os.chown(config, 1, 1)
    else:
        expected.remove("owner")
    (folder / ".config.json.0123456789abcdef.bifrost-keys.tmp").write_text("stale")
    with fork_server(tmp_path_factory.mktemp("traces")) as server:
        argv = ["create", "openai", "--name", "b", "--value-env", "B", "--config", "config.json"]
        run = server.run(folder, argv, "")

    assert run.status == 0, run.err
    assert steps(window(run.calls)) == expected
