"""keys status: the file compared with the gateway's database, and the next start."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_database import columns, insert, make_database
from tests.program import Program, listing
from tests.sentinel import SECRET

OBSERVED = Path(__file__).parents[3] / "shared" / "gateway" / "database"


def entry(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "value": SECRET, "models": ["*"], "weight": 1, **fields}


def write(folder: Path, *keys: dict[str, Any], **top: Any) -> Path:
    config = folder / "config.json"
    config.write_text(json.dumps({"$schema": "x", "providers": {"openai": {"keys": keys}}, **top}))
    return config


def states(told: Any) -> dict[str, tuple[str, list[str]]]:
    return {key["name"]: (key["state"], key["fields"]) for key in told["keys"]}


@pytest.mark.parametrize("release", ["1.5.1", "1.5.16"])
def test_edits_of_the_keys_of_a_running_gateway_are_reported(call: Any, tmp_path: Path, release: str) -> None:
    if not (OBSERVED / release).exists():
        pytest.skip(f"the databases of release {release} are not here")
    for name in ("config.json", "config.db"):
        shutil.copyfile(OBSERVED / release / name, tmp_path / name)
    before = listing(tmp_path)
    ran = call("--config", "config.json", "status", "-o", "json", "--exit-code")
    assert ran.code == 10
    assert states(ran.json) == {
        "in-sync": ("in-sync", []),
        "edited-in-web": ("changed-in-web", ["weight"]),
        "changed-in-file": ("changed-in-file", ["weight"]),
        "renamed-new": ("renamed", []),
        "disabled-in-web": ("changed-in-web", ["enabled"]),
        "disabled-in-file": ("will-be-undone", ["enabled"]),
        "many-aliases": ("in-sync", []),
        "no-id": ("in-sync", []),
        "only-in-file": ("only-in-file", []),
        "azure-env-endpoint": ("in-sync", []),
        "deleted-from-file": ("only-in-gateway", []),
        "added-in-web": ("only-in-gateway", []),
    }
    by_fields = [key["name"] for key in ran.json["keys"] if key["by_fields"]]
    assert by_fields == ["many-aliases", "azure-env-endpoint"]
    assert (
        ran.json["recipe"] == {"1.5.1": "1.5.1", "1.5.16": None}[release]
    )  # its hashes are those of the file
    # The file that came with the database has lost the providers' own settings.
    assert {each["code"] for each in ran.json["warnings"]} == {"provider-settings-differ"}
    assert [key["name_in_database"] for key in ran.json["keys"] if key["name_in_database"]] == ["renamed-old"]
    assert listing(tmp_path) == before


def test_file_and_database_in_step_exit_0(run: Program, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), entry("two"))
    make_database(tmp_path / "config.db", columns("openai", entry("one")), columns("openai", entry("two")))
    ran = run("status", "--config", "config.json", "--exit-code")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split("\t")[1:3] for line in ran.out.splitlines()] == [
        ["name", "state"],
        ["one", "in sync"],
        ["two", "in sync"],
    ]
    shown = run.on_terminal("status", "--config", "config.json", columns=200, env={"NO_COLOR": "1"}).out
    assert shown.startswith(f"database: {tmp_path / 'config.db'}\r\n")
    assert shown.endswith("2 keys, 2 in sync\r\n")


def test_a_key_that_cannot_be_compared_by_hash_is_said_to_be_compared_by_its_fields(
    call: Any, tmp_path: Path
) -> None:
    aliases = entry("one", aliases={"a": "x", "b": "y"})
    reference = entry("two", ollama_key_config={"url": "env.OLLAMA_URL"})
    write(tmp_path, aliases, {**reference, "weight": 3})
    rows = [columns("openai", key, config_hash="0" * 64) for key in (aliases, reference)]
    make_database(tmp_path / "config.db", *rows)
    out = call("status", "--config", "config.json").out
    assert "in sync; cannot be compared by hash" in out
    assert "differs, side unknown (weight); cannot be compared by hash" in out


def test_output_of_names_lists_only_the_keys_that_differ(call: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), entry("two", weight=2))
    make_database(tmp_path / "config.db", columns("openai", entry("one")), columns("openai", entry("two")))
    ran = call("status", "--config", "config.json", "-o", "name")
    assert (ran.code, ran.out) == (0, "openai/two\n")


def test_a_release_that_disagrees_with_the_database_gets_advice(call: Any, tmp_path: Path) -> None:
    key = entry("one", value="env.OPENAI_API_KEY")
    write(tmp_path, key)
    make_database(tmp_path / "config.db", columns("openai", key, release=(1, 5, 1)))
    ran = call("status", "--config", "config.json", "--gateway-release", "1.6.0", "-o", "json")
    assert [(each["code"], each["hint"]) for each in ran.json["warnings"]] == [
        (
            "upgrade-takes-keys",
            "see keys help upgrading",
        )
    ]
    agrees = call("status", "--config", "config.json", "--gateway-release", "1.5.3", "-o", "json")
    assert agrees.json["warnings"] == []


def test_a_stale_hash_in_the_file_is_reported(call: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one", config_hash="0" * 64), config_store={"enabled": False})
    ran = call("status", "--config", "config.json", "-o", "json", "--exit-code")
    assert ran.code == 0
    assert [key["recorded_hash"] for key in ran.json["keys"]] == ["stale"]
    assert [each["code"] for each in ran.json["warnings"]] == ["hash-stale"]


def test_fields_in_other_case_are_read_as_the_gateway_reads_them(call: Any, tmp_path: Path) -> None:
    write(tmp_path, {name.upper(): value for name, value in entry("one", enabled=False).items()})
    make_database(tmp_path / "config.db", columns("openai", entry("one", enabled=True)))
    ran = call("status", "--config", "config.json", "-o", "json")
    assert states(ran.json) == {"one": ("will-be-undone", ["enabled"])}


def test_a_hash_that_only_the_gateway_knows_is_not_called_stale(call: Any, tmp_path: Path) -> None:
    unknowable = [
        entry("aliases", aliases={"a": "x", "b": "y"}, config_hash="0" * 64),
        entry("reference", ollama_key_config={"url": "env.OLLAMA_URL"}, config_hash="0" * 64),
        entry("object", config_hash={"SENTINEL": 1}),
    ]
    write(tmp_path, *unknowable)
    ran = call("status", "--config", "config.json", "-o", "json")
    assert [key["recorded_hash"] for key in ran.json["keys"]] == [
        *("computed-by-the-gateway", "computed-by-the-gateway", "stale")
    ]
    assert [each["name"] for each in ran.json["warnings"]] == ["object"]


def test_if_the_file_is_the_source_of_truth_the_next_start_takes_it(call: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), source_of_truth="config.json")
    rows = [columns("openai", entry("one"), weight=3.0), columns("openai", entry("gone"))]
    make_database(tmp_path / "config.db", *rows)
    told = call("status", "--config", "config.json", "-o", "json").json
    assert [(key["state"], key["next_start"]) for key in told["keys"]] == [
        ("changed-in-web", "takes the key from the file: what the web UI changed is lost"),
        ("only-in-gateway", "removes the key"),
    ]


def test_a_key_that_the_file_moved_to_another_provider_is_reported(call: Any, tmp_path: Path) -> None:
    config = {"$schema": "x", "providers": {"groq": {"keys": [entry("one")]}}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    make_database(tmp_path / "config.db", columns("openai", entry("one")))
    ran = call("status", "--config", "config.json", "-o", "json", "--exit-code")
    assert (ran.code, states(ran.json)) == (10, {"one": ("changed-in-file", ["provider"])})
    assert [key["next_start"] for key in ran.json["keys"]] == [
        "mixes it up with openai/one: ids and names are unique over all providers"
    ]


@pytest.mark.parametrize("rows", [[columns("openai", entry("one"))], []])
def test_a_second_entry_of_one_name_is_not_reported_as_added(
    call: Any, tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    write(tmp_path, entry("one"), entry("one", id="other"))
    make_database(tmp_path / "config.db", *rows)
    told = call("status", "--config", "config.json", "-o", "json").json
    assert [key["next_start"] for key in told["keys"]][1:] == [
        f"mixes it up{' with openai/one' if rows else ''}: ids and names are unique over all providers"
    ]


def test_the_gateways_record_is_shown_without_the_secret_in_it(call: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"))
    description = f"\x1b[31mwrong key {SECRET}"
    row = columns("openai", entry("one"), status="list_models_failed", description=description)
    make_database(tmp_path / "config.db", row)
    ran = call("status", "--config", "config.json")
    assert "list_models_failed" in ran.out
    assert "\\x1b[31mwrong key sk-t************************cdef" in ran.out


def test_no_note_of_the_gateway_contains_a_secret(call: Any, tmp_path: Path) -> None:
    other = "plain-SENTINEL"
    url = {"url": "http://user:SENTINEL@h:1"}
    write(tmp_path, entry("one"), entry("two", value=other), entry("three", ollama_key_config=url))
    notes = {"one": f"no {other}.", "two": "no sk-proj-SENTINEL-0123456789", "three": f"at {url['url']}/x"}
    rows = [
        columns("openai", entry(name), status=SECRET, description=note, value="c2VjcmV0")
        for name, note in notes.items()
    ]
    make_database(tmp_path / "config.db", *rows)
    ran = call("status", "--config", "config.json", "-o", "json")
    masked = "sk-t************************cdef"
    assert [(key["status"], key["description"]) for key in ran.json["keys"]] == [
        (masked, "no ********."),
        (masked, "no sk-p************************6789"),
        (masked, "at http://********@h:1/x"),
    ]


def test_a_note_is_shown_without_the_secret_of_any_other_key(call: Any, tmp_path: Path) -> None:
    secrets = {name: f"SENTINEL-of-{name}" for name in ("late", "moved", "gone")}
    one = entry("one", value="env.ONE")
    write(tmp_path, one, *(entry(name, value=secrets[name]) for name in ("late", "moved")))
    note = " ".join(secrets.values())
    make_database(
        tmp_path / "config.db",
        columns("openai", one, description=note),
        columns("openai", entry("gone", value=secrets["gone"])),
        columns("openai", entry("moved", value=secrets["moved"])),
    )
    ran = call("status", "--config", "config.json", "-o", "json")
    keys = {key["name"]: (key["state"], key["description"]) for key in ran.json["keys"]}
    assert (keys["late"][0], keys["gone"][0]) == ("only-in-file", "only-in-gateway")
    assert keys["one"][1] == "******** ******** ********"


@pytest.mark.parametrize(
    ("config_store", "kind", "code"),
    [
        ({"enabled": False}, "disabled", 0),
        (None, "absent", 4),
        ({"enabled": True, "type": "postgres"}, "postgres", 4),
        ({"enabled": True, "type": "sqlite", "config": {"path": "env.DB"}}, "unreadable", 4),
        ({"enabled": True, "type": "sqlite", "config": {"path": "broken.db"}}, "unreadable", 74),
    ],
)
def test_an_unreadable_database_is_reported_and_decides_the_exit_code(
    call: Any, tmp_path: Path, config_store: Any, kind: str, code: int
) -> None:
    top = {"config_store": config_store} if config_store is not None else {}
    write(tmp_path, entry("one"), **top)
    (tmp_path / "broken.db").write_bytes(b"no database")
    plain = call("status", "--config", "config.json")
    assert plain.code == 0
    assert plain.out == (
        "provider\tname\tstate\tnext start\tstatus\tdescription\n"
        f"openai\tone\t{'in sync' if code == 0 else 'not compared'}\t"
        f"{'takes the file' if code == 0 else 'not known from here'}\t-\t-\n"
    )
    assert plain.err.startswith("note: database: ") is (code != 0)
    ran = call("status", "--config", "config.json", "--exit-code", "-o", "json")
    assert (ran.code, ran.json["database"]["kind"]) == (code, kind)
    assert [key["state"] for key in ran.json["keys"]] == ["in-sync" if code == 0 else "not-compared"]


def test_a_gateway_that_has_its_database_open_is_not_disturbed(call: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), entry("two"))
    database = make_database(tmp_path / "config.db", columns("openai", entry("one")), wal=True)
    gateway = sqlite3.connect(database, isolation_level=None)
    insert(gateway, columns("openai", entry("two")))
    gateway.execute("begin immediate")
    before = listing(tmp_path)
    ran = call("status", "--config", "config.json", "--exit-code", "-o", "json")
    assert (ran.code, set(states(ran.json))) == (0, {"one", "two"})
    after = listing(tmp_path)
    assert {name: after[name] for name in after if not name.endswith("-shm")} == {
        name: before[name] for name in before if not name.endswith("-shm")
    }
    gateway.execute("rollback")
    gateway.close()


def test_on_a_terminal_the_next_start_is_described_below_the_table(run: Program, tmp_path: Path) -> None:
    write(tmp_path, entry("one", enabled=False))
    make_database(tmp_path / "config.db", columns("openai", entry("one", enabled=True)))
    out = run.on_terminal("status", "--config", "config.json", "--no-color").out.replace("\r\n", "\n")
    assert "will be undone (enabled)" in out
    told = "takes the key from the file; the start after it turns it on again"
    assert f"at its next start the gateway will be undone (1): {told} " in " ".join(out.split())


def test_on_a_terminal_every_effect_of_the_next_start_is_described(run: Program, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), entry("two"), entry("three"), entry("three"))
    rows = [columns("openai", entry("one"), config_hash=""), columns("openai", entry("two"))]
    make_database(tmp_path / "config.db", *rows)
    out = run.on_terminal("status", "--config", "config.json", "--no-color").out.replace("\r\n", "\n")
    assert out.split("at its next start the gateway\n")[1].startswith(
        "  in sync (1): takes the key from the file again: its hash differs, its fields\n"
        "    are the same\n"
        "  only in the file (2): mixes it up: ids and names are unique over all providers\n"
    )


def test_a_stream_has_no_database_beside_it(call: Any, tmp_path: Path) -> None:
    text = json.dumps({"providers": {"openai": {"keys": [entry("one")]}}})
    ran = call("status", "--config", "-", "-o", "json", "--exit-code", stdin=text)
    assert (ran.code, ran.json["database"]["kind"]) == (4, "absent")


def test_secrets_in_the_columns_of_json_are_never_printed(call: Any, tmp_path: Path) -> None:
    """Later releases store the value of a reference next to it, in two columns."""
    resolved = {"value": "https://SENTINEL-0123456789abcdef", "ref": "env.ENDPOINT", "type": "env"}
    literal = {"value": "https://SENTINEL-abcdef0123456789", "type": "plain_text"}
    key = entry(
        "one",
        bedrock_key_config={"region": "us-east-1", "endpoints": {"runtime": "env.ENDPOINT"}},
        aliases={"fast": {"model_id": "m", "region": "env.REGION"}},
    )
    config = {"$schema": "x", "providers": {"bedrock": {"keys": [key]}}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    stored = columns(
        "bedrock",
        key,
        bedrock_endpoints_json=json.dumps({"runtime": resolved, "mantle": literal}),
        aliases_json=json.dumps({"fast": {"model_id": "m", "region": resolved | {"ref": "env.REGION"}}}),
    )
    make_database(tmp_path / "config.db", stored)
    for form in ("json", "table", "name"):
        ran = call("status", "--config", "config.json", "-o", form)  # the outputs are searched for the secret
        assert ran.code == 0
    (told,) = call("status", "--config", "config.json", "-o", "json").json["keys"]
    assert told["fields"] == ["bedrock_key_config.endpoints"]
    refused = call("update", "one", "--weight", "2", "--config", "config.json")
    assert (refused.code, "SENTINEL" in refused.err) == (5, False)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (["add_model_config_scope_columns"], "a gateway of release 1.5.9 or later, before 1.5.12"),
        (["add_use_openai_endpoints_column"], "a gateway of release 2.2.0 or later"),
        ([], "a gateway of release 1.5.1 or later, before 1.5.5"),
    ],
)
def test_the_release_that_wrote_the_database_is_shown(
    run: Program, call: Any, tmp_path: Path, ids: list[str], told: str
) -> None:
    write(tmp_path, entry("one"))
    make_database(tmp_path / "config.db", columns("openai", entry("one"), release=(1, 5, 1)))
    if ids:
        connection = sqlite3.connect(tmp_path / "config.db")
        connection.execute("create table migrations (id text)")
        connection.executemany("insert into migrations values (?)", [(each,) for each in ids])
        connection.commit()
        connection.close()
    assert call("status", "--config", "config.json", "-o", "json").json["left_by"] == told
    shown = run.on_terminal("status", "--config", "config.json", columns=200).out
    assert f"the database was written by {told}" in shown


def test_a_release_older_than_the_database_is_reported(call: Any, tmp_path: Path) -> None:
    key = entry("one", value="env.OPENAI_API_KEY")
    write(tmp_path, key)
    make_database(tmp_path / "config.db", columns("openai", key))
    ran = call("status", "--config", "config.json", "--gateway-release", "1.5.1", "-o", "json")
    assert [each["code"] for each in ran.json["warnings"]] == ["release-disagrees"]
