"""Editors that ignore the lock: any change between the program's read and its write is detected."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bifrost_keys.errors import ConflictError, IOFailureError
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.protocol import Changeset
from tests.program import listing

TEXT = '{"providers": {"openai": {"keys": [{"name": "first", "value": "env.A"}]}}}\n'
THEIRS = TEXT.replace("first", "other")


def in_place(config: Path) -> None:
    config.write_text(THEIRS)


def in_place_keeping_the_time(config: Path) -> None:
    before = config.stat()
    config.write_text(THEIRS)
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))


def appended(config: Path) -> None:
    with config.open("a") as stream:
        stream.write("\n")


def renamed_over(config: Path) -> None:
    beside = config.with_name("config.json~")
    beside.write_text(THEIRS)
    beside.rename(config)


def renamed_over_with_equal_bytes(config: Path) -> None:
    beside = config.with_name("config.json~")
    beside.write_text(TEXT)
    beside.rename(config)


def removed(config: Path) -> None:
    config.unlink()


def made_a_link(config: Path) -> None:
    elsewhere = config.with_name("elsewhere")
    config.rename(elsewhere)
    config.symlink_to(elsewhere)


def made_a_directory(config: Path) -> None:
    config.unlink()
    config.mkdir()


def hard_linked(config: Path) -> None:
    config.with_name("other-name").hardlink_to(config)


def opened_to_others(config: Path) -> None:
    config.chmod(0o644)


RIVALS = [
    in_place,
    in_place_keeping_the_time,
    appended,
    renamed_over,
    renamed_over_with_equal_bytes,
    removed,
    made_a_link,
    made_a_directory,
    hard_linked,
    opened_to_others,
]


def adding(value: str) -> Changeset:
    """Return the change that adds a key with this value."""
    changeset = Changeset()
    changeset.add("openai", {"name": "second", "value": value})
    return changeset


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.__name__)
def test_a_rival_write_is_seen_and_kept(tmp_path: Path, rival: Callable[[Path], None]) -> None:
    config = tmp_path / "config.json"
    config.write_text(TEXT)
    with FileStore(config).transaction() as transaction:
        changeset = adding("env.B")
        rival(config)
        theirs = listing(tmp_path)
        with pytest.raises(ConflictError) as caught:
            transaction.commit(changeset)

    assert caught.value.exit_code == 5
    assert (
        caught.value.message
        == f"{config} was changed by another program in the meantime; nothing was written"
    )
    assert listing(tmp_path) == theirs


def moved(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))


def exchanged(folder: Path) -> None:
    moved(folder)
    folder.mkdir()
    (folder / "config.json").write_text(THEIRS)


@pytest.mark.parametrize("text", [TEXT, None], ids=["an edit", "a new file"])
@pytest.mark.parametrize("rival", [moved, exchanged], ids=lambda rival: rival.__name__)
def test_a_directory_that_is_moved_during_the_write_keeps_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rival: Callable[[Path], None], text: str | None
) -> None:
    folder, fsync = tmp_path / "app", os.fsync
    folder.mkdir()
    if text is not None:
        (folder / "config.json").write_text(text)

    def moving(descriptor: int) -> None:
        fsync(descriptor)
        rival(folder)

    monkeypatch.setattr(os, "fsync", moving)
    store = FileStore(folder / "config.json", initial=TEXT)
    with store.transaction() as transaction, pytest.raises((ConflictError, IOFailureError)) as caught:
        transaction.commit(adding("sk-SENTINEL"))

    assert not caught.value.message.startswith("written")
    kept = {"config.json": text.encode()} if text is not None else {}
    assert listing(tmp_path / "moved") == {**kept, "config.json.lock": b""}
    assert not folder.exists() or listing(folder) == {"config.json": THEIRS.encode()}


def test_who_only_reads_is_no_rival(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(TEXT)
    with FileStore(config).transaction() as transaction:
        os.utime(tmp_path)
        config.read_bytes()
        (tmp_path / "config.db").write_bytes(b"")

        assert transaction.commit(adding("env.B")).changed
