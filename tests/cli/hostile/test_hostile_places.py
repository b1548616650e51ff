"""Odd files in odd places: each is edited whole or refused at once, and nothing is left behind."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import ConflictError
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.protocol import Changeset
from tests.cli.commands import (
    CHANGING,
    CONFIG_TEXT,
    READING,
    assert_refused,
    remains,
    write_config,
)
from tests.program import Program, Ran
from tests.sentinel import SECRET

pytestmark = pytest.mark.usefixtures("bulk_inputs")
EVERY = {**CHANGING, **READING}
ROOT = os.geteuid() == 0
NOBODY = 65534
needs_root = pytest.mark.skipif(not ROOT, reason="only root can become another user or mount")
changing = pytest.mark.parametrize("command", CHANGING.values(), ids=CHANGING)
every = pytest.mark.parametrize("command", EVERY.values(), ids=EVERY)


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


@every
def test_a_missing_file_is_refused_with_a_hint_at_init(call: Any, tmp_path: Path, command: list[str]) -> None:
    for path in ("config.json", "no/such/config.json"):
        done = call(*command, "--config", path)

        assert_refused(done, 4, str(tmp_path / path))
        assert "keys init" in done.err or command[0] == "check"
        assert remains(tmp_path, lock=False) == {}


@every
@pytest.mark.parametrize("kind", ["fifo", "socket", "directory", "device", "link-to-device"])
def test_what_is_no_regular_file_is_refused_at_once(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], kind: str
) -> None:
    place = tmp_path / "config.json"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("config.json")
    elif kind == "directory":
        place.mkdir()
    elif kind == "device":
        place = Path("/dev/zero")
    else:
        place.symlink_to("/dev/zero")
    before = remains(tmp_path, lock=False)

    done = call(*command, "--config", str(place))

    assert_refused(done, 78, "not a regular file")
    assert remains(tmp_path, lock=False) == before
    assert not os.path.lexists("/dev/zero.lock")


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--config", "/dev/stdin"),
        (*CHANGING["create"], "--config", "/dev/stdin"),
        (*CHANGING["create"], "--init", "--config", "/proc/self/fd/0"),
        ("init", "--config", "/dev/stdin"),
        (*CHANGING["externalize"][:3], "/dev/stdin"),
    ],
    ids=" ".join,
)
def test_a_pipe_named_as_a_file_is_refused_at_once(
    run: Program, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_config(tmp_path)

    done = run(*arguments)

    assert_refused(done, 65 if "--env-file" in arguments else 78, "a FIFO, not a regular file")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


@every
@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\r\n"])
def test_an_empty_file_is_no_empty_object(call: Any, tmp_path: Path, command: list[str], text: str) -> None:
    config = write_config(tmp_path, text)

    done = call(*command, "--config", "config.json")

    assert_refused(done, 78, str(config), "empty")
    assert remains(tmp_path) == {"config.json": text.encode()}


@every
def test_a_huge_sparse_file_is_refused_before_it_is_read(
    call: Any, tmp_path: Path, command: list[str]
) -> None:
    config = write_config(tmp_path)
    os.truncate(config, 8 << 30)
    before = config.stat()

    done = call(*command, "--config", "config.json")

    assert_refused(done, 78, str(config), "512 MiB")
    assert sorted(remains(tmp_path)) == ["config.json"]
    after = config.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )


@changing
def test_a_file_that_others_can_read_is_edited_with_one_warning(
    call: Any, tmp_path: Path, command: list[str]
) -> None:
    config = write_config(tmp_path)
    config.chmod(0o644)

    done = call(*command)

    assert done.code == 0
    assert stat.S_IMODE(config.stat().st_mode) == 0o644
    assert done.err.count("is readable by other users") == 1


@changing
def test_a_chain_of_links_stays_and_its_end_is_edited(call: Any, tmp_path: Path, command: list[str]) -> None:
    real = tmp_path / "real"
    real.mkdir()
    config = write_config(real)
    for number, target in enumerate(("real/config.json", "link0", "link1")):
        (tmp_path / f"link{number}").symlink_to(target)

    done = call(*command, "--config", "link2")

    assert done.code == 0
    assert str(config) in done.out
    assert config.read_text() != CONFIG_TEXT
    assert [name for name in sorted(remains(tmp_path, lock=False)) if "moved.env" not in name] == [
        *("link0", "link1", "link2", "real", "real/config.json", "real/config.json.lock"),
    ]
    assert [os.readlink(tmp_path / f"link{n}") for n in range(3)] == ["real/config.json", "link0", "link1"]


@every
def test_a_loop_of_links_is_refused(call: Any, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "config.json").symlink_to("other")
    (tmp_path / "other").symlink_to("config.json")
    before = remains(tmp_path, lock=False)

    done = call(*command, "--config", "config.json")

    assert_refused(done, 78, "loop")
    assert remains(tmp_path, lock=False) == before


@changing
def test_a_hard_linked_file_is_refused_naming_the_risk(call: Any, tmp_path: Path, command: list[str]) -> None:
    config = write_config(tmp_path)
    os.link(config, tmp_path / "config.json.other")
    (tmp_path / "config.json.other").rename(tmp_path / "config.db")

    done = call(*command)

    assert_refused(done, 78, str(config), "hard links", "old content")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode(), "config.db": CONFIG_TEXT.encode()}


@changing
def test_extended_attributes_are_kept(call: Any, tmp_path: Path, command: list[str]) -> None:
    config = write_config(tmp_path)
    try:
        os.setxattr(config, "user.note", b"kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")

    assert call(*command).code == 0

    assert os.getxattr(config, "user.note") == b"kept"


def test_access_control_lists_are_kept(call: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    # Version 2; owner rw, user 65534 r, group none, mask r, others none.
    entries = [(1, 6, 2**32 - 1), (2, 4, NOBODY), (4, 0, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1)]
    packed = [
        tag.to_bytes(2, "little") + may.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, may, who in entries
    ]
    wanted = (2).to_bytes(4, "little") + b"".join(packed)
    try:
        os.setxattr(config, "system.posix_acl_access", wanted)
    except OSError:
        pytest.skip("this file system has no access control lists")
    mode = config.stat().st_mode

    assert call(*CHANGING["create"]).code == 0

    assert os.getxattr(config, "system.posix_acl_access") == wanted
    assert config.stat().st_mode == mode


@changing
@pytest.mark.parametrize(
    "name",
    ["with space.json", "new\nline.json", "-rf", "--help", "[bold]x.json", "\x1b[31mred", b"caf\xe9.json"],
)
def test_a_strange_path_works_and_is_shown_escaped(
    run: Program, call: Any, tmp_path: Path, sentinel: Any, command: list[str], name: str | bytes
) -> None:
    place = os.fsdecode(os.path.join(os.fsencode(tmp_path), os.fsencode(name)))
    with open(place, "w") as config:
        config.write(CONFIG_TEXT)
    os.chmod(place, 0o600)
    sentinel.allow(os.fsdecode(os.fsencode(name)))

    done = call(*command, f"--config={os.fsdecode(os.fsencode(name))}")

    assert done.code == 0, done.err
    for mark in ("\x1b", "new\nline"):
        assert mark not in done.out + done.err
    with open(place) as config:
        assert config.read() != CONFIG_TEXT


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    """The lock of the config, held by another process, whose id this is."""
    script = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "config.json.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    yield holder.pid
    holder.communicate(b"\n")


def test_a_lock_that_is_held_too_long_ends_the_run_naming_the_holder(
    call: Any, tmp_path: Path, held: int
) -> None:
    write_config(tmp_path)
    for command in CHANGING.values():
        done = call(*command, "--lock-timeout", "0.05")

        assert_refused(done, 6, "config.json.lock", f"process {held}", "--lock-timeout")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    assert call("list").code == 0
    done = call("init", "--lock-timeout", "0.05")
    assert (done.code, "exists already" in done.out) == (0, True)


def test_init_waits_for_the_lock_as_long_as_it_is_told_and_says_so(
    call: Any, tmp_path: Path, held: int
) -> None:
    done = call("init", "--config", "config.json", "--lock-timeout", "0.6")

    assert (done.code, done.out, done.err.count("waiting for another run")) == (6, "", 1)
    assert f"process {held}" in done.err
    assert remains(tmp_path) == {}


def test_waiting_for_the_lock_is_said_but_not_with_json(call: Any, tmp_path: Path, held: int) -> None:
    write_config(tmp_path)

    said = call(*CHANGING["create"], "--lock-timeout", "0.6")
    silent = call(*CHANGING["create"], "--lock-timeout", "0.6", "-o", "json")

    assert [said.err.count("waiting for another run"), said.code] == [1, 6]
    assert silent.error["exit_code"] == 6


@changing
@pytest.mark.parametrize("kind", ["fifo", "directory", "link", "dangling-link"])
def test_a_lock_that_is_no_file_is_refused_and_left_alone(
    call: Any, tmp_path: Path, command: list[str], kind: str
) -> None:
    write_config(tmp_path)
    lock = tmp_path / "config.json.lock"
    (tmp_path / "victim").write_text("untouched")
    if kind == "fifo":
        os.mkfifo(lock)
    elif kind == "directory":
        lock.mkdir()
    else:
        lock.symlink_to("victim" if kind == "link" else "elsewhere")
    before = remains(tmp_path, lock=False)

    done = call(*command)

    assert_refused(done, 74, str(lock))
    assert remains(tmp_path, lock=False) == before


def test_a_file_that_an_editor_replaced_meanwhile_is_not_written(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    theirs = tmp_path / "config.db"
    theirs.write_text(CONFIG_TEXT)

    with FileStore(config).transaction() as transaction:
        changeset = Changeset()
        changeset.remove(next(transaction.snapshot.keys()))
        theirs.rename(config)
        with pytest.raises(ConflictError, match="changed by another program"):
            transaction.commit(changeset)

    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


def test_stale_temporary_files_of_ours_go_and_others_stay(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    ours = tmp_path / ".config.json.0123456789abcdef.bifrost-keys.tmp"
    others = [
        ".config.json.swp",
        "config.json.bak",
        ".config.json.tmp",
        ".other.json.0123456789abcdef.bifrost-keys.tmp",
    ]
    ours.write_text(SECRET)
    for name in others:
        (tmp_path / name).write_text("somebody's")

    assert call(*CHANGING["create"]).code == 0

    assert sorted(remains(tmp_path)) == sorted([*others, "config.json"])
    assert {(tmp_path / name).read_text() for name in others} == {"somebody's"}


def limit_file_size() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


@changing
def test_a_file_size_limit_leaves_the_old_file(run: Program, tmp_path: Path, command: list[str]) -> None:
    write_config(tmp_path)

    done = run(*command, before=limit_file_size)

    assert_refused(done, 74, str(tmp_path), "ulimit")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


# What takes another user, or a mount.


def open_to_all(tmp_path: Path) -> None:
    """Let another user reach the directory, whose parents are root's alone."""
    place = tmp_path
    while place != place.parent and place.stat().st_uid == os.geteuid():
        place.chmod(place.stat().st_mode | 0o011)
        place = place.parent


