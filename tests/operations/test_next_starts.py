"""The forecast of ``keys status``, compared with recorded restarts, and its words."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from bifrost_keys.operations.status import StatusReport, status
from bifrost_keys.stores.config_file.store import FileStore
from tests.gateway_database import columns, make_database

RECORDED = Path(__file__).parents[3] / "shared" / "gateway" / "http"
SECRET = "sk-test-SENTINEL-000000000000000001"
Listed = set[tuple[str, str, bool, float]]  # provider, name, enabled, weight


def report(folder: Path, config: dict[str, Any], release: str | None = None) -> StatusReport:
    (folder / "config.json").write_text(json.dumps(config))
    with closing(FileStore(folder / "config.json", release=release)) as store:
        return status(store.read())


def predicted(told: StatusReport, config: dict[str, Any], rows: list[dict[str, Any]], start: int) -> Listed:
    """Return the keys that the forecast serves after this start, each with the weight of its source."""
    keys = {
        (provider, key["name"]): key for provider, its in config["providers"].items() for key in its["keys"]
    }
    found = set()
    for key in told.keys:
        assert key.starts is not None
        for served in key.starts[start]:
            side = (
                keys[key.provider, key.name]
                if served.source == "file"
                else row_of(rows, key.row_name or key.name)
            )
            found.add((key.provider, served.name, bool(served.enabled), float(side["weight"])))
    return found


def row_of(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in rows if row["name"] == name)


def listed(provider: str, answer: dict[str, Any]) -> Listed:
    return {(provider, key["name"], key["enabled"], float(key["weight"])) for key in answer["keys"]}


@pytest.mark.parametrize("release", ["1.5.1", "1.6.0"])
def test_the_starts_of_running_gateways_are_those_that_were_predicted(tmp_path: Path, release: str) -> None:
    recording = RECORDED / f"{release}-restart.jsonl"
    if not recording.exists():
        pytest.skip(f"the recording of release {release} is not here")
    lines = [json.loads(line) for line in recording.read_text(encoding="utf-8").splitlines()]
    config = next(line["config.json"] for line in lines if line.get("event") == "start")
    steps: dict[str, Any] = {}
    for line in lines:
        if "request" in line and line["request"]["method"] == "GET" and "keys" in (line.get("answer") or {}):
            steps.setdefault(line["step"], line["answer"])
    entries = config["providers"]["openai"]["keys"]
    before = {key["name"]: key["id"] for key in steps["list before"]["keys"]}
    taken = {
        before[entry["name"]]: key_hash(entry, (1, 5, 1) if release == "1.5.1" else (1, 6, 0))
        for entry in entries
    }
    rows = [
        columns("openai", {**key, "value": key["value"]["value"]}, config_hash=taken.get(key["id"], ""))
        for key in steps["list after the changes"]["keys"]
    ]
    rows.append(columns("groq", {"name": "made-on-groq", "weight": 1}, config_hash=""))
    write_database(tmp_path, rows, config)

    told = report(tmp_path, config)
    for number in (1, 2):
        groq = steps[f"list of the added provider after restart {number}"]
        recorded = listed("openai", steps[f"list after restart {number}"]) | listed("groq", groq)
        assert predicted(told, config, rows, number - 1) == recorded

    for name in ("weighted", "rotated"):
        row_of(entries, name)["weight"] = 3
    rows = [
        columns("openai", {**key, "value": key["value"]["value"]}, config_hash=key["config_hash"])
        for key in steps["list after restart 2"]["keys"]
    ]
    write_database(tmp_path, rows, config)
    assert predicted(report(tmp_path, config), config, rows, 0) == listed(
        "openai", steps["list after restart 3"]
    )


def write_database(folder: Path, rows: list[dict[str, Any]], config: dict[str, Any]) -> None:
    """A database of these rows in which the providers' settings are those of the file."""
    (folder / "config.db").unlink(missing_ok=True)
    make_database(folder / "config.db", *rows)
    connection = sqlite3.connect(folder / "config.db")
    for name, settings in config["providers"].items():
        network = settings["network_config"]
        text = json.dumps(
            {
                **{
                    each: network[each]
                    for each in ("base_url", "default_request_timeout_in_seconds", "max_retries")
                },
                "retry_backoff_initial": 0,
                "retry_backoff_max": 0,
            },
            separators=(",", ":"),
        )
        digest = hashlib.sha256((name + text).encode()).hexdigest()
        connection.execute("update config_providers set config_hash = ? where name = ?", (digest, name))
    connection.commit()
    connection.close()


