"""A small config and an edit of it, for tests of the storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from bifrost_keys.stores.protocol import Changeset
from bifrost_keys.stores.stream import StreamStore

TEXT = (
    '{"providers": {"openai": {"keys": [{"name": "first", "value": "sk-SENTINEL-old", '
    '"models": ["*"], "weight": 1}]}}}\n'
)


def one_more(name: str = "second") -> Changeset:
    """Return the change that adds a key."""
    changeset = Changeset()
    changeset.add("openai", {"name": name, "value": "sk-SENTINEL-new", "models": ["*"], "weight": 1})
    return changeset


def edited(text: str) -> str:
    """Return the text with one more key."""
    with StreamStore(text.encode()).transaction(dry_run=True) as transaction:
        return transaction.prepare(one_more()).text


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config with one key, 0600."""
    path = tmp_path / "config.json"
    path.write_text(TEXT)
    path.chmod(0o600)
    return path
