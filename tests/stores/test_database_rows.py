"""The rows of the gateway's database: each query returns what a scan of all rows would."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.hashing.key_hash import EntryHashes, HashBasis
from bifrost_keys.gateway.names import comparable_name, has_one_spelling
from bifrost_keys.gateway.restart.database_row import KeyRow
from bifrost_keys.gateway.restart.key_rows import KeyRows, ListedRows
from bifrost_keys.gateway.restart.next_starts import FileKey, Loader
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.protocol import Added, Changeset, Replaced
from tests.gateway_database import columns, make_database, read_database, snapshot_beside

# Names that are one name in comparable form: composed, decomposed, and neither.
ALIKE = ("\u1e69", "s\u0323\u0307", "\u1e63\u0307", "s\u0307\u0323")
KELVIN = "\u212a-1"  # its comparable form is ASCII
NAMES = (*("k-1", "K-1", "prod", "Prod", "a'b", "%", "*", "\U0001f511", "x\0y"), *ALIKE[1:3], KELVIN)
ASKED = (*NAMES, *ALIKE, "", "absent", "\ud800", "X\0Y", "x")


def rows_of(path: Path, *, indexed: bool) -> Path:
    """Return a database with a row for each name, at two providers, some of them with the same hash."""
    rows = []
    for number, name in enumerate(NAMES):
        entry = {"name": name, "id": f"id-{name}", "value": f"env.KEY_{number % 3}", "weight": 1}
        rows.append(columns(("openai", "Groq")[number % 2], entry))
    rows[1]["config_hash"] = rows[0]["config_hash"]
    rows[2]["config_hash"] = None
    return make_database(path, *rows, indexed=indexed)


@pytest.fixture(params=[True, False], ids=["indexed", "not-indexed"])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[KeyRows, KeyRows]]:
    """Return rows that are queried, and the same ones in memory."""
    rows_of(tmp_path / "config.db", indexed=request.param)
    snapshot = snapshot_beside(tmp_path / "config.json")
    yield snapshot.gateway.database.rows, ListedRows(snapshot.gateway.database.rows)
    snapshot.close()


def hashes(rows: KeyRows, text: str) -> set[str]:
    return {row.config_hash for row in rows.named(text)} - {""}


QUESTIONS: dict[str, Callable[[KeyRows, str], Any]] = {
    "named": lambda rows, text: list(map(vars, rows.named(text))),
    "with_id": lambda rows, text: list(map(vars, rows.with_id(f"id-{text}"))),
    "with_hash": lambda rows, text: list(map(vars, rows.with_hash(hashes(rows, text)))),
    "hashes_of": lambda rows, text: rows.hashes_of(name=text, key_id=f"id-{text}"),
    "alike": lambda rows, text: [vars(row) for row in (rows.alike(text),) if row is not None],
    "handles": lambda rows, _: list(rows.handles()),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_query_returns_the_same_as_the_rows_in_memory(
    asked: tuple[KeyRows, KeyRows], question: str
) -> None:
    queried, listed = asked
    for text in ASKED:
        for _ in range(3):  # a column without an index is read once, at the second question
            assert QUESTIONS[question](queried, text) == QUESTIONS[question](listed, text), text


def test_a_name_that_differs_by_normalisation_only_is_found_in_any_form(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": ALIKE[2]}))
    with closing(snapshot_beside(tmp_path / "config.json")) as snapshot:
        found = [snapshot.gateway.database.rows.alike(name) for name in ALIKE]
        assert [row.name if row else None for row in found] == [ALIKE[2]] * len(ALIKE)
        assert all(name in snapshot.reserved_names for name in ALIKE)
        assert "s" not in snapshot.reserved_names


def test_a_name_of_ascii_is_taken_by_one_that_is_not(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": KELVIN}))
    with closing(snapshot_beside(tmp_path / "config.json")) as snapshot:
        assert "K-1" in snapshot.reserved_names
        assert "k-1" not in snapshot.reserved_names


def test_rows_that_may_show_the_recipe_are_found_among_the_first(tmp_path: Path) -> None:
    entries: list[tuple[str, dict[str, Any]]] = [
        ("openai", {"name": "literal", "value": "sk-test-SENTINEL"}),
        ("openai", {"name": "reference", "value": "env.KEY"}),
        ("openai", {"name": "vault", "value": "vault.a/b"}),
        ("ollama", {"name": "object", "ollama_key_config": {"url": "http://h"}}),
        ("openai", {"name": "alias", "value": "s", "aliases": {"a": {"model_id": "b", "region": "c"}}}),
        ("openai", {"name": "flag", "value": "s", "use_anthropic_endpoints": True}),
        ("openai", {"name": "late", "value": "env.KEY"}),
    ]
    make_database(tmp_path / "config.db", *(columns(provider, entry) for provider, entry in entries))
    with closing(snapshot_beside(tmp_path / "config.json")) as snapshot:
        names = [row.name for row in snapshot.gateway.database.rows.with_recipes(6, bool)]
    assert names == ["reference", "vault", "object", "alias", "flag"]


def test_a_read_sees_one_state_while_a_gateway_writes(tmp_path: Path) -> None:
    database = make_database(tmp_path / "config.db", columns("openai", {"name": "k"}), wal=True)
    with closing(sqlite3.connect(database, isolation_level=None)) as gateway:
        gateway.execute("update config_keys set status = 'running'")  # its log is next to the database now
        with closing(snapshot_beside(tmp_path / "config.json")) as snapshot:
            rows = snapshot.gateway.database.rows
            gateway.execute("update config_keys set name = 'renamed', key_id = 'other'")
            assert [row.name for row in rows] == ["k"]
            assert (len(rows.named("k")), len(rows.named("renamed"))) == (1, 0)
            assert snapshot.settled(lambda: [row.name for row in snapshot.gateway.database.rows]) == ["k"]
        assert [row.name for row in read_database(None, tmp_path / "config.json").rows] == ["renamed"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["config.db"]


@pytest.mark.parametrize("index", ["idx_key_name", "idx_key_id"])
def test_damage_that_a_later_question_finds_makes_the_database_unreadable(tmp_path: Path, index: str) -> None:
    many = [columns("openai", {"name": f"k{number:04}", "id": f"id-{number:04}"}) for number in range(999)]
    database = make_database(tmp_path / "config.db", *many)
    with closing(sqlite3.connect(database)) as connection:
        (page,) = connection.execute("select rootpage from sqlite_master where name = ?", (index,)).fetchone()
        (size,) = connection.execute("pragma page_size").fetchone()
    data = bytearray(database.read_bytes())
    data[(page - 1) * size : page * size] = b"\xff" * size
    database.write_bytes(data)

    def row(snapshot: FileSnapshot) -> KeyRow | None:
        return snapshot.gateway.row_of("openai", name="k0500", key_id="id-0500")

    with closing(snapshot_beside(tmp_path / "config.json")) as snapshot:
        kind = snapshot.gateway.database.kind
        found = snapshot.settled(lambda: row(snapshot))
        state = snapshot.gateway.database
    if index == "idx_key_id":
        assert (kind, found, state.kind, state.reason) == ("read", None, "unreadable", "damaged")
        assert state.in_doubt
    else:  # the row was found by its id: the names were not asked for
        assert (found is not None and found.name, state.kind) == ("k0500", "read")


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        ("update config_keys set status = 'tested'", None),
        ("update config_keys set name = 'new'", "name-taken-in-database"),
        ("update config_keys set weight = 7 where name = 'prod'", "key-changed-in-web"),
        ("update config_keys set enabled = 0 where name = 'prod'", "database-changed"),
    ],
)
def test_a_write_of_the_gateway_before_the_commit_is_seen(
    tmp_path: Path, meanwhile: str, code: str | None
) -> None:
    prod: dict[str, Any] = {"id": "id-prod", "name": "prod", "value": "env.KEY", "models": ["*"], "weight": 1}
    database = make_database(tmp_path / "config.db", columns("openai", prod), wal=True)
    config = tmp_path / "config.json"
    # The file changed since the last start: what the edit takes back of the row is not people's.
    own = {**prod, "weight": 1 if code == "key-changed-in-web" else 3}
    config.write_text(json.dumps({"$schema": "x", "providers": {"openai": {"keys": [own]}}}))
    config.chmod(0o600)
    before = config.read_bytes()
    changeset = Changeset()
    refused = pytest.raises(ConflictError) if code is not None else nullcontext()
    with refused as error, FileStore(config).transaction() as transaction:
        new = {"id": "id-new", "name": "new", "value": "env.NEW", "models": ["*"], "weight": 1}
        changeset.add("openai", transaction.admit(Added("openai", new, {})).fields)
        key = next(transaction.snapshot.keys())
        changeset.replace(key, transaction.admit(Replaced(key, {**key.fields, "weight": 4})).fields)
        with closing(sqlite3.connect(database, isolation_level=None)) as gateway:
            gateway.execute(meanwhile)
        transaction.commit(changeset)
    if error is not None:
        assert error.value.code == code
    assert (config.read_bytes() == before) is (code is not None)


def test_a_row_that_is_found_by_its_name_and_by_its_id_is_one_row(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": "k"}), columns("openai", {"name": "l"}))
    with closing(snapshot_beside(tmp_path / "config.json")) as snapshot:
        loader = Loader(snapshot.gateway.database.rows)
        keys = [FileKey("groq", "k", f"row-of-{name}", True, EntryHashes({})) for name in "kl"]
        assert [loader.entry(key).outcome for key in keys] == ["mixed-up", "stops"]


def test_a_name_of_ascii_has_one_spelling_but_for_three_characters() -> None:
    beyond = (chr(code) for code in range(128, sys.maxunicode + 1))
    ascii_forms = {form for each in beyond if (form := comparable_name(each)).isascii()}
    assert {each for each in map(chr, range(128)) if not has_one_spelling(each)} == ascii_forms
    assert has_one_spelling("openai-prod")
    assert not has_one_spelling("ä")


def test_a_recipe_is_proved_by_keys_after_many_that_cannot_prove_it(tmp_path: Path) -> None:
    literal = [{"name": f"k{number}", "value": "sk-test-SENTINEL"} for number in range(1200)]
    late = {"name": "late", "value": "env.KEY"}
    rows = [columns("openai", entry) for entry in literal]
    make_database(tmp_path / "config.db", *rows, columns("groq", late, release=(1, 5, 16)))
    config = tmp_path / "config.json"
    providers = {"openai": {"keys": literal}, "groq": {"keys": [late]}}
    config.write_text(json.dumps({"providers": providers}))
    store = FileStore(config)
    found = store.read().gateway.found
    store.close()
    assert found == HashBasis((1, 5, 16), "proved")
