"""keys check and keys hash on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from tests.gateway_database import columns, make_database
from tests.keys import LITERAL as KEY
from tests.program import Program

VECTORS = Path("../shared/gateway")
Keys = Callable[..., tuple[int, str, str]]


@pytest.fixture
def keys(call: Any) -> Keys:
    def run(*arguments: str) -> tuple[int, str, str]:
        ran = call(*arguments)
        return ran.code, ran.out, ran.err

    return run


def write(path: Path, *entries: dict[str, Any], provider: str = "openai") -> str:
    data = {"$schema": "https://www.getbifrost.ai/schema", "providers": {provider: {"keys": list(entries)}}}
    path.write_text(json.dumps(data, indent=2) + "\n")
    return str(path)


@pytest.mark.parametrize(
    ("change", "code", "strict"),
    [({}, 0, 0), ({"weight": 0}, 0, 1), ({"weight": -1}, 1, 1), ({"name": 5}, 1, 1)],
)
def test_exit_code_follows_from_the_findings(
    keys: Keys, tmp_path: Path, change: dict[str, Any], code: int, strict: int
) -> None:
    path = write(tmp_path / "config.json", {**KEY, **change})
    assert keys("check", path)[0] == code
    assert keys("check", path, "--strict")[0] == strict


def test_file_that_does_not_parse_is_one_more_fault(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"providers": {},\n}')
    code, out, _ = keys("check", str(tmp_path / "bad.json"), "-o", "json")
    (finding,) = json.loads(out)["files"][0]["findings"]
    assert (code, finding["severity"], finding["line"]) == (1, "error", 2)
    assert not finding["message"].startswith(str(tmp_path))


@pytest.mark.parametrize("more", [[], ["--config", "-"]])
def test_standard_input_is_one_file(keys: Keys, more: list[str]) -> None:
    code, out, err = keys("check", "-", "-", *more)
    assert (code, out) == (2, "")
    assert "standard input is asked for twice" in err


def test_missing_file_is_not_found(keys: Keys, tmp_path: Path) -> None:
    assert keys("check", str(tmp_path / "gone.json"))[0] == 4


def test_fix_mends_hash_and_spelling_and_nothing_else(keys: Keys, tmp_path: Path) -> None:
    entry = {
        "id": "i",
        "name": "one",
        "Value": KEY["value"],
        "models": ["*"],
        "weight": 1.0,
        "config_hash": "0" * 64,
    }
    path = Path(write(tmp_path / "config.json", entry))
    before = path.read_text().splitlines()
    assert keys("check", str(path), "--fix", "--dry-run")[0] == 0
    assert path.read_text().splitlines() == before
    assert keys("check", str(path), "--fix")[0] == 0
    after = path.read_text().splitlines()
    changed = [
        (old.strip().split(":")[0], new.strip().split(":")[0])
        for old, new in zip(before, after, strict=True)
        if old != new
    ]
    assert changed == [('"Value"', '"value"'), ('"config_hash"', '"config_hash"')]
    assert keys("check", str(path), "--strict")[0] == 0


@pytest.mark.parametrize(
    ("name", "release", "field"),
    [
        ("key-hashes.jsonl", "1.5.1", "hash_1_5_1"),
        ("key-hashes.jsonl", "1.6.0", "hash_1_5_12"),
        ("key-hashes-2.jsonl", "1.5.1", "hash_1_5_1"),
        ("key-hashes-2.jsonl", "1.5.16", "hash_1_5_5"),
        ("key-hashes-2.jsonl", "1.6.0", "hash_1_6_0"),
        ("key-hashes-2.jsonl", "2.2.6", "hash_2_2_6"),
    ],
)
def test_hash_command_reproduces_every_vector(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, release: str, field: str
) -> None:
    if not (VECTORS / name).is_file():
        pytest.skip("the gateway's own hashes are not beside this checkout")
    rows = [json.loads(line) for line in (VECTORS / name).read_bytes().splitlines()]
    found = 0
    for environ in {json.dumps(row["env"]): row["env"] for row in rows}.values():
        those = [row for row in rows if row["env"] == environ]
        path = write(tmp_path / "config.json", *(row["key"] for row in those))
        with monkeypatch.context() as patched:
            for variable, value in environ.items():
                patched.setenv(variable, value)
            _, out, _ = keys("hash", "--config", path, "--env", "--gateway-release", release, "-o", "json")
        hashes = [view["hash"] for view in json.loads(out)["keys"]]
        # Null if the release cannot load the key.
        known = [(digest, row[field]) for digest, row in zip(hashes, those, strict=True) if row[field]]
        assert [pair for pair in known if pair[0] != pair[1]] == []
        found += len(hashes)
    assert found == {"key-hashes.jsonl": 400, "key-hashes-2.jsonl": 200}[name]


def test_hash_shows_recorded_hashes_and_those_that_only_the_gateway_knows(keys: Keys, tmp_path: Path) -> None:
    azure = {**KEY, "name": "az", "azure_key_config": {"endpoint": "env.ENDPOINT"}}
    path = write(
        tmp_path / "config.json",
        KEY,
        {**KEY, "name": "two", "config_hash": "0" * 64},
        azure,
        provider="azure",
    )
    told = json.loads(keys("hash", "--config", path, "-o", "json")[1])
    assert [(view["match"], view["reproducible"]) for view in told["keys"]] == [
        (None, True),
        (False, True),
        (None, False),
    ]
    assert told["total"] == 3


def test_a_hash_that_the_environment_proves_is_said_to_be_equal(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENDPOINT", "https://h")
    azure = {**KEY, "azure_key_config": {"endpoint": "env.ENDPOINT"}}
    recorded = key_hash(azure, environ={"ENDPOINT": "https://h"})
    path = write(tmp_path / "config.json", {**azure, "config_hash": recorded}, provider="azure")
    assert keys("hash", "--config", path, "--env")[1].split()[-1] == "equal"
    assert "only the gateway knows it" in keys("hash", "--config", path)[1]


def test_fix_spells_every_field_of_a_key_as_the_gateway_has_it(keys: Keys, tmp_path: Path) -> None:
    """It works even if no other edit is possible, and nothing else in the file changes."""
    entry = {
        **KEY,
        "AZURE_key_config": {"Endpoint": "https://x", "api_version": "1"},
        "config_hash": "0" * 64,
    }
    entry["Name"], entry["ID"] = entry.pop("name"), entry.pop("id")
    data = {
        "$schema": "https://www.getbifrost.ai/schema",
        "providers": {"azure": {"keys": [entry]}},
        "client": {"initial_pool_size": 1},
    }
    path = tmp_path / "config.json"
    text = json.dumps(data, indent="\t", separators=(" ,", " :  ")).replace("\n", "\r\n")
    path.write_bytes(text.encode())
    assert keys("check", str(path), "--strict")[0] == 1
    assert keys("check", str(path), "--fix", "--dry-run", "--diff")[0] == 0
    assert path.read_bytes() == text.encode()
    assert keys("check", str(path), "--fix", "--strict")[0] == 0
    after = path.read_bytes().decode()
    for name in ("AZURE_key_config", "Endpoint", "Name", "ID"):
        text = text.replace(f'"{name}"', f'"{name.lower()}"')
    recorded = json.loads(after)["providers"]["azure"]["keys"][0]["config_hash"]
    assert after == text.replace("0" * 64, recorded)
    assert "nothing to change" in keys("check", str(path), "--fix")[1]
    assert path.read_bytes().decode() == after


def test_fix_spells_the_fields_inside_objects_and_aliases(keys: Keys, tmp_path: Path) -> None:
    bedrock = {
        "region": "us-east-1",
        "Endpoints": {"S3": "s3.example.com"},
        "batch_s3_config": {"buckets": [{"Bucket_Name": "b"}]},
    }
    entry = {**KEY, "Aliases": {"a": {"Model_ID": "m", "Region": "us-east-1"}}, "bedrock_key_config": bedrock}
    path = write(tmp_path / "config.json", entry, provider="bedrock")
    before = Path(path).read_text()
    assert keys("check", path, "--strict")[0] == 1
    assert keys("check", path, "--fix", "--strict")[0] == 0
    for name in ("Aliases", "Model_ID", "Region", "Endpoints", "S3", "Bucket_Name"):
        before = before.replace(f'"{name}"', f'"{name.lower()}"')
    assert Path(path).read_text() == before


@pytest.mark.parametrize(
    ("provider", "entry", "place"),
    [
        ("bedrock", {"bedrock_key_config": {"endpoints": {"s3": "a@b"}}}, "bedrock_key_config.endpoints.s3"),
        ("openai", {"aliases": {"x": {"model_id": "m", "region": "a@b"}}}, "aliases.x.region"),
    ],
)
def test_an_escape_that_the_gateway_misreads_is_found_inside_objects(
    keys: Keys, tmp_path: Path, provider: str, entry: dict[str, Any], place: str
) -> None:
    path = write(tmp_path / "config.json", {**KEY, **entry}, provider=provider)
    Path(path).write_text(Path(path).read_text().replace("a@b", "a\\/b"))
    found = json.loads(keys("check", path, "-o", "json")[1])["files"][0]["findings"]
    assert f"providers.{provider}.keys[0].{place}" in [
        each["path"] for each in found if each["code"] == "value-escape"
    ]


def test_fix_corrects_the_others_if_one_key_is_ambiguous(keys: Keys, tmp_path: Path) -> None:
    doubtful = {**KEY, "Value": "sk-test-SENTINEL-0002", "config_hash": "0" * 64}
    stale = {**KEY, "id": "j", "name": "two", "value": "sk-test-SENTINEL-0003", "config_hash": "0" * 64}
    path = Path(write(tmp_path / "config.json", doubtful, stale))
    code, out, err = keys("check", str(path), "--fix")
    assert (code, out.startswith("fixed openai/two")) == (1, True)
    assert "[member-duplicate]" in err
    assert err.count("[hash-stale]") == 1
    assert json.loads(path.read_text())["providers"]["openai"]["keys"][0] == doubtful
    assert "SENTINEL" not in out + err


def test_fix_refuses_the_same_files_as_every_edit(keys: Keys, tmp_path: Path) -> None:
    path = Path(write(tmp_path / "config.json", {**KEY, "Enabled": True}))
    text = path.read_text().replace('"keys"', '"keys": [], "KEYS"')
    path.write_text(text)
    code, _, err = keys("check", str(path), "--fix")
    assert (code, path.read_text()) == (78, text)
    assert "KEYS" in err


@pytest.mark.parametrize("around", ["{}", " {}", "Bearer {}", '"{}"', "a\x1b{}", '{{"key":"{}"}}', "env.{}"])
def test_secret_in_the_place_of_a_name_is_never_shown(keys: Keys, tmp_path: Path, around: str) -> None:
    name = around.format("sk-proj-SENTINELaB3dE6gH9jK2mN5pQ8sT1vW4")
    entry = {**KEY, "azure_key_config": {"endpoint": "https://x", name: 1}, name: {name: 2}, "Status": "x"}
    data = {"providers": {name: {name: 3}, "azure": {"keys": [entry], name: 4}}, name: 5}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(data))
    for form in ("table", "json", "name"):
        for fix in ((), ("--fix", "--dry-run"), ("--fix", "--dry-run", "--diff")):
            code, out, err = keys("check", str(path), "-o", form, *fix)
            assert code == 1
            assert "SENTINEL" not in out + err


def test_many_findings_alike_do_not_drown_the_others(keys: Keys, tmp_path: Path) -> None:
    entries = [{**KEY, "id": f"i{n}", "name": f"n{n}", "value": f"v{n}", "weight": 0} for n in range(50)]
    path = write(tmp_path / "config.json", *entries, {**KEY, "weight": -1})
    code, out, _ = keys("check", path)
    assert (code, out.count("[weight-negative]")) == (1, 1)
    assert out.count("counts as 0") == 20
    assert "  30 more [weight-zero]: -o name lists them all" in out.splitlines()
    assert out.splitlines()[-1] == "1 error, 50 warnings"
    for form in ("name", "json"):
        assert keys("check", path, "-o", form)[1].count("weight-zero") == 50


def test_every_file_is_named_by_its_real_path(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "good.json", {**KEY, "value": "env.A"})
    (tmp_path / "bad.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    told = json.loads(keys("check", "good.json", "bad.json", "-o", "json")[1])["files"]
    assert [file["path"] for file in told] == [str(tmp_path / name) for name in ("good.json", "bad.json")]
    assert "error: not JSON" in " ".join(keys("check", "bad.json", "-o", "name")[1].split(" "))


def test_file_that_cannot_be_opened_does_not_hide_the_others(keys: Keys, tmp_path: Path) -> None:
    entry = {**KEY, "value": "env.OPENAI_API_KEY"}
    good = write(tmp_path / "good.json", entry)
    bad = write(tmp_path / "bad.json", {**entry, "weight": -1})
    gone = str(tmp_path / "gone.json")
    code, out, err = keys("check", gone, bad, good, "-o", "json")
    assert (code, [file["verdict"] for file in json.loads(out)["files"]]) == (1, ["error", "ok"])
    assert json.loads(err)["error"]["exit_code"] == 4
    code, out, err = keys("check", good, gone, f"{gone}2")
    assert (code, out.splitlines()[-1]) == (4, "0 errors, 0 warnings")
    assert len(err.splitlines()) == 2
    assert keys("check", gone, gone)[1] == ""


def test_a_dry_run_of_fix_reports_and_exits_like_the_run_itself(keys: Keys, tmp_path: Path) -> None:
    path = write(tmp_path / "config.json", {**KEY, "weight": 0, "Status": "success"})
    for strict, code in (([], 0), (["--strict"], 1)):
        dry = keys("check", path, "--fix", "--dry-run", *strict)
        assert (dry[0], "left: " in dry[2]) == (code, True)
        assert keys("check", path, "--fix", "--dry-run", "-o", "json", *strict)[0] == code
    left = json.loads(keys("check", path, "--fix", "--dry-run", "-o", "json")[1])["findings"]
    real = keys("check", path, "--fix", "--strict")
    assert (real[0], real[2]) == (1, dry[2])
    assert [finding["code"] for finding in left] == ["weight-zero"]


@pytest.mark.parametrize("form", ["table", "json"])
def test_the_remaining_findings_also_decide_the_exit_code_of_a_stream(run: Program, form: str) -> None:
    text = json.dumps({"providers": {"openai": {"keys": [{"name": "a", "weight": -1, "Models": ["*"]}]}}})

    done = run("check", "--fix", "--config", "-", "--stdout", "-o", form, stdin=text)

    assert (done.code, "weight-negative" in done.err) == (1, True)
    assert json.loads(done.out)["providers"]["openai"]["keys"][0]["models"] == ["*"]


def test_the_json_of_fix_contains_the_remaining_findings(keys: Keys, tmp_path: Path) -> None:
    path = write(tmp_path / "config.json", {**KEY, "weight": -1, "Status": "success"})
    code, out, err = keys("check", path, "--fix", "-o", "json")
    told = json.loads(out)
    assert (code, err, told["changed"]) == (1, "", True)
    assert [finding["code"] for finding in told["findings"]] == ["weight-negative"]


def test_a_finding_names_its_place_its_key_and_the_command_for_this_file(keys: Keys, tmp_path: Path) -> None:
    nameless = {name: value for name, value in KEY.items() if name != "name"} | {"value": "env.A"}
    stale = {**KEY, "id": "j", "name": "back up", "value": "env.B", "weight": 0, "config_hash": "0" * 64}
    path = write(tmp_path / "my config.json", nameless, stale)

    out = keys("check", path)[1]

    command = f"keys --config '{path}'"
    unused = "the key is drawn only when every weight is 0"
    stale_hash = "is not the hash of this key: the gateway may drop what was changed in its web UI"
    assert out.splitlines() == [
        f"{path}:6:9: error: openai/#1: name is missing: nothing can refer to the key [name-missing]",
        f"    fix: {command} check --fix gives it one, or: {command} rename 'openai/#1' NAME",
        f"{path}:22:21: warning: openai/back up: weight counts as 0: {unused} [weight-zero]",
        "    fix: give 0.01 or more",
        f"{path}:24:26: warning: openai/back up: config_hash {stale_hash} [hash-stale]",
        f"    fix: {command} check --fix",
        "1 error, 2 warnings",
    ]


def test_commands_in_hints_follow_the_way_the_file_was_named(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "config.json", {**KEY, "config_hash": "0" * 64})
    monkeypatch.chdir(tmp_path)
    for arguments, command in (
        ((), "keys check --fix"),
        (("--config", path), f"keys --config {path} check --fix"),
        (("--app-dir", str(tmp_path)), f"keys --app-dir {tmp_path} check --fix"),
    ):
        told = json.loads(keys("check", *arguments, "-o", "json")[1])
        assert [each["hint"] for each in told["files"][0]["findings"]] == [command]


def test_an_effect_is_shown_only_if_it_says_more(keys: Keys, tmp_path: Path) -> None:
    path = write(tmp_path / "config.json", {**KEY, "value": " ", "models": []})
    out = keys("check", path)[1]
    assert "    the gateway never uses the key, or every request with it fails\n" in out
    assert out.count("the key serves no model") == 1
    assert "less than" not in out


def test_fix_assigns_free_names_and_moves_deployments(keys: Keys, tmp_path: Path) -> None:
    azure = {"endpoint": "https://x.openai.azure.com", "deployments": {"gpt-4o": "mine"}}
    nameless = {name: value for name, value in KEY.items() if name != "name"}
    entries = [
        {**nameless, "value": "env.A", "azure_key_config": azure},
        {**nameless, "id": "j", "name": "azure-1", "value": "env.B", "azure_key_config": azure},
        {
            **nameless,
            "id": "k",
            "name": "",
            "value": "env.C",
            "aliases": {"gpt-4o": "other"},
            "azure_key_config": azure,
        },
    ]
    path = Path(write(tmp_path / "config.json", *entries, provider="azure"))

    code, _, err = keys("check", str(path), "--fix")

    fixed = json.loads(path.read_text())["providers"]["azure"]["keys"]
    assert (code, [entry["name"] for entry in fixed]) == (0, ["azure-2", "azure-1", "azure-3"])
    assert [entry["aliases"] for entry in fixed] == [{"gpt-4o": "mine"}] * 2 + [{"gpt-4o": "other"}]
    assert ["deployments" in entry["azure_key_config"] for entry in fixed] == [False, False, True]
    assert [fixed[0]["config_hash"], "config_hash" in fixed[1]] == [key_hash(fixed[0]), True]
    assert err.count("[field-misplaced]") == 1
    assert "nothing to change" in keys("check", str(path), "--fix")[1]


def test_fix_assigns_no_name_that_only_the_database_has(keys: Keys, tmp_path: Path) -> None:
    make_database(tmp_path / "config.db", columns("openai", {**KEY, "id": "row", "name": "openai-1"}))
    path = Path(write(tmp_path / "config.json", {**KEY, "name": ""}))
    keys("check", str(path), "--fix")
    assert json.loads(path.read_text())["providers"]["openai"]["keys"][0]["name"] == "openai-2"


def test_a_given_or_detected_release_decides_what_is_newer(keys: Keys, tmp_path: Path) -> None:
    entry = {**KEY, "value": "env.A", "use_openai_endpoints": True}
    path = write(tmp_path / "config.json", entry)
    assert keys("check", path, "--strict")[0] == 0
    assert keys("check", path, "--strict", "--gateway-release", "2.2.6")[0] == 0
    code, out, _ = keys("check", path, "--strict", "--gateway-release", "2.1.0")
    assert (code, out.count("[field-newer]")) == (1, 1)
    assert "is ignored: gateways know it from release 2.2.0 on" in out
    assert keys("check", path, "--gateway-release", "soon")[0] != 0
    make_database(tmp_path / "config.db", columns("openai", KEY, release=(1, 6, 5)))
    assert "[field-newer]" in keys("check", path)[1]


def test_a_file_that_is_named_and_missing_is_not_to_be_made_by_init(call: Any, tmp_path: Path) -> None:
    done = call("check", "no.json")
    assert (done.code, done.err) == (4, f"error: no file {tmp_path}/no.json\n")
    assert "keys init" in call("check").err