def entry(made: str, **fields: Any) -> dict[str, Any]:
    own = {"value": SECRET, "models": ["*"], "weight": 1, "enabled": True}
    return {"id": f"id-{made}", "name": made, **own, **fields}


def row(taken: str, **edited: Any) -> dict[str, Any]:
    return columns("openai", entry(taken), **edited)


KEEPS = "keeps what the web UI changed"
TAKEN = "takes the key from the file, over whatever the web UI changed"
UNKNOWN = "takes the key from the file or keeps the database's values: only the gateway knows which"
LOST = "takes the key from the file: what the web UI changed is lost"
INTO = "takes the key from the file, into the row of"
ON_AGAIN = "; the start after it turns it on again"
OFF_AGAIN = "; the start after it turns it off again"
ADDED = "adds the key, even if it was deleted in the web UI"
MIXED = "mixes it up with groq/a: ids and names are unique over all providers"
NOT_SERVED = "does not serve the key, because its provider's own settings changed; the start after it does"
STAYS = "goes on using the key: added in the web UI, or removed from the file"


@pytest.mark.parametrize(
    ("entries", "rows", "told"),
    [
        ([entry("a")], [row("a")], ["nothing changes"]),
        ([entry("a")], [row("a", weight=2.0)], [KEEPS]),
        ([entry("a")], [row("a", enabled=0)], [KEEPS]),
        ([entry("a", weight=2)], [row("a")], [TAKEN]),
        ([entry("a", weight=2)], [row("a", enabled=0)], [TAKEN + OFF_AGAIN]),
        ([entry("a", enabled=False)], [row("a")], [f"takes the key from the file{ON_AGAIN}"]),
        (
            [entry("a", enabled=False)],
            [columns("openai", entry("a", enabled=False), enabled=1)],
            ["keeps the database's state"],
        ),
        ([entry("a", enabled=False, blacklisted_models=["*"])], [row("a")], [TAKEN]),
        (
            [entry("a")],
            [row("a", config_hash="0" * 64)],
            ["takes the key from the file again: its hash differs, its fields are the same"],
        ),
        ([{**entry("a"), "name": "b"}], [row("a")], [f"{TAKEN}; a is also served, until the start after it"]),
        (
            [entry("a")],
            [row("a", name="web", value="sk-test-SENTINEL-web")],
            [f"{LOST}; web is also served, until the start after it"],
        ),
        ([entry("b", id="")], [row("a")], [ADDED, STAYS]),
        (
            [entry("a", name="b", value="env.A"), entry("b", name="a")],
            [columns("openai", entry("a", value="env.A")), row("b")],
            [f"{INTO} openai/b", f"{INTO} openai/a"],
        ),
        ([entry("a", name="b"), entry("b", name="a")], [row("a"), row("b")], ["nothing changes"] * 2),
        (
            [entry("b", name="a", value="env.B")],
            [row("a"), row("b")],
            [
                f"{INTO} openai/a; b is also served, and stays",
                "replaces it with the key of the file that has its name",
            ],
        ),
        ([entry("a", aliases={"x": "1", "y": "2"})], [row("a")], [UNKNOWN]),
        ([], [row("a")], [STAYS]),
        ([entry("a")], [columns("groq", entry("a"))], [MIXED]),
        (
            [entry("a", name="g")],
            [row("a"), columns("groq", entry("g"))],
            ["fails: the key has the id of one row and the name of another", STAYS],
        ),
    ],
)
def test_what_the_next_start_does_is_said_in_words(
    tmp_path: Path, entries: list[dict[str, Any]], rows: list[dict[str, Any]], told: list[str]
) -> None:
    make_database(tmp_path / "config.db", *rows, providers=("openai",))
    found = report(tmp_path, {"providers": {"openai": {"keys": entries}}})
    assert [key.next_start for key in found.keys] == told


