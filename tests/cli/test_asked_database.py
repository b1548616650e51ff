"""The number of database rows that a command reads, and its outcome with an odd database."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_database import columns, insert, make_database
from tests.sentinel import SECRET

MANY = 1000
FEW = 12  # rows that a change of one key may read


def entry(number: int, **fields: Any) -> dict[str, Any]:
    own = {"value": f"env.KEY_{number}", "models": ["*"], "weight": 1, "enabled": True}
    return {"id": f"id-{number}", "name": f"k{number}", **own, **fields}


def write(folder: Path, count: int, **top: Any) -> Path:
    config = folder / "config.json"
    keys = [entry(number) for number in range(count)]
    config.write_text(json.dumps({"$schema": "x", "providers": {"openai": {"keys": keys}}, **top}))
    config.chmod(0o600)
    return config


def rows(count: int) -> list[dict[str, Any]]:
    return [columns("openai", entry(number)) for number in range(count)]


class Counted(sqlite3.Connection):
    """A connection that counts its queries of the table of keys, and the rows returned."""

    asked = 0
    returned = 0
    before_query: Callable[[], None] = staticmethod(lambda: None)

    def execute(self, query: str, *values: Any) -> Any:
        if query.startswith("pragma cache_size"):
            query = "pragma cache_size = 1"  # so that each query reads the file
        found = super().execute(query, *values)
        return self._counted(found) if "from config_keys" in query else found

    def _counted(self, found: Any) -> Any:
        Counted.before_query()
        Counted.asked += 1
        for row in found:
            Counted.returned += 1
            yield row


@pytest.fixture
def keys(call: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return the program with a count of the rows that it reads."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Counted))
    monkeypatch.setattr(Counted, "before_query", staticmethod(lambda: None))

    def run(*arguments: str) -> Any:
        Counted.asked = Counted.returned = 0
        return call(*arguments, "--config", "config.json", "-o", "json")

    return run


CHANGES = (
    ("create", "openai", "--name", "new", "--value-env", "NEW"),
    ("create", "openai", "--value-env", "NEW"),
    ("create", "groq", "--name", "new", "--value-env", "NEW"),
    ("update", "k7", "--weight", "2"),
    ("set", "openai/k7", "--weight", "2"),
    ("rotate", "k7", "--value-env", "NEW"),
    ("rename", "k7", "new"),
    ("disable", "k7"),
    ("enable", "k7"),
    ("delete", "k7", "--yes"),
)


@pytest.mark.parametrize("change", CHANGES, ids=" ".join)
def test_a_change_of_one_key_reads_a_few_rows_of_a_thousand(
    keys: Any, tmp_path: Path, change: tuple[str, ...]
) -> None:
    write(tmp_path, MANY)
    make_database(tmp_path / "config.db", *rows(MANY), wal=True)
    assert keys(*change).code == 0
    assert 0 < Counted.returned <= FEW


@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "not-indexed"])
def test_a_change_of_many_keys_reads_a_few_rows_for_each(keys: Any, tmp_path: Path, *, indexed: bool) -> None:
    write(tmp_path, MANY)
    make_database(tmp_path / "config.db", *rows(MANY), wal=True, indexed=indexed)
    wanted = [{"name": f"k{number}", "weight": 2} for number in range(100)]
    (tmp_path / "wanted.json").write_text(json.dumps({"providers": {"openai": {"keys": wanted}}}))
    assert keys("apply", "wanted.json").code == 0
    once = 0 if indexed else 3 * MANY  # the names, ids and hashes of all rows
    assert 0 < Counted.returned <= 2 * 100 + FEW + once


@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "not-indexed"])
@pytest.mark.parametrize("line", ["status", "check", "explain openai m", "list --enabled", "list --model m"])
def test_what_shows_all_keys_reads_the_rows_in_a_few_passes(
    keys: Any, tmp_path: Path, line: str, *, indexed: bool
) -> None:
    write(tmp_path, MANY)
    make_database(tmp_path / "config.db", *rows(MANY + 1), wal=True, indexed=indexed)
    assert keys(*line.split()).code == 0
    assert 0 < Counted.asked <= FEW
    assert Counted.returned <= 4 * MANY + FEW


def test_a_list_without_filter_does_not_open_the_database(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, 3)
    make_database(tmp_path / "config.db", *rows(3), wal=True)
    assert (keys("list").code, Counted.asked) == (0, 0)


def test_status_asks_again_only_for_the_keys_whose_row_has_another_name(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, MANY)
    renamed = [columns("openai", entry(number, name=f"old{number}")) for number in range(30)]
    make_database(tmp_path / "config.db", *renamed, *rows(MANY)[30:], wal=True)
    report = keys("status").json
    assert [key["state"] for key in report["keys"]] == ["renamed"] * 30 + ["in-sync"] * (MANY - 30)
    assert Counted.asked <= 4 * 30 + FEW


def test_one_key_beside_a_thousand_rows(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, 1)
    make_database(tmp_path / "config.db", *rows(MANY), wal=True)
    assert keys("create", "openai", "--name", "new", "--value-env", "NEW").code == 0
    assert Counted.returned <= FEW
    taken = keys("create", "openai", "--name", "k500", "--value-env", "NEW")
    assert (taken.code, taken.error["code"]) == (5, "name-taken-in-database")
    assert Counted.returned <= FEW


def test_a_database_of_a_later_release_is_asked_as_any_other(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, 3)
    database = make_database(tmp_path / "config.db", *rows(4), wal=True)
    connection = sqlite3.connect(database)
    connection.executescript(
        "alter table config_keys add column quantum_key_json text default '{}' not null;"
        "alter table config_providers add column quantum integer;"
        "create table quantum_keys (id text); create view config_views as select 1;"
        "create table migrations (id varchar(255) primary key, note text);"
        "insert into migrations (id) values ('add_quantum_keys_table'), ('add_use_openai_endpoints_column')"
    )
    connection.close()
    assert keys("update", "k1", "--weight", "2").json["warnings"] == []
    taken = keys("create", "openai", "--name", "k3", "--value-env", "NEW")
    assert (taken.code, taken.error["code"]) == (5, "name-taken-in-database")
    report = keys("status").json
    assert [key["state"] for key in report["keys"]] == [
        "in-sync",
        "changed-in-file",
        "in-sync",
        "only-in-gateway",
    ]
    assert (report["recipe"], report["database"]["kind"]) == ("1.6.0", "read")


def test_encrypted_rows_are_compared_by_their_plain_columns(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, 3)
    secret = {"value": "bm90IGZvciB5b3U=", "encryption_status": "encrypted"}
    make_database(tmp_path / "config.db", *({**row, **secret} for row in rows(4)), wal=True)
    assert keys("rotate", "k1", "--value-env", "NEW").code == 0
    taken = keys("create", "openai", "--id", "id-3", "--value-env", "NEW")
    assert (taken.code, taken.error["code"]) == (5, "id-taken-in-database")
    assert "database-encrypted" in [each["code"] for each in keys("status").json["warnings"]]


def test_a_database_that_is_encrypted_as_a_whole_stops_an_edit(keys: Any, tmp_path: Path) -> None:
    config = write(tmp_path, 1)
    before = config.read_bytes()
    (tmp_path / "config.db").write_bytes(os.urandom(8192))
    ran = keys("update", "k0", "--weight", "2")
    assert (ran.code, ran.error["code"]) == (5, "database-not-readable")
    assert config.read_bytes() == before
    assert keys("update", "k0", "--weight", "2", "--overwrite-web").code == 0


def damage(database: Path, name: str) -> None:
    """Overwrite the first page of a table or index."""
    connection = sqlite3.connect(database)
    (page,) = connection.execute("select rootpage from sqlite_master where name = ?", (name,)).fetchone()
    (size,) = connection.execute("pragma page_size").fetchone()
    connection.close()
    data = bytearray(database.read_bytes())
    data[(page - 1) * size : page * size] = b"\xff" * size
    database.write_bytes(data)


@pytest.mark.parametrize("where", ["config_keys", "idx_key_name"])
def test_damage_that_a_question_finds_stops_an_edit(keys: Any, tmp_path: Path, where: str) -> None:
    config = write(tmp_path, 2)
    before = config.read_bytes()
    damage(make_database(tmp_path / "config.db", *rows(MANY)), where)
    for change in (("create", "openai", "--name", "new", "--value-env", "NEW"), ("rename", "k1", "new")):
        ran = keys(*change)
        assert (ran.code, ran.error["code"]) == (5, "database-not-readable"), change
        assert "damaged" in ran.error["message"]
    assert config.read_bytes() == before
    ran = keys("create", "openai", "--name", "new", "--value-env", "NEW", "--overwrite-web")
    assert (ran.code, "database-not-readable" in [each["code"] for each in ran.json["warnings"]]) == (0, True)
    deleted = keys("delete", "k0", "--yes")
    assert deleted.code == 0
    if where == "config_keys":
        assert keys("status").json["database"]["reason"] == "damaged"


def late(database: Path, number: int) -> None:
    """Let a gateway add a row to the database; closing it leaves no log."""
    connection = sqlite3.connect(database, isolation_level=None)
    insert(connection, columns("openai", entry(number)))
    connection.close()


def test_a_database_that_changes_during_the_read_is_read_again(
    keys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 3)
    database = make_database(tmp_path / "config.db", *rows(3), wal=True)
    names = iter([8, 9])

    def write_late() -> None:
        for number in names:
            late(database, number)
            break

    monkeypatch.setattr(Counted, "before_query", staticmethod(write_late))
    assert keys("update", "k1", "--weight", "2").code == 0
    assert next(names, None) is None
    taken = keys("create", "openai", "--name", "k9", "--value-env", "NEW")
    assert (taken.code, taken.error["code"]) == (5, "name-taken-in-database")


@pytest.mark.parametrize("line", ["status", "check", "explain openai m", "list --enabled"])
@pytest.mark.parametrize("other", [1, 300], ids=["fewer", "more"])
def test_a_database_that_changes_between_two_passes_is_read_again(
    keys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, other: int
) -> None:
    write(tmp_path, 100)
    after = make_database(tmp_path / "after.db", *rows(other), wal=True).read_bytes()
    expected: Any = None
    for number in range(8):
        before = make_database(tmp_path / "config.db", *rows(100), wal=True)
        queries = itertools.count()

        def overwrite(place: Path = before, number: int = number, queries: Any = queries) -> None:
            if next(queries) == number:
                place.write_bytes(after)  # in place, so that the open connection sees the new pages

        monkeypatch.setattr(Counted, "before_query", staticmethod(overwrite))
        ran = keys(*line.split())
        if next(queries) <= number:
            break  # it has fewer queries
        assert ran.code == 0, ran.err
        expected = expected or ran.json
        assert ran.json == expected
        before.unlink()
    assert number > 2


def test_a_database_that_is_replaced_again_and_again_stops_an_edit(
    keys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write(tmp_path, 3)
    before = config.read_bytes()
    make_database(tmp_path / "config.db", *rows(3), wal=True)

    def replace() -> None:
        (tmp_path / "next.db").write_bytes((tmp_path / "config.db").read_bytes())
        (tmp_path / "next.db").replace(tmp_path / "config.db")

    monkeypatch.setattr(Counted, "before_query", staticmethod(replace))
    ran = keys("update", "k1", "--weight", "2")
    assert (ran.code, ran.error["code"]) == (5, "database-not-readable")
    assert "keeps writing" in ran.error["message"]
    assert config.read_bytes() == before
    assert keys("status").json["database"]["reason"] == "changing"


def test_a_change_leaves_nothing_beside_a_database_with_a_log(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, 3)
    database = make_database(tmp_path / "config.db", *rows(3), wal=True)
    gateway = sqlite3.connect(database, isolation_level=None)
    insert(gateway, columns("openai", entry(7)))
    log = {name: (tmp_path / name).read_bytes() for name in ("config.db", "config.db-wal")}
    taken = keys("create", "openai", "--name", "k7", "--value-env", "NEW")
    assert (taken.code, taken.error["code"]) == (5, "name-taken-in-database")
    assert keys("update", "k1", "--weight", "2").code == 0
    assert {name: (tmp_path / name).read_bytes() for name in log} == log
    gateway.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        *("config.db", "config.json", "config.json.lock", "home")
    ]


def test_a_secret_of_a_row_is_in_no_error(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, 1)
    row = columns("openai", entry(5, value=SECRET))
    make_database(tmp_path / "config.db", row, wal=True)
    assert keys("create", "openai", "--name", "k5", "--value-env", "NEW").code == 5


def test_of_the_keys_that_a_start_does_not_serve_ten_are_named(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, 1)
    groq = [columns("groq", entry(number)) for number in range(10, 22)]
    make_database(tmp_path / "config.db", *rows(1), *groq, wal=True)
    ran = keys("create", "groq", "--name", "new", "--value-env", "NEW", "--overwrite-web")
    (warning,) = [each for each in ran.json["warnings"] if each["code"] == "provider-taken-from-file"]
    assert "its 12 other keys (k10, k11" in warning["message"]
    assert "k19 and 2 more)" in warning["message"]
