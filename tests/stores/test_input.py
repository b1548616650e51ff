"""Secrets and requests from files and standard input: limited, with clear errors."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from bifrost_keys.errors import InvalidInputError, IOFailureError, NotFoundError, UsageError
from bifrost_keys.stores.files.bounded_input import read_file, read_stdin


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"x" * 10)

    assert read_file(str(path), limit=10, name="x") == b"x" * 10
    with pytest.raises(InvalidInputError, match="larger than"):
        read_file(str(path), limit=9, name="x")


def test_a_process_substitution_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"through a pipe",))
    writer.start()

    assert read_file(str(path), limit=100, name="x") == b"through a pipe"
    writer.join()


def test_endless_input_ends_at_the_bound() -> None:
    with pytest.raises(InvalidInputError, match="larger than 64 KiB"):
        read_file("/dev/zero", limit=64 * 1024, name="x")


def test_an_unreadable_file_has_its_own_error(tmp_path: Path) -> None:
    refused = {}
    for path in (str(tmp_path / "none"), str(tmp_path), "a\0b", str(tmp_path / "none" / "x")):
        with pytest.raises((NotFoundError, IOFailureError, InvalidInputError)) as caught:
            read_file(path, limit=10, name="x")
        refused[path] = type(caught.value)

    assert list(refused.values()) == [NotFoundError, IOFailureError, InvalidInputError, NotFoundError]


def test_closed_standard_input_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(UsageError, match="standard input is closed"):
        read_stdin(limit=10)
