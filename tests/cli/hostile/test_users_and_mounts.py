"""Other users, mounts, full disks and flags of the file system, which need root to test."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import (
    CHANGING,
    CONFIG_TEXT,
    EVERY,
    NEW,
    NOBODY,
    assert_refused,
    remains,
    write_config,
)
from tests.program import Program, Ran

pytestmark = pytest.mark.usefixtures("bulk_inputs")
ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="only root can become another user or mount")


def namespaces_work() -> bool:
    if not ROOT:
        return False
    try:
        return subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


# Those whose way to the file differs; externalize, which writes another one first, has tests of its own.
SOME = {name: CHANGING[name] for name in ("create", "rotate", "delete", "apply")}
some = pytest.mark.parametrize("command", SOME.values(), ids=SOME)
needs_mounts = pytest.mark.skipif(not namespaces_work(), reason="no mount namespace can be made here")


def open_to_all(tmp_path: Path) -> None:
    """Let another user reach the directory, whose parents are only for root."""
    place = tmp_path
    while place != place.parent and place.stat().st_uid == os.geteuid():
        place.chmod(place.stat().st_mode | 0o011)
        place = place.parent


@pytest.fixture
def as_nobody(call: Any, tmp_path: Path) -> Any:
    """Run ``call`` as a user who is neither root nor the owner of anything."""
    warm = tmp_path / "warm"
    warm.mkdir()
    write_config(warm)
    # Modules that are imported late may be where the other user cannot read them.
    for command in EVERY.values():
        call(*command, "--config", "warm/config.json", "--dry-run" if command in CHANGING.values() else "-q")
    shutil.rmtree(warm)
    open_to_all(tmp_path)

    def called(*arguments: str) -> Ran:
        groups = os.getgroups()
        os.setgroups([])
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        try:
            return call(*arguments)
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)

    return called


@needs_root
def test_root_keeps_the_owner_and_hands_over_the_lock(call: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    os.chown(config, NOBODY, NOBODY)

    assert call(*CHANGING["create"]).code == 0

    for path in (config, tmp_path / "config.json.lock"):
        assert (path.stat().st_uid, path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) == (
            NOBODY,
            NOBODY,
            0o600,
        )


@needs_root
def test_root_gives_a_new_file_to_the_owner_of_the_directory(call: Any, tmp_path: Path) -> None:
    home = tmp_path / "theirs"
    home.mkdir(0o755)
    os.chown(home, NOBODY, NOBODY)

    assert call("init", "--app-dir", "theirs/new").code == 0

    for path, mode in ((home / "new", 0o700), (home / "new" / "config.json", 0o600)):
        assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (NOBODY, mode)


@needs_root
def test_a_user_who_could_not_keep_the_owner_is_refused(as_nobody: Any, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    work.chmod(0o777)
    config = write_config(work)
    config.chmod(0o666)

    for command in CHANGING.values():
        done = as_nobody(*command, "--config", str(config))

        assert_refused(done, 3, str(config), "owner")
    assert remains(work, lock=False) == {"config.json": CONFIG_TEXT.encode()}


@needs_root
def test_a_file_here_that_may_not_be_read_is_refused_and_a_closed_directory_passed_over(
    as_nobody: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path)
    config.chmod(0)
    for command in (("list",), CHANGING["create"], ("path",)):
        assert_refused(as_nobody(*command), 3, f"cannot read {config}", "--config")

    closed = tmp_path / "closed"
    closed.mkdir()
    monkeypatch.chdir(closed)
    closed.chmod(0)
    assert_refused(as_nobody("list"), 4, "no file", f"{closed}/config.json was passed over")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode(), "closed": None}


@needs_root
def test_a_read_only_directory_is_refused(as_nobody: Any, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    config = write_config(work)
    os.chown(config, NOBODY, NOBODY)

    for command in CHANGING.values():
        done = as_nobody(*command, "--config", str(config))

        assert_refused(done, 3, "permission denied", str(work), "check the permissions")
        assert "immutable" not in done.err
    assert remains(work, lock=False) == {"config.json": CONFIG_TEXT.encode()}
    assert as_nobody("list", "--config", str(config)).code == 0


@needs_root
def test_a_file_that_may_not_be_read_is_refused(as_nobody: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)

    for command in EVERY.values():
        assert_refused(as_nobody(*command, "--config", str(config)), 3, str(config))
    assert remains(tmp_path, lock=False) == {"config.json": CONFIG_TEXT.encode()}


@needs_root
def test_another_user_cannot_block_the_lock(call: Any, tmp_path: Path) -> None:
    open_to_all(tmp_path)
    write_config(tmp_path)
    assert call(*CHANGING["create"]).code == 0

    os.seteuid(NOBODY)
    try:
        with pytest.raises(PermissionError):
            os.open(tmp_path / "config.json.lock", os.O_RDONLY)
    finally:
        os.seteuid(0)


def in_namespace(run: Program, mounts: str, *arguments: str, **more: Any) -> Ran:
    return run(*arguments, prefix=("unshare", "-m", "sh", "-c", f'set -e; {mounts}; exec "$@"', "sh"), **more)


@needs_mounts
@some
def test_a_read_only_mount_is_refused_naming_it(run: Program, tmp_path: Path, command: list[str]) -> None:
    work = tmp_path / "work"
    work.mkdir()
    config = write_config(work)
    mounts = f"mount --bind {work} {work}; mount -o remount,bind,ro {work}"

    done = in_namespace(run, mounts, *command, "--config", str(config))

    assert_refused(done, 74, str(work), "read-only")
    assert remains(work, lock=False) == {"config.json": CONFIG_TEXT.encode()}


@needs_mounts
@some
def test_a_file_mounted_by_itself_is_refused_naming_the_remedy(
    run: Program, tmp_path: Path, command: list[str]
) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    work.mkdir()
    outside.mkdir()
    (work / "config.json").touch()
    source = write_config(outside)
    mounts = f"mount --bind {source} {work / 'config.json'}"

    done = in_namespace(run, mounts, *command, "--config", str(work / "config.json"))

    assert_refused(done, 74, str(work / "config.json"), "mount the directory")
    assert remains(work) == {"config.json": b""}
    assert remains(outside) == {"config.json": CONFIG_TEXT.encode()}


@needs_mounts
@some
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    run: Program, tmp_path: Path, command: list[str]
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    source = write_config(tmp_path)
    big = json.loads(source.read_text())
    big["note"] = "x" * 150_000
    source.write_text(json.dumps(big))
    mounts = (
        f"mount -t tmpfs -o size=256k none {work}; cp {source} {work}/config.json; "
        f"trap 'ls -A {work} >{tmp_path}/left; cmp {source} {work}/config.json >>{tmp_path}/left' EXIT"
    )
    done = run(
        *command,
        "--config",
        str(work / "config.json"),
        prefix=("unshare", "-m", "sh", "-c", f'set -e; {mounts}; "$@"', "sh"),
    )

    assert_refused(done, 74, str(work / "config.json"), "no space left")
    assert (tmp_path / "left").read_text().split() == ["config.json", "config.json.lock"]


@needs_mounts
@pytest.mark.parametrize("inodes", [1, 2, 3, 4, 5], ids="{} inodes".format)
@pytest.mark.parametrize("command", NEW.values(), ids=NEW)
def test_a_new_file_that_the_disk_has_no_room_for_leaves_no_directory_either(
    run: Program, tmp_path: Path, command: tuple[str, ...], inodes: int
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    script = f"mount -t tmpfs -o nr_inodes={inodes} none {work}; trap 'ls -A {work} >{tmp_path}/left' EXIT"

    done = run(
        *command,
        *("--app-dir", str(work / "a" / "b")),
        prefix=("unshare", "-m", "sh", "-c", f'set -e; {script}; "$@"', "sh"),
    )

    assert_refused(done, 74, str(work / "a"), "no space left")
    assert (tmp_path / "left").read_text() == ""


@needs_root
@some
def test_an_immutable_file_is_refused(call: Any, tmp_path: Path, command: list[str]) -> None:
    config = write_config(tmp_path)
    if not set_flag(config, IMMUTABLE, on=True):
        pytest.skip("this file system knows no immutable files")
    try:
        done = call(*command)

        assert_refused(done, 3, f"{config} is marked immutable or append-only")
        assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    finally:
        set_flag(config, IMMUTABLE, on=False)


@needs_root
def test_a_temporary_file_that_cannot_be_removed_is_named(call: Any, tmp_path: Path, sentinel: Any) -> None:
    work = tmp_path / "work"
    work.mkdir()
    config = write_config(work)
    if not set_flag(work, APPEND_ONLY, on=True):
        pytest.skip("this file system knows no append-only directories")
    try:
        done = call(*CHANGING["create"], "--config", str(config))
    finally:
        set_flag(work, APPEND_ONLY, on=False)

    [left] = [path for path in work.iterdir() if path.name.endswith(".tmp")]
    assert_refused(done, 3, str(config), f"remove the temporary file {left}", "secrets")
    assert config.read_text() == CONFIG_TEXT
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    assert call(*CHANGING["create"], "--config", str(config)).code == 0
    assert sorted(remains(work)) == ["config.json"]


IMMUTABLE, APPEND_ONLY = 0x10, 0x20


def set_flag(path: Path, flag: int, *, on: bool) -> bool:
    """Set or remove this flag of the file or directory; return whether the file system has such a flag."""
    get_flags, set_flags = 0x80086601, 0x40086602
    descriptor = os.open(path, os.O_RDONLY)
    flags = bytearray(8)
    try:
        fcntl.ioctl(descriptor, get_flags, flags)
        wanted = int.from_bytes(flags, "little") & ~flag | (flag if on else 0)
        fcntl.ioctl(descriptor, set_flags, wanted.to_bytes(8, "little"))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
