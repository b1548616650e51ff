"""The config as a store: changed completely or not at all, without leftovers."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from pathlib import Path

import pytest

from bifrost_keys.errors import ConfigUnusableError, ConflictError, NotFoundError
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.files.open_file import Identity
from bifrost_keys.stores.protocol import Changeset, Receipt
from bifrost_keys.stores.stream import StreamStore
from tests.program import listing
from tests.stores.conftest import TEXT, edited, one_more

Outcome = tuple[bool, str | None, str | None]
INITIAL = '{"providers": {"openai": {"keys": []}}}\n'


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def change(store: FileStore | StreamStore, name: str = "second", *, dry_run: bool = False) -> Outcome:
    with store.transaction(dry_run=dry_run) as transaction:
        return outcome(transaction.commit(one_more(name)))


def outcome(receipt: Receipt) -> Outcome:
    """Return whether a commit changed the file, and its digests before and after."""
    config = receipt.store
    return receipt.changed, config.sha256_before, config.sha256_after


def test_a_commit_writes_what_it_reports(config: Path) -> None:
    expected = edited(TEXT)
    written = change(FileStore(config))

    assert config.read_text() == expected
    assert written == (True, sha256(TEXT), sha256(expected))
    assert sorted(listing(config.parent)) == ["config.json", "config.json.lock"]


def test_nothing_to_change_is_nothing_written(config: Path) -> None:
    before = Identity.of(config.stat())
    with FileStore(config).transaction() as transaction:
        changeset = Changeset()
        for key in transaction.snapshot.keys():
            changeset.replace(key, dict(key.fields))
        written = outcome(transaction.commit(changeset))

    assert written == (False, sha256(TEXT), sha256(TEXT))
    assert Identity.of(config.stat()) == before


def test_an_exception_in_the_block_writes_nothing(config: Path) -> None:
    before = Identity.of(config.stat())
    with pytest.raises(ZeroDivisionError), FileStore(config).transaction() as transaction:
        transaction.prepare(one_more())
        raise ZeroDivisionError

    assert Identity.of(config.stat()) == before
    assert sorted(listing(config.parent)) == ["config.json", "config.json.lock"]


def test_a_dry_run_computes_and_leaves_no_trace(config: Path) -> None:
    expected = edited(TEXT)

    assert change(FileStore(config), dry_run=True) == (True, sha256(TEXT), sha256(expected))
    assert listing(config.parent) == {"config.json": TEXT.encode()}


@pytest.mark.parametrize("mask", [0, 0o177, 0o777], ids=oct)
def test_a_missing_file_is_created_from_the_initial_text_readable_only_by_its_owner(
    tmp_path: Path, mask: int
) -> None:
    path = tmp_path / "a" / "b" / "config.json"
    expected = edited(INITIAL)
    old_mask = os.umask(mask)
    try:
        written = change(FileStore(path, initial=INITIAL))
    finally:
        os.umask(old_mask)

    assert written == (True, None, sha256(expected))
    assert path.read_text() == expected
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]
    assert sorted(listing(path.parent)) == ["config.json", "config.json.lock"]
    assert path.stat().st_nlink == 1


def test_a_new_file_that_is_not_written_leaves_no_directory(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        with FileStore(tmp_path / "a" / "b" / "config.json", initial=INITIAL).transaction():
            raise ZeroDivisionError

    assert listing(tmp_path) == {}


def test_a_file_that_appeared_in_the_meantime_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    store = FileStore(path, initial=INITIAL)
    with pytest.raises(ConflictError), store.transaction() as transaction:
        path.write_text("somebody else's")
        transaction.commit(one_more())

    assert listing(tmp_path) == {"config.json": b"somebody else's", "config.json.lock": b""}


def test_a_dangling_link_is_kept_and_its_target_made(tmp_path: Path) -> None:
    link = tmp_path / "config.json"
    link.symlink_to("real/config.json")
    with pytest.raises(NotFoundError, match=r"no file .*real"):
        FileStore(link).read()
    change(FileStore(link, initial=INITIAL))

    assert os.readlink(link) == "real/config.json"
    assert sorted(listing(tmp_path / "real")) == ["config.json", "config.json.lock"]


def test_two_links_to_one_file_share_one_lock_beside_it(config: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    for name in ("one", "two"):
        (tmp_path / "links" / name).symlink_to(config)
    for name in ("one", "two"):
        change(FileStore(tmp_path / "links" / name), name)

    assert [key.name for key in FileStore(config).read().keys()] == ["first", "one", "two"]
    assert sorted(listing(tmp_path)) == ["config.json", "config.json.lock", "links", "links/one", "links/two"]
    assert (tmp_path / "links" / "one").is_symlink()


def test_only_stale_temporary_files_of_this_program_are_removed(config: Path) -> None:
    others = [
        ".config.json.bifrost-keys.tmp",
        ".config.json.0123456789abcdeX.bifrost-keys.tmp",
        ".other.json.0123456789abcdef.bifrost-keys.tmp",
        "config.json.tmp",
    ]
    for name in [*others, ".config.json.0123456789abcdef.bifrost-keys.tmp"]:
        (config.parent / name).write_text("left")
    change(FileStore(config))

    assert sorted(listing(config.parent)) == sorted([*others, "config.json", "config.json.lock"])


def test_a_new_file_that_was_killed_between_its_two_names_is_healed(tmp_path: Path) -> None:
    first_name = tmp_path / ".config.json.0123456789abcdef.bifrost-keys.tmp"
    first_name.write_text(TEXT)
    path = tmp_path / "config.json"
    path.hardlink_to(first_name)
    change(FileStore(path))

    assert sorted(listing(tmp_path)) == ["config.json", "config.json.lock"]
    assert path.stat().st_nlink == 1


def test_a_hard_linked_file_is_refused(config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "config.json"
    other.parent.mkdir()
    other.hardlink_to(config)
    before = listing(tmp_path)
    with pytest.raises(ConfigUnusableError, match="2 hard links"):
        change(FileStore(config))

    assert listing(tmp_path) == before


def test_mode_and_extended_attributes_are_kept(config: Path) -> None:
    config.chmod(0o640)
    try:
        os.setxattr(config, "user.note", b"kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    change(FileStore(config))

    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert os.getxattr(config, "user.note") == b"kept"


def test_a_default_acl_of_the_directory_gives_nobody_new_access(config: Path) -> None:
    config.chmod(0o640)
    try:
        command = ["setfacl", "-d", "-m", "u:12345:r", str(config.parent)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no access control lists here")
    change(FileStore(config))

    assert "system.posix_acl_access" not in os.listxattr(config)
    assert stat.S_IMODE(config.stat().st_mode) == 0o640


def test_whether_others_can_read_the_file_is_known(config: Path) -> None:
    found = []
    for mode in (0o600, 0o640, 0o604):
        config.chmod(mode)
        store = FileStore(config)
        with store.transaction():
            found.append(store.exposed)

    assert found == [False, True, True]


def test_a_stream_is_changed_without_a_disk(tmp_path: Path) -> None:
    store = StreamStore(TEXT.encode())
    expected = edited(TEXT)

    assert change(store) == (True, sha256(TEXT), sha256(expected))
    assert store.output == expected.encode()
    assert StreamStore(b" \n", initial=INITIAL).read().providers == ("openai",)
