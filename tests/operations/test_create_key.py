"""A key is decided on before the lock is taken, and again where the file is another by then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import ConflictError, LockTimeoutError
from bifrost_keys.operations import create
from bifrost_keys.operations.create import CreateRequest, create_key
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.files.lock import locked
from tests.program import listing

TEXT = '{"providers": {"openai": {"keys": [{"name": "openai-1", "value": "env.A"}]}}}\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config with one key."""
    path = tmp_path / "config.json"
    path.write_text(TEXT)
    path.chmod(0o600)
    return path


@pytest.fixture
def decided_on(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were decided on."""
    texts: list[str] = []
    decide = create._decide

    def noted(document: Document, *given: Any) -> Any:
        texts.append(document.text)
        return decide(document, *given)

    monkeypatch.setattr(create, "_decide", noted)
    return texts


class Rivalled(FileStore):
    """A file that another run of ours changes between our first look and our lock."""

    theirs = ""

    def peek(self) -> Document | None:
        """The file as it is before the other run."""
        seen = super().peek()
        Path(self.path).write_text(self.theirs)
        return seen


def request(**fields: Any) -> CreateRequest:
    """A key of openai."""
    return CreateRequest("openai", {"value": "env.B", **fields}, new_id="new-id")


def names(config: Path) -> list[str]:
    """The names of the keys of openai."""
    return [key["name"] for key in json.loads(config.read_text())["providers"]["openai"]["keys"]]


def test_nothing_is_decided_while_others_wait(config: Path, decided_on: list[str]) -> None:
    assert create_key(FileStore(config), request()).changed
    assert (decided_on, names(config)) == ([TEXT], ["openai-1", "openai-2"])


def test_a_name_that_is_taken_is_told_without_waiting_for_the_lock(config: Path) -> None:
    with locked(str(config), timeout=1, owner=None):
        with pytest.raises(ConflictError) as caught:
            create_key(FileStore(config, lock_timeout=0.01), request(name="openai-1"))
        with pytest.raises(LockTimeoutError):
            create_key(FileStore(config, lock_timeout=0.01), request(name="free"))
    assert (caught.value.code, config.read_text()) == ("name_taken", TEXT)


def test_what_another_run_added_meanwhile_is_kept(config: Path, decided_on: list[str]) -> None:
    store = Rivalled(config)
    store.theirs = TEXT.replace('"env.A"}', '"env.A"}, {"name": "openai-2", "value": "env.C"}')
    assert create_key(store, request()).changes[0].key["name"] == "openai-3"
    assert decided_on == [TEXT, store.theirs]
    assert names(config) == ["openai-1", "openai-2", "openai-3"]


def test_a_name_that_was_taken_meanwhile_is_refused(config: Path) -> None:
    store = Rivalled(config)
    store.theirs = TEXT.replace("openai-1", "prod")
    with pytest.raises(ConflictError) as caught:
        create_key(store, request(name="prod"))
    assert (caught.value.code, config.read_text()) == ("name_taken", store.theirs)


def test_a_key_that_appeared_meanwhile_is_there_already(config: Path) -> None:
    store = Rivalled(config)
    store.theirs = TEXT.replace("openai-1", "prod")
    wanted = CreateRequest("openai", {"value": "env.A", "name": "prod"}, new_id="new-id", if_not_exists=True)
    report = create_key(store, wanted)
    assert (report.changed, report.changes[0].action) == (False, "unchanged")
    assert config.read_text() == store.theirs


def test_a_large_file_is_read_once(
    config: Path, decided_on: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    large = TEXT.replace("env.A", "x" * (1 << 20))
    config.write_text(large)
    assert FileStore(config).peek() is None
    assert create_key(FileStore(config), request()).changed
    assert decided_on == [large]


def test_a_file_that_is_not_there_is_not_looked_into(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    assert FileStore(config).peek() is None
    assert create_key(FileStore(config, initial='{"providers": {}}'), request()).changed
    assert sorted(listing(tmp_path)) == ["config.json", "config.json.lock"]
