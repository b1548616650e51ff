"""Odd files and odd paths: each is edited completely or refused immediately, without leftovers."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import (
    CHANGING,
    CONFIG_TEXT,
    NEW,
    NOBODY,
    assert_refused,
    changing,
    every,
    remains,
    write_config,
)
from tests.program import Program

pytestmark = pytest.mark.usefixtures("bulk_inputs")


@every
def test_a_missing_file_is_refused_with_a_hint_at_init(call: Any, tmp_path: Path, command: list[str]) -> None:
    for path in ("config.json", "no/such/config.json"):
        done = call(*command, "--config", path)

        assert_refused(done, 4, str(tmp_path / path))
        assert "keys init" in done.err or command[0] == "check"
        assert remains(tmp_path, lock=False) == {}


@every
@pytest.mark.parametrize("kind", ["fifo", "socket", "directory", "device", "link-to-device"])
def test_a_path_that_is_not_a_regular_file_is_refused_immediately(
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
def test_an_empty_file_is_not_an_empty_object(
    call: Any, tmp_path: Path, command: list[str], text: str
) -> None:
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


@pytest.mark.parametrize("command", NEW.values(), ids=NEW)
def test_a_new_file_below_a_file_is_refused_naming_it(
    call: Any, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("somebody's")

    for place in ("file/config.json", "file/a/config.json"):
        assert_refused(call(*command, "--config", place), 74, f"{tmp_path}/file is not a directory")
    assert remains(tmp_path, lock=False) == {"file": b"somebody's"}


@pytest.mark.parametrize(
    "kind", ["fifo", "directory", "garbage", "empty", "cut off", "dangling link", "loop"]
)
def test_an_unreadable_database_is_left_alone_and_edits_need_an_option(
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
