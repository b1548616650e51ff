"""A small config and an edit of it, for tests of the storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.edits import Edit

TEXT = (
    '{"providers": {"openai": {"keys": [{"name": "first", "value": "sk-SENTINEL-old", '
    '"models": ["*"], "weight": 1}]}}}\n'
)


def edited(document: Document, name: str = "second") -> Document:
    """The document with one more key."""
    edit = Edit(document)
    edit.append("openai", {"name": name, "value": "sk-SENTINEL-new", "models": ["*"], "weight": 1})
    return edit.apply()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config with one key, 0600."""
    path = tmp_path / "config.json"
    path.write_text(TEXT)
    path.chmod(0o600)
    return path
