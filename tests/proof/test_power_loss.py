"""Power failure at any moment of a change: a real journalling file system has the old or the new file.

As root: a file system in a file, the program killed at each of its system calls, the file system shut down
immediately without writing its memory, mounted again, and examined.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.figures import Tell
from tests.proof.tracing import FICKLE, NO_STRACE, STRACE, Call, ForkServer, fork_server, window
from tests.sentinel import SECRET

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(
        os.environ.get("BIFROST_KEYS_CAMPAIGN") != "1",
        reason="a long campaign: BIFROST_KEYS_CAMPAIGN=1 runs it",
    ),
    pytest.mark.skipif(STRACE is None, reason=NO_STRACE),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system and shut it down"),
]
OLD = json.dumps({"providers": {"openai": {"keys": [{"name": "first", "value": SECRET}]}}}, indent=2) + "\n"
EDIT = ("create", "openai", "--name", "second", "--value-env", "SECOND", "--config", "config.json", "-q")
# _IOR('X', 125, __u32), known to ext4 and xfs, and its "neither data nor log are written".
_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = 2
_SIZE = {"ext4": 64 << 20, "xfs": 320 << 20}
_MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}


@dataclass(frozen=True)
class Disk:
    """A file system in a file, and where it is mounted."""

    image: Path
    place: Path

    @contextmanager
    def mounted(self) -> Iterator[Path]:
        """Yield the folder of the config, the file system mounted for the time of the block."""
        subprocess.run(["mount", "-o", "loop", self.image, self.place], check=True)
        try:
            yield self.place / "app"
        finally:
            subprocess.run(["umount", self.place], check=True)
            self._let_go()

    def _let_go(self) -> None:
        """Wait until it is not mounted any more: another test's mount namespace may briefly have a copy."""
        end = time.monotonic() + 30
        while subprocess.run(["losetup", "-j", self.image], capture_output=True, check=True).stdout:
            assert time.monotonic() < end, "the file system is still mounted in another namespace"
            time.sleep(0.01)

    def fail(self) -> None:
        """Cut the power: data that is not on the disk is lost."""
        descriptor = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)


@pytest.fixture(params=["ext4", "xfs"])
def disk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Disk:
    """Return a new file system of this kind."""
    kind = request.param
    if shutil.which(_MAKE[kind][0]) is None:
        pytest.skip(f"{_MAKE[kind][0]} is not installed")
    scratch = tmp_path_factory.mktemp("disk")
    made = Disk(scratch / "image", scratch / "mounted")
    made.place.mkdir()
    with made.image.open("wb") as image:
        image.truncate(_SIZE[kind])
    subprocess.run([*_MAKE[kind], made.image], check=True)
    try:
        with made.mounted() as folder:
            folder.mkdir()
    except subprocess.CalledProcessError:
        pytest.skip(f"{kind} in a file cannot be mounted here")
    return made


def test_power_loss_at_any_system_call_leaves_the_old_or_the_new_file(
    disk: Disk, tmp_path_factory: pytest.TempPathFactory, tell: Tell
) -> None:
    with fork_server(tmp_path_factory.mktemp("traces")) as server:
        lay(disk)
        with disk.mounted() as folder:
            calls = window(server.run(folder, EDIT, "").calls)
        done = next(
            n for n, call in enumerate(calls) if call.name == "fsync" and "bifrost-keys" not in call.line
        )
        states = [cut(disk, server, call, must_be_new=number > done) for number, call in enumerate(calls)]
        states.append(cut(disk, server, None, must_be_new=True))
    kept = [state for state in states if state is not None]
    tell(f"power lost at {len(kept)} moments: {kept.count(['first'])} old, the rest new, 0 neither")
    assert ["first"] in kept
    assert ["first", "second"] in kept


def lay(disk: Disk) -> None:
    """Write the old file, flushed to the disk."""
    with disk.mounted() as folder:
        for place in folder.iterdir():
            place.unlink()
        (folder / "config.json").write_text(OLD)


def cut(disk: Disk, server: ForkServer, call: Call | None, *, must_be_new: bool) -> list[str] | None:
    """Cut the power at this call (None: after the run); return the keys in the file afterwards.

    None if the run did not reach the call, which then is the allocator's.
    """
    lay(disk)
    with disk.mounted() as folder:
        run = server.run(folder, EDIT, f"{call.name}:signal=KILL:when={call.number}" if call else None)
        disk.fail()
    if call is not None and run.status == 0 and call.name in FICKLE:
        return None
    assert run.status == (0 if call is None else -9)
    with disk.mounted() as folder:
        text = (folder / "config.json").read_text()
        names = [key["name"] for key in json.loads(text)["providers"]["openai"]["keys"]]
        assert text == OLD or names == ["first", "second"], call
        assert names == ["first", "second"] or not must_be_new, call
        after = server.run(folder, [*EDIT, "--name", "third"])
        assert after.status == 0, after.err
        assert sorted(place.name for place in folder.iterdir()) == ["config.json", "config.json.lock"]
    return names