@pytest.fixture
def as_nobody(call: Any, tmp_path: Path) -> Any:
    """``call`` as a user who is neither root nor the owner of anything."""
    warm = tmp_path / "warm"
    warm.mkdir()
    write_config(warm)
    # What is imported late may lie where the other user cannot read.
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
def test_another_user_cannot_hold_the_lock(call: Any, tmp_path: Path) -> None:
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


NEW = {"init": ("init",), "create": (*CHANGING["create"], "--init")}


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


@pytest.mark.parametrize("command", NEW.values(), ids=NEW)
def test_a_new_file_below_what_is_no_directory_is_refused_naming_it(
    call: Any, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("somebody's")

    for place in ("file/config.json", "file/a/config.json"):
        assert_refused(call(*command, "--config", place), 74, f"{tmp_path}/file is not a directory")
    assert remains(tmp_path, lock=False) == {"file": b"somebody's"}


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
    """Give the file or directory this flag of its file system, or take it; whether there is such a thing."""
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


@pytest.mark.parametrize(
    "kind", ["fifo", "directory", "garbage", "empty", "cut off", "dangling link", "loop"]
)
def test_a_database_that_cannot_be_read_is_left_alone_and_edits_go_on_only_when_told_so(
    call: Any, tmp_path: Path, kind: str
) -> None:
    config = write_config(
        tmp_path,
        CONFIG_TEXT.replace(
            '"enabled": false\n  },',
            '"enabled": true, "type": "sqlite", "config": {"path": "config.db"}\n  },',
        ),
    )
    place = tmp_path / "config.db"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "directory":
        place.mkdir()
    elif kind in ("dangling link", "loop"):
        place.symlink_to("nowhere" if kind == "dangling link" else "config.db")
    else:
        place.write_bytes(
            {"garbage": b"x" * 5000, "empty": b"", "cut off": b"SQLite format 3\0" + b"\1" * 84}[kind]
        )
    before = {name: content for name, content in remains(tmp_path).items() if name != "config.json"}
    text = config.read_text()

    for command in (("status",), ("check",)):
        assert call(*command).code in (0, 1)
    empty = kind in ("empty", "dangling link")  # what the gateway will make has nothing to lose
    for command in (CHANGING["create"], CHANGING["update"], CHANGING["rename"]):
        done = call(*command)
        assert done.code == (0 if empty else 5), done.err
        assert done.seconds < 1
        assert empty or call(*command, "--overwrite-web").code == 0

    assert config.read_text() != text
    assert {name: content for name, content in remains(tmp_path).items() if name != "config.json"} == before
