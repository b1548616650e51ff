"""The gateway's database: found like the gateway does, read while it runs, never written."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.hashing.basis import database_basis
from bifrost_keys.gateway.hashing.key_hash import HashBasis, key_hash, recipe_of
from bifrost_keys.gateway.providers.settings_hash import ProviderRow
from bifrost_keys.gateway.releases import NEWEST, Release, release_text
from bifrost_keys.gateway.restart.database_state import DatabaseState
from bifrost_keys.gateway.restart.key_rows import ListedRows
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.gateway_database import database_of, find_database
from tests.gateway_database import (
    columns,
    insert,
    leave_a_log,
    make_database,
    read_database,
    snapshot_beside,
)
from tests.keys import ONE

OBSERVED = Path(__file__).parents[3] / "shared" / "gateway" / "database"
ENTRY: dict[str, Any] = {
    **ONE,
    "weight": 0.5,
    "enabled": False,
    "bedrock_key_config": {
        "region": "us-east-1",
        "session_name": "s",
        "batch_s3_config": {"buckets": [{"bucket_name": "b", "is_default": True}]},
    },
}


def listing(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def sqlite_at(path: str) -> dict[str, Any]:
    return {"enabled": True, "type": "sqlite", "config": {"path": path}}


def test_a_row_is_read_as_an_entry_of_the_file(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("bedrock", ENTRY), providers=("openai",))
    state = read_database(None, tmp_path / "config.json")
    assert (state.kind, state.path, state.guessed) == ("read", str(tmp_path / "config.db"), False)
    assert state.providers == {"bedrock", "openai"}
    assert [(row.provider, row.name, row.key_id, row.status, row.encrypted) for row in state.rows] == [
        ("bedrock", "one", "id-one", "success", False)
    ]
    assert next(iter(state.rows)).entry == {**ENTRY, "use_for_batch_api": False}


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_reading_leaves_the_folder_as_it_was(tmp_path: Path, suffix: str) -> None:
    database = make_database(tmp_path / "config.db", columns("openai", {"name": "k"}), wal=True)
    if suffix:  # a gateway that was killed leaves its log, without the index of it
        leave_a_log(database)
        os.unlink(f"{database}-shm")
    before = listing(tmp_path)
    state = read_database(None, tmp_path / "config.json")
    assert [row.name for row in state.rows] == (["k", "late"] if suffix else ["k"])
    assert listing(tmp_path) == before


def test_a_database_is_read_while_a_gateway_writes_to_it(tmp_path: Path) -> None:
    database = make_database(tmp_path / "config.db", columns("openai", {"name": "k"}), wal=True)
    writer = sqlite3.connect(database, isolation_level=None)
    insert(writer, columns("openai", {"name": "committed"}))
    writer.execute("begin immediate")
    insert(writer, columns("openai", {"name": "uncommitted"}))
    state = read_database(None, tmp_path / "config.json")
    assert [row.name for row in state.rows] == ["k", "committed"]
    assert (tmp_path / "config.db-shm").exists()
    writer.execute("commit")
    writer.close()
    assert [row.name for row in read_database(None, tmp_path / "config.json").rows] == [
        *("k", "committed", "uncommitted")
    ]


def test_the_log_of_a_linked_database_is_next_to_the_database_itself(tmp_path: Path) -> None:
    volume, folder = tmp_path / "volume", tmp_path / "folder"
    for place in (volume, folder):
        place.mkdir()
    database = make_database(volume / "keys.db", columns("openai", {"name": "k"}), wal=True)
    (folder / "config.db").symlink_to("../volume/keys.db")
    leave_a_log(database)
    os.unlink(f"{database}-shm")
    before = (listing(volume), listing(folder))
    state = read_database(None, folder / "config.json")
    assert (state.path, [row.name for row in state.rows]) == (str(folder / "config.db"), ["k", "late"])
    assert (listing(volume), listing(folder)) == before


def test_an_empty_log_without_an_index_is_none(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": "k"}), wal=True)
    (tmp_path / "config.db-wal").touch()
    before = listing(tmp_path)
    tmp_path.chmod(0o555)  # the index of a log could not be made here
    state = read_database(None, tmp_path / "config.json")
    tmp_path.chmod(0o755)
    assert ([row.name for row in state.rows], listing(tmp_path)) == (["k"], before)


def test_a_database_without_a_log_that_changes_while_read_is_read_again(tmp_path: Path) -> None:
    database = make_database(tmp_path / "config.db", columns("openai", {"name": "k"}), wal=True)
    later = iter(["late", "later"])
    snapshot = snapshot_beside(tmp_path / "config.json")

    def names() -> list[str]:
        found = [row.name for row in snapshot.gateway.database.rows]
        for name in later:
            gateway = sqlite3.connect(database, isolation_level=None)
            insert(gateway, columns("openai", {"name": name}))
            gateway.close()
            break
        return found

    assert snapshot.settled(names) == ["k", "late", "later"]
    snapshot.close()


def test_a_database_that_another_program_keeps_to_itself_is_locked(tmp_path: Path) -> None:
    database = make_database(tmp_path / "config.db", columns("openai", {"name": "k"}), wal=True)
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("pragma locking_mode = exclusive")
    insert(holder, columns("openai", {"name": "more"}))
    state = read_database(None, tmp_path / "config.json")
    holder.close()
    assert (state.kind, state.reason, list(state.rows)) == ("unreadable", "locked", [])


def test_a_rollback_journal_makes_the_lock_count(tmp_path: Path) -> None:
    database = make_database(tmp_path / "config.db", columns("openai", {"name": "k"}))
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("begin exclusive")
    insert(holder, columns("openai", {"name": "more"}))
    (tmp_path / "config.db-journal").touch()
    state = read_database(None, tmp_path / "config.json")
    holder.execute("rollback")
    holder.close()
    assert (state.kind, state.reason) == ("unreadable", "locked")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"SQLite format", "not-sqlite"),
        (b"this is no database, SENTINEL", "not-sqlite"),
        (b"SQLite format 3\0" + b"\0" * 84, "not-sqlite"),
        (b"SQLite format 3\0" + b"\1" * 4096, "not-sqlite"),
    ],
)
def test_a_file_that_is_not_a_database_is_reported_not_raised(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "config.db").write_bytes(content)
    state = read_database(None, tmp_path / "config.json")
    assert (state.kind, state.reason, state.path) == ("unreadable", reason, str(tmp_path / "config.db"))
    assert state.why
    assert listing(tmp_path) == {"config.db": content}


def test_a_cut_database_is_damaged(tmp_path: Path) -> None:
    database = make_database(
        tmp_path / "config.db", *(columns("openai", {"name": f"k{n}"}) for n in range(99))
    )
    database.write_bytes(database.read_bytes()[:8192])
    assert read_database(None, tmp_path / "config.json").reason == "damaged"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("create table t (a)", "no-tables"),
        ("create table config_keys (name); create table config_providers (name)", "schema"),
        (
            "create table config_keys (name, key_id, value, hash);create table config_providers (name)",
            "schema",
        ),
    ],
)
def test_tables_that_are_not_known_are_not_read(tmp_path: Path, script: str, reason: str) -> None:
    connection = sqlite3.connect(tmp_path / "config.db")
    connection.executescript(script)
    connection.close()
    assert read_database(None, tmp_path / "config.json").reason == reason


def test_columns_that_a_release_lacks_are_not_missed(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "config.db")
    connection.executescript(
        "create table config_providers (id integer primary key, name);"
        "create table config_keys (id integer primary key, provider_id, name, key_id, value, config_hash, new"
        ");"
        "insert into config_providers values (7, 'openai');"
        "insert into config_keys values (1, 7, 'k', 'id-1', x'ff41', null, 'x')"
    )
    connection.close()
    state = read_database(None, tmp_path / "config.json")
    assert [(row.provider, row.config_hash, row.entry) for row in state.rows] == [
        ("openai", "", {"id": "id-1", "name": "k", "value": "\ufffdA"})
    ]


def test_a_pipe_in_the_place_of_the_database_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.db")
    assert read_database(None, tmp_path / "config.json").reason == "not-sqlite"


def test_a_database_without_read_permission_is_reported(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may read every file")
    make_database(tmp_path / "config.db").chmod(0)
    assert read_database(None, tmp_path / "config.json").reason == "permission"


def test_secrets_of_an_encrypted_row_are_left_out(tmp_path: Path) -> None:
    row = columns("bedrock", ENTRY, value="c2VjcmV0", bedrock_region="eHl6", encryption_status="encrypted")
    make_database(tmp_path / "config.db", row)
    (read,) = read_database(None, tmp_path / "config.json").rows
    assert read.encrypted
    assert "value" not in read.entry
    assert "bedrock_key_config" not in read.entry
    assert {("value",), ("aliases",)} <= read.unreadable
    assert {path for path in read.unreadable if path[0] == "bedrock_key_config"} == {
        ("bedrock_key_config", field.name) for field in CONFIG_BY_NAME["bedrock_key_config"].fields
    }


def test_the_plain_columns_of_an_encrypted_row_are_read(tmp_path: Path) -> None:
    entry = {
        **ENTRY,
        "use_anthropic_endpoints": True,
        "databricks_key_config": {"workspace_url": "c2VjcmV0", "api_format": "auto"},
    }
    row = columns("databricks", entry, aliases_json="c2VjcmV0", encryption_status="encrypted")
    make_database(tmp_path / "config.db", row)
    (read,) = read_database(None, tmp_path / "config.json").rows
    assert read.entry["databricks_key_config"] == {"api_format": "auto"}
    assert read.entry["use_anthropic_endpoints"] is True
    assert ("databricks_key_config", "api_format") not in read.unreadable


def test_the_objects_of_a_row_have_references_and_never_their_values(tmp_path: Path) -> None:
    secret = {"value": "resolved-SENTINEL", "ref": "env.HOST", "type": "env"}
    endpoints = {"runtime": secret, "s3": {"value": "s3.example.com", "type": "plain_text"}, "mantle": "m.x"}
    aliases = {
        "value": "an alias may have any name",
        "a": {"model_id": "x", "region": secret, "model_family": "llama", "use_openai_endpoints": False},
    }
    identity = {"audience": "env.AUDIENCE", "token_lifetime_seconds": 3600}
    bedrock = columns(
        "bedrock",
        {"name": "b"},
        bedrock_endpoints_json=json.dumps(endpoints),
        aliases_json=json.dumps(aliases),
    )
    vertex = columns(
        "vertex", {"name": "v"}, vertex_aws_workload_identity_json=json.dumps(identity), vertex_region="r"
    )
    make_database(tmp_path / "config.db", bedrock, vertex)
    one, two = (row.entry for row in read_database(None, tmp_path / "config.json").rows)
    assert one["bedrock_key_config"] == {
        "endpoints": {"runtime": "env.HOST", "s3": "s3.example.com", "mantle": "m.x"}
    }
    assert one["aliases"] == {
        "value": "an alias may have any name",
        "a": {
            "model_id": "x",
            "region": "env.HOST",
            "model_family": "llama",
            "use_openai_endpoints": False,
        },
    }
    assert two["vertex_key_config"] == {"region": "r", "aws_workload_identity": identity}


@pytest.mark.parametrize(
    ("provider", "column", "read"),
    [
        ("vertex", "vertex_force_single_region", {"vertex_key_config": {}}),
        ("databricks", "databricks_forward_gateway_tags", {"databricks_key_config": {}}),
        ("openai", "vertex_force_single_region", {}),
        # The gateway writes this one into the hash, so it is kept.
        (
            "replicate",
            "replicate_use_deployments_endpoint",
            {"replicate_key_config": {"use_deployments_endpoint": False}},
        ),
    ],
)
def test_a_disabled_switch_makes_an_object_only_for_its_own_provider(
    tmp_path: Path, provider: str, column: str, read: dict[str, Any]
) -> None:
    """Later releases store such a switch as 0 for every key of the provider."""
    make_database(tmp_path / "config.db", columns(provider, {"name": "k"}, **{column: 0}))
    (row,) = read_database(None, tmp_path / "config.json").rows
    found = {name: value for name, value in row.entry.items() if name.endswith("_key_config")}
    assert found == read


def test_broken_json_in_a_column_is_left_out_of_the_entry(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": "k"}, models_json="[", aliases_json="{"))
    (row,) = read_database(None, tmp_path / "config.json").rows
    assert row.unreadable == {("models",), ("aliases",), ("azure_key_config", "api_version")}
    assert not {"models", "aliases"} & row.entry.keys()


def test_no_representation_of_a_row_contains_a_secret(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": "k", "value": "sk-test-SENTINEL"}))
    state = read_database(None, tmp_path / "config.json")
    assert "SENTINEL" not in repr(state) + repr(state.rows)


@pytest.mark.parametrize(
    ("config_store", "kind", "reason"),
    [
        ({"enabled": False}, "disabled", ""),
        ({}, "disabled", ""),
        ({"enabled": True, "type": "postgres", "config": {"password": "SENTINEL"}}, "postgres", ""),
        ({"Enabled": True, "TYPE": "postgres"}, "postgres", ""),
        ({"enabled": True, "type": "mysql"}, "unreadable", "config-store"),
        ({"enabled": True, "type": "sqlite"}, "unreadable", "config-store"),
        ("config.db", "unreadable", "config-store"),
        ({"enabled": "true", "type": "sqlite"}, "unreadable", "config-store"),
        ({"enabled": None, "type": "sqlite"}, "disabled", ""),
        (sqlite_at("env.BIFROST_DB"), "unreadable", "reference"),
        (sqlite_at("a\0b"), "unreadable", "config-store"),
        (sqlite_at("other.db"), "absent", ""),
        (None, "absent", ""),
    ],
)
def test_if_no_database_can_be_read_the_state_says_why(
    tmp_path: Path, config_store: Any, kind: str, reason: str
) -> None:
    state = read_database(config_store, tmp_path / "config.json")
    assert (state.kind, state.reason) == (kind, reason)
    assert "SENTINEL" not in repr(state)


def test_a_database_switched_off_in_the_file_is_not_looked_at(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db")
    assert read_database({"enabled": False}, tmp_path / "config.json") == DatabaseState("disabled")
    assert not DatabaseState("disabled").may_be_kept


@pytest.mark.parametrize(
    ("text", "kind"),
    [("{}", "read"), ('{"config_store": null}', "disabled"), ('{"Config_Store": null}', "disabled")],
)
def test_a_store_that_is_null_is_switched_off(tmp_path: Path, text: str, kind: str) -> None:
    make_database(tmp_path / "config.db")
    document = Document.parse(text.encode(), lenient=True)
    with closing(database_of(document, str(tmp_path / "config.json"))) as opened:
        assert opened.state.kind == kind


def test_secrets_that_the_gateway_moved_to_its_vault_are_not_compared(tmp_path: Path) -> None:
    row = columns("bedrock", ENTRY, value="vault.keys/k", bedrock_access_key="vault.keys/a#b")
    make_database(tmp_path / "config.db", row)
    store = {"enabled": True, "type": "sqlite", "config": {"path": str(tmp_path / "config.db")}}
    vault = {"enabled": True, "type": "hashicorp-vault"}
    for access, moved in (("read_and_write", True), ("read_only", False)):
        given = {**store, "vault_store": {**vault, "access_mode": access}}
        (read,) = read_database(given, tmp_path / "config.json").rows
        paths = {("value",), ("bedrock_key_config", "access_key")}
        assert paths <= read.unreadable if moved else not paths & read.unreadable
        assert ("value" in read.entry, "access_key" in read.entry["bedrock_key_config"]) == (
            not moved,
            not moved,
        )
        assert read.entry["bedrock_key_config"]["region"] == ENTRY["bedrock_key_config"]["region"]


def test_every_single_byte_may_be_damaged(tmp_path: Path) -> None:
    sound = make_database(tmp_path / "config.db", columns("openai", {"name": "k"})).read_bytes()
    start = sound.index(b"CREATE TABLE") if b"CREATE TABLE" in sound else sound.index(b"create table")
    reasons = set()
    for place in [*range(len(b"SQLite format 3\0"), 112), *range(start - 60, start + 120, 3)]:
        damaged = bytearray(sound)
        damaged[place] = 0xFF
        (tmp_path / "config.db").write_bytes(damaged)
        state = read_database(None, tmp_path / "config.json")
        reasons.add(state.reason)
        assert state.in_doubt or state.kind == "read"
    assert "damaged" in reasons


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "SENTINEL"), "damaged"),
        (OverflowError("SENTINEL"), "damaged"),
        (MemoryError(), "damaged"),
        (sqlite3.OperationalError("SENTINEL"), "damaged"),
        (OSError("SENTINEL"), "damaged"),
    ],
)
def test_no_exception_leaves_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": "k"}))

    def fail(*_: Any, **__: Any) -> sqlite3.Connection:
        raise error

    monkeypatch.setattr(sqlite3, "connect", fail)
    state = read_database(None, tmp_path / "config.json")
    assert (state.kind, state.reason, state.in_doubt) == ("unreadable", reason, True)
    assert "SENTINEL" not in state.why


@pytest.mark.parametrize(
    ("content", "in_doubt"),
    [(b"", False), (b"not a database", True), (None, True), ("create table other (a)", True), ("", False)],
)
def test_only_a_database_that_may_contain_keys_is_in_doubt(
    tmp_path: Path, content: Any, in_doubt: bool
) -> None:
    path = tmp_path / "config.db"
    if content is None:
        path.mkdir()
    elif isinstance(content, str):
        connection = sqlite3.connect(path)
        connection.execute(content)
        connection.execute("pragma user_version = 1")
        connection.close()
    else:
        path.write_bytes(content)
    assert read_database(None, tmp_path / "config.json").in_doubt is in_doubt


def test_the_providers_own_settings_are_read(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "config.db")
    connection.executescript(
        "create table config_providers (id integer primary key, name, network_config_json, proxy_config_json,"
        " send_back_raw_response, config_hash, encryption_status);"
        "create table config_keys (id integer primary key, provider, name, key_id, value, config_hash);"
        "insert into config_providers values"
        """ (1, 'openai', '{"base_url": "http://h"}', '', 1, 'abc', null);"""
        "insert into config_providers values (2, 'groq', '{', '', 0, null, 'plain_text');"
        "insert into config_providers values (3, 'xai', '{}', 'c2Vj', 0, 'def', 'encrypted');"
    )
    connection.close()
    settings = {"network_config": {"base_url": "http://h"}, "send_back_raw_response": True}
    assert read_database(None, tmp_path / "config.json").provider_rows == (
        ProviderRow("openai", "abc", settings),
        ProviderRow("groq", "", None),
        ProviderRow("xai", "def", None),
    )


def test_a_path_of_the_gateway_is_tried_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    make_database(tmp_path / "data" / "keys.db")
    here = str(tmp_path / "data" / "keys.db")
    for config_path, named, guessed in (
        (tmp_path / "config.json", "data/keys.db", True),
        (tmp_path / "data" / "config.json", "../nowhere/keys.db", True),
        (tmp_path / "data" / "config.json", "/app/data/keys.db", True),
        (tmp_path / "config.json", here, False),
    ):
        found = find_database(sqlite_at(named), config_path)
        assert (found.kind, found.path, found.guessed) == ("read", here, guessed)


def test_the_database_is_looked_for_next_to_a_link_to_the_file_first(tmp_path: Path) -> None:
    for folder in ("home", "dotfiles"):
        (tmp_path / folder).mkdir()
    (tmp_path / "dotfiles" / "config.json").touch()
    (tmp_path / "home" / "config.json").symlink_to(tmp_path / "dotfiles" / "config.json")
    make_database(tmp_path / "dotfiles" / "config.db")
    link = tmp_path / "home" / "config.json"
    assert find_database(None, link).path == str(tmp_path / "dotfiles" / "config.db")
    make_database(tmp_path / "home" / "config.db")
    assert find_database(None, link).path == str(tmp_path / "home" / "config.db")


def test_a_stream_has_no_database() -> None:
    assert read_database(None, None) == DatabaseState("absent")


@pytest.mark.parametrize("name", ["with space?&#%.db", "ü.db", b"\xff.db".decode(errors="surrogateescape")])
def test_an_odd_path_is_opened_as_it_is(tmp_path: Path, name: str) -> None:
    make_database(tmp_path / "plain.db")
    os.rename(tmp_path / "plain.db", tmp_path / name)
    assert read_database(sqlite_at(str(tmp_path / name)), tmp_path / "config.json").kind == "read"


def test_sqlite_is_not_imported_without_a_database(tmp_path: Path) -> None:
    code = (
        "import sys; from bifrost_keys.stores.config_file.gateway_database import open_database; "
        "assert open_database(None, sys.argv[1]).state.kind == 'absent'; print('sqlite3' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "config.json")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_rows_prove_the_recipe_of_the_release_that_wrote_them(tmp_path: Path) -> None:
    entry = {"name": "k", "value": "env.OPENAI_API_KEY", "weight": 1}
    literal = {"name": "l", "value": "sk-test-SENTINEL", "weight": 1}
    for release in ((1, 5, 1), (1, 5, 16), (1, 6, 0)):
        folder = tmp_path / release_text(release)
        folder.mkdir()
        rows = [columns("openai", known, release=release) for known in (literal, entry)]
        make_database(folder / "config.db", *rows)
        state = read_database(None, folder / "config.json")
        proved = database_basis(state)
        assert proved is not None
        assert (recipe_of(proved.release), proved.source) == (recipe_of(release), "proved")
        alone = database_basis(state._replace(rows=ListedRows(list(state.rows)[:1]), columns=frozenset()))
        assert alone is None


def test_an_entry_proves_the_recipe_of_a_row_that_was_edited_in_the_web_page(tmp_path: Path) -> None:
    entry = {"name": "k", "value": "env.OPENAI_API_KEY", "weight": 1}
    make_database(tmp_path / "config.db", columns("openai", entry, release=(1, 5, 16), weight=0.25))
    state = read_database(None, tmp_path / "config.json")
    assert database_basis(state) is None
    assert database_basis(state, [entry]) == HashBasis((1, 5, 16), "proved")


def test_a_hash_that_the_file_records_proves_nothing(tmp_path: Path) -> None:
    entry = {"name": "k", "value": "env.OPENAI_API_KEY", "weight": 1}
    ours = {**entry, "config_hash": key_hash(entry)}
    make_database(tmp_path / "config.db", columns("openai", entry, release=(1, 6, 0)))
    state = read_database(None, tmp_path / "config.json")
    assert database_basis(state, [entry]) == HashBasis(NEWEST, "proved")
    assert database_basis(state, [ours]) is None


@pytest.mark.parametrize("release", ["1.5.1", "1.5.16"])
def test_databases_of_running_gateways_are_read(release: str) -> None:
    config = OBSERVED / release / "config.json"
    if not config.exists():
        pytest.skip(f"the databases of release {release} are not here")
    before = listing(config.parent)
    state = read_database(None, config)
    assert (state.kind, len(list(state.rows)), state.providers) == ("read", 11, {"azure", "openai"})
    assert {row.name: row.entry for row in state.rows}["azure-env-endpoint"] == {
        "id": "00000000-0000-4000-8000-000000000010",
        "name": "azure-env-endpoint",
        "value": "env.AZURE_API_KEY",
        "models": ["*"],
        "weight": 1.0,
        "enabled": True,
        "use_for_batch_api": False,
        "azure_key_config": {"endpoint": "env.AZURE_ENDPOINT"},
    }
    assert listing(config.parent) == before


@pytest.mark.parametrize(
    ("ids", "release"),
    [
        (["add_feature_flags_table"], (1, 5, 3)),
        (["add_feature_flags_table", "drop_azure_api_version_column"], (1, 5, 5)),
        (["drop_azure_api_version_column", "add_dump_errors_in_console_logs_column", "x"], (1, 6, 0)),
        (["add_use_openai_endpoints_column", "add_bedrock_mantle_key_columns"], (2, 2, 0)),
        (["something_of_old"], (1, 5, 1)),
    ],
)
def test_migrations_show_the_release_before_the_columns_do(
    tmp_path: Path, ids: list[str], release: Release
) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": "k"}))
    connection = sqlite3.connect(tmp_path / "config.db")
    connection.execute("create table migrations (id text primary key)")
    connection.executemany("insert into migrations values (?)", [(each,) for each in ids])
    connection.commit()
    connection.close()
    state = read_database(None, tmp_path / "config.json")
    assert state.migrations == set(ids)
    assert database_basis(state) == HashBasis(release, "shown")


@pytest.mark.parametrize(
    "release", [(1, 5, 1), (1, 6, 3), (1, 6, 4), (1, 6, 5), (2, 0, 0), (2, 1, 0), (2, 2, 0)]
)
def test_columns_show_the_release_without_migrations(tmp_path: Path, release: Release) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": "k"}, release=release))
    assert database_basis(read_database(None, tmp_path / "config.json")) == HashBasis(release, "shown")


def test_columns_of_a_release_without_new_ones_show_nothing(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("openai", {"name": "k"}, release=(1, 5, 5)))
    assert database_basis(read_database(None, tmp_path / "config.json")) is None