def test_a_change_of_the_providers_own_settings_takes_every_key_from_the_file(tmp_path: Path) -> None:
    rows = [row("a", weight=2.0), row("b"), row("only-web")]
    make_database(tmp_path / "config.db", *rows)
    network = {"network_config": {"base_url": "http://h", "max_retries": 1}}
    told = report(tmp_path, {"providers": {"openai": {**network, "keys": [entry("a"), entry("b")]}}})
    assert [key.next_start for key in told.keys] == [
        "takes the key from the file: what the web UI changed is lost",
        "takes the key from the file again: its hash differs, its fields are the same",
        NOT_SERVED,
    ]
    assert [notice.code for notice in told.notices] == ["provider-settings-changed"]


def test_settings_that_differ_and_may_not_be_the_files_are_said_with_both_outcomes(tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", row("a", weight=2.0), row("b", weight=2.0), row("only-web"))
    headers = {"network_config": {"extra_headers": {"a": "b"}}}
    told = report(
        tmp_path, {"providers": {"openai": {**headers, "keys": [entry("a"), entry("b", weight=3)]}}}
    )
    other = "; if the file changed its provider's own settings: "
    assert [key.next_start for key in told.keys] == [
        f"{KEEPS}{other}takes the key from the file: what the web UI changed is lost",
        TAKEN,
        f"{STAYS}{other}{NOT_SERVED}",
    ]
    assert [notice.code for notice in told.notices] == ["provider-settings-differ"]


@pytest.mark.parametrize(
    ("made_by", "starts", "taken"),
    [
        ((1, 5, 1), "1.5.4", []),
        ((1, 5, 1), "1.5.16", ["azure"]),
        ((1, 5, 1), "2.2.6", ["azure", "reference"]),
        ((1, 5, 5), "1.6.0", ["azure", "reference"]),
        ((1, 6, 0), "2.2.6", []),
    ],
)
def test_the_first_start_of_another_release_takes_the_keys_that_it_hashes_otherwise(
    tmp_path: Path, made_by: tuple[int, int, int], starts: str, taken: list[str]
) -> None:
    azure = entry("azure", azure_key_config={"endpoint": "https://h", "api_version": "2024-10-21"})
    reference, literal = entry("reference", value="env.OPENAI_API_KEY"), entry("literal")
    rows = [
        columns("azure", azure, release=made_by, weight=5.0),
        columns("openai", reference, release=made_by, weight=5.0),
        columns("openai", literal, release=made_by, weight=5.0),
    ]
    make_database(tmp_path / "config.db", *rows)
    config = {"providers": {"azure": {"keys": [azure]}, "openai": {"keys": [reference, literal]}}}
    told = report(tmp_path, config, release=starts)
    lost = "takes the key from the file: what the web UI changed is lost"
    assert [key.name for key in told.keys if key.next_start == lost] == taken
    assert [key.name for key in told.keys if key.next_start == KEEPS] == [
        name for name in ("azure", "reference", "literal") if name not in taken
    ]
    notices = [notice for notice in told.notices if notice.code == "upgrade-takes-keys"]
    assert len(notices) == bool(taken)
    for notice in notices:
        assert all(name in notice.message for name in taken)


@pytest.mark.parametrize(
    ("settings", "starts", "changed"),
    [
        ({"custom_provider_config": {"base_provider_type": "openai"}}, "2.1.0", True),
        ({"custom_provider_config": {"base_provider_type": "openai"}}, "2.0.0", False),
        ({"proxy_config": {"type": "http", "url": "http://p"}}, "2.0.0", False),
    ],
)
def test_an_upgrade_takes_the_settings_that_it_hashes_otherwise(
    tmp_path: Path, settings: dict[str, Any], starts: str, changed: bool
) -> None:
    made = columns("acme", entry("a"), release=(1, 6, 3))
    make_database(tmp_path / "config.db", made)
    connection = sqlite3.connect(tmp_path / "config.db")
    for name, value in settings.items():
        connection.execute(f"update config_providers set {name}_json = ?", (json.dumps(value),))
    connection.commit()
    connection.close()
    told = report(tmp_path, {"providers": {"acme": {**settings, "keys": [entry("a")]}}}, release=starts)
    assert ("provider-settings-changed" in [notice.code for notice in told.notices]) is changed
