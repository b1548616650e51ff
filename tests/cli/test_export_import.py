"""Export keys from a file, and import keys into one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.program import Program
from tests.sentinel import SECRET, Sentinel

ENTRIES: dict[str, Any] = {
    "openai": [
        {"id": "1", "name": "lit", "value": SECRET, "models": ["*"], "weight": 1.0, "config_hash": "stale"},
        {"name": "ref", "value": "env.OPENAI_API_KEY", "models": [], "blacklisted_models": [], "weight": 1e0},
    ],
    "azure": [
        {
            "name": "az",
            "value": "env.AZ",
            "models": ["*"],
            "weight": 1,
            "azure_key_config": {
                "endpoint": "https://user:SENTINEL-password@x",
                "api_version": "2024-10-21",
                "client_id": "env.ID",
                "client_secret": f"{SECRET}-c",
                "tenant_id": "env.TENANT",
            },
        }
    ],
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a file with literals and references, written in odd but valid ways."""
    path = tmp_path / "config.json"
    providers = {name: {"keys": keys} for name, keys in ENTRIES.items()} | {
        "ollama": {},
        "groq": {"keys": []},
    }
    data = {"encryption_key": "env.ENCRYPTION", "config_store": {"enabled": False}, "providers": providers}
    path.write_text(json.dumps(data))
    return path


def test_export_leaves_literal_secrets_out_with_one_warning(call: Any, config: Path) -> None:
    ran = call("export")
    assert ran.code == 0
    keys = ran.json["providers"]
    assert keys["openai"]["keys"][0] == {"id": "1", "name": "lit", "models": ["*"], "weight": 1}
    assert keys["azure"]["keys"][0]["azure_key_config"] == {
        "api_version": "2024-10-21",
        "client_id": "env.ID",
        "tenant_id": "env.TENANT",
    }
    assert ran.err == (
        "warning: literal secrets were omitted from openai/lit (value), "
        "azure/az (azure_key_config.endpoint, azure_key_config.client_secret)\n"
        "hint: apply leaves existing secrets alone; --reveal prints those of a file\n"
    )
    assert list(keys) == ["openai", "azure", "groq"]
    assert list(call("export", "OpenAI").json["providers"]) == ["openai"]


def test_export_then_apply_with_prune_changes_nothing(call: Any, config: Path) -> None:
    before = os.stat(config)
    ran = call("apply", "--prune", "-", "-o", "json", stdin=call("export").out)
    assert (ran.code, ran.json["changed"]) == (0, False)
    assert ran.json["plan"] == {"created": 0, "updated": 0, "unchanged": 3, "deleted": 0}
    after = os.stat(config)
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_revealed_export_makes_equal_keys_in_an_empty_file(
    run: Program, config: Path, tmp_path: Path, sentinel: Sentinel
) -> None:
    full = tmp_path / "full.json"
    sentinel.allow(full)
    with full.open("wb") as stream:
        assert run("export", "--reveal", stdout=stream).code == 0
    other = tmp_path / "other" / "config.json"
    assert run("apply", str(full), "--init", "--config", str(other)).code == 0
    assert json.loads(other.read_text())["providers"]["openai"]["keys"][0]["value"] == SECRET
    again = tmp_path / "again.json"
    sentinel.allow(again)
    with again.open("wb") as stream:
        assert run("export", "--reveal", "--config", str(other), stdout=stream).code == 0
    made = json.loads(again.read_text())["providers"]
    for provider, keys in ENTRIES.items():
        for key, new in zip(keys, made[provider]["keys"], strict=True):
            expected = {name: value for name, value in key.items() if value != [] or name == "models"}
            expected.pop("config_hash", None)
            assert {name: new[name] for name in expected} == expected


@pytest.mark.parametrize("command", [["list"], ["get", "openai/ref"], ["get", "azure/az"], ["export"]])
def test_json_output_changes_nothing_when_applied(call: Any, config: Path, command: list[str]) -> None:
    old = config.read_bytes()
    ran = call("apply", "-", "-o", "json", stdin=call(*command, "-o", "json").out)
    assert (ran.code, ran.json["changed"]) == (0, False), ran.err
    assert config.read_bytes() == old


def test_a_mask_never_becomes_a_secret(call: Any, config: Path) -> None:
    old = config.read_bytes()
    shown = call("list", "-o", "json").out.replace(SECRET[:4], "zzzz")
    ran = call("apply", "-", "-o", "json", stdin=shown)
    assert ran.code == 65
    assert {fault["code"] for fault in ran.error["faults"]} == {"value-redacted"}
    assert config.read_bytes() == old


def test_export_env_is_a_template_of_the_variables(call: Any, config: Path) -> None:
    assert call("export", "--env").out.splitlines() == [
        "# openai/ref",
        "OPENAI_API_KEY=",
        "# azure/az",
        "AZ=",
        "# azure/az",
        "ID=",
        "# azure/az",
        "TENANT=",
        "# encryption_key",
        "ENCRYPTION=",
    ]
    assert call("export", "openai", "--env").out == "# openai/ref\nOPENAI_API_KEY=\n"


ENV = f"""\
# the providers
export OPENAI_API_KEY="{SECRET}"   # quoted
ANTHROPIC_API_KEY='{SECRET}'
AZURE_OPENAI_API_KEY={SECRET}
AZURE_OPENAI_ENDPOINT=https://x.openai.azure.com
AWS_ACCESS_KEY_ID=AKIASENTINEL
AWS_SECRET_ACCESS_KEY={SECRET}
AWS_REGION=us-east-1
AWS_DEFAULT_REGION=us-east-2
GROQ_API_KEY=
GROQ_API_KEY=${{OTHER}}
COHERE_API_KEY=
DATABASE_URL=postgres://x
GOOGLE_CLOUD_PROJECT=p
"""


def test_import_makes_references_of_well_known_variables(
    call: Any, tmp_path: Path, sentinel: Sentinel
) -> None:
    env = tmp_path / ".env"
    env.write_text(ENV)
    sentinel.allow(env)
    ran = call("import", str(env), "--init", "--config", "config.json", "-o", "json")
    assert ran.code == 0, ran.err
    assert ran.json["unknown"] == ["DATABASE_URL"]
    assert ran.json["plan"]["created"] == 5
    assert [w["code"] for w in ran.json["warnings"] if w["code"].startswith("variables-")] == [
        "variables-incomplete",
        "variables-passed-over",
        "variables-empty",
        "variables-doubled",
    ]
    others = call(
        "import", str(env), "--prefix", "AWS_", "--config", "config.json", "--dry-run", "-o", "json"
    )
    assert "variables-doubled" not in [warning["code"] for warning in others.json["warnings"]]
    providers = json.loads((tmp_path / "config.json").read_text())["providers"]
    assert SECRET not in (tmp_path / "config.json").read_text()
    wanted = ("name", "value", "azure_key_config", "bedrock_key_config")
    told = {
        name: {field: key[field] for field in wanted if field in key}
        for name, provider in providers.items()
        for key in provider["keys"]
    }
    assert told == {
        "openai": {"name": "OPENAI_API_KEY", "value": "env.OPENAI_API_KEY"},
        "anthropic": {"name": "ANTHROPIC_API_KEY", "value": "env.ANTHROPIC_API_KEY"},
        "groq": {"name": "GROQ_API_KEY", "value": "env.GROQ_API_KEY"},
        "azure": {
            "name": "AZURE_OPENAI_API_KEY",
            "value": "env.AZURE_OPENAI_API_KEY",
            "azure_key_config": {"endpoint": "env.AZURE_OPENAI_ENDPOINT"},
        },
        "bedrock": {
            "name": "AWS_ACCESS_KEY_ID",
            "bedrock_key_config": {
                "access_key": "env.AWS_ACCESS_KEY_ID",
                "secret_key": "env.AWS_SECRET_ACCESS_KEY",
                "region": "env.AWS_REGION",
            },
        },
    }
    before = (tmp_path / "config.json").stat().st_mtime_ns
    assert call("import", str(env), "--config", "config.json").code == 0
    assert (tmp_path / "config.json").stat().st_mtime_ns == before


def test_import_literal_copies_secrets_and_refuses_ambiguous_ones(
    call: Any, tmp_path: Path, sentinel: Sentinel
) -> None:
    env = tmp_path / ".env"
    sentinel.allow(env)
    env.write_text(f"OPENAI_API_KEY={SECRET}\nOPENAI_API_KEY={SECRET}2\nGROQ_API_KEY=${{X}}-SENTINEL\n")
    ran = call("import", str(env), "--literal", "--init", "--config", "config.json", "-o", "json")
    assert ran.code == 65
    assert [(fault["field"], fault["code"]) for fault in ran.error["faults"]] == [
        ("OPENAI_API_KEY", "variable-doubled"),
        ("GROQ_API_KEY", "variable-interpolated"),
    ]
    assert not (tmp_path / "config.json").exists()
    env.write_text(f"PROD_OPENAI_API_KEY='{SECRET}'\nGROQ_API_KEY=x\n")
    assert (
        call("import", str(env), "--literal", "--prefix", "PROD_", "--init", "--config", "config.json").code
        == 0
    )
    providers = json.loads((tmp_path / "config.json").read_text())["providers"]
    (key,) = providers.pop("openai")["keys"]
    assert (providers, key["name"], key["value"]) == ({}, "PROD_OPENAI_API_KEY", SECRET)


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("OPENAI_API_KEY=x\n", ["--prefix", "ZZ_"], "there is no variable with this prefix in the input"),
        ("# nothing\n", [], "there is no variable in the input"),
    ],
)
def test_import_of_nothing_says_so(
    call: Any, tmp_path: Path, text: str, options: list[str], told: str
) -> None:
    (tmp_path / ".env").write_text(text)
    (tmp_path / "config.json").write_text('{"providers": {}}')
    ran = call("import", ".env", *options, "--config", "config.json")
    assert (ran.code, (tmp_path / "config.json").read_text()) == (0, '{"providers": {}}')
    assert told in ran.err


def test_import_of_a_key_that_differs_is_a_conflict_unless_replace(call: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    assert (
        call(
            "create",
            "openai",
            "--name",
            "OPENAI_API_KEY",
            "--value-env",
            "X",
            "--init",
            "--config",
            str(config),
        ).code
        == 0
    )
    old = config.read_bytes()
    ran = call("import", "-", "-o", "json", stdin="OPENAI_API_KEY=x\n")
    assert (ran.code, ran.error["code"], config.read_bytes()) == (5, "key-exists-differs", old)
    assert call("import", "-", "--replace", stdin="OPENAI_API_KEY=x\n").code == 0
    assert json.loads(config.read_text())["providers"]["openai"]["keys"][0]["value"] == "env.OPENAI_API_KEY"


def test_a_line_that_is_not_a_variable_is_refused_with_its_number(call: Any, config: Path) -> None:
    ran = call("import", "-", "-o", "json", stdin="OPENAI_API_KEY=x\nnot SENTINEL a line\n")
    assert (ran.code, ran.error["message"]) == (65, "line 2 of standard input is not NAME=VALUE")


def test_import_warns_only_about_unknown_variables_that_look_like_keys(call: Any, config: Path) -> None:
    text = "LOG_LEVEL=debug\nFOO_API_KEY=x\n"
    ran = call("import", "-", "-o", "json", stdin=text)
    assert ran.json["unknown"] == ["LOG_LEVEL", "FOO_API_KEY"]
    told = [each["message"] for each in ran.json["warnings"] if each["code"] == "variables-unknown"]
    assert told == ["no provider is known for FOO_API_KEY: not imported"]


def test_import_skips_a_variable_that_a_key_refers_to_already(call: Any, config: Path) -> None:
    old = config.read_bytes()
    ran = call("import", "-", "-o", "json", stdin="OPENAI_API_KEY=x\n")  # the key "ref" has it
    assert (ran.code, ran.json["changed"], ran.json["skipped"]) == (0, False, ["OPENAI_API_KEY"])
    assert config.read_bytes() == old


@pytest.mark.parametrize(("second", "told"), [("other-SENTINEL", True), (SECRET, False)])
def test_import_says_which_variable_of_two_it_passed_over(
    call: Any, tmp_path: Path, sentinel: Sentinel, second: str, told: bool
) -> None:
    env = tmp_path / ".env"
    sentinel.allow(env)
    env.write_text(
        f"AZURE_API_KEY={second}\nAZURE_OPENAI_API_KEY={SECRET}\nAZURE_OPENAI_ENDPOINT=https://h\n"
    )
    ran = call("import", str(env), "--init", "--config", "config.json", "-o", "json")
    said = [each["message"] for each in ran.json["warnings"] if each["code"] == "variables-passed-over"]
    assert ran.json["plan"]["created"] == 1
    assert [message.split()[0] for message in said] == (["AZURE_API_KEY"] if told else [])


def test_import_makes_one_key_of_variables_with_one_value(call: Any, config: Path) -> None:
    lines = (
        "OPENAI_API_KEY_1=SENTINEL-a\nOPENAI_API_KEY_2=SENTINEL-a\nOPENAI_API_KEY_3=SENTINEL-b\n"
        "GEMINI_API_KEY=SENTINEL-a\nGOOGLE_API_KEY=SENTINEL-a\n"
        "AZURE_OPENAI_ENDPOINT=https://x\nAZURE_OPENAI_API_KEY=SENTINEL-c\nAZURE_OPENAI_API_KEY_2=SENTINEL-c\n"
    )
    for literal in ([], ["--literal"]):
        done = call("import", "-", "--dry-run", "-o", "json", *literal, stdin=lines)
        assert done.code == 0, done.err
        names = [change["key"]["name"] for change in done.json["changes"]]
        assert names == ["OPENAI_API_KEY_1", "OPENAI_API_KEY_3", "GEMINI_API_KEY", "AZURE_OPENAI_API_KEY"]
        told = [each["message"] for each in done.json["warnings"] if each["code"] == "variables-same"]
        assert told == [
            "OPENAI_API_KEY_2 was not imported: it has the same value as OPENAI_API_KEY_1",
            "GOOGLE_API_KEY was not imported: it has the same value as GEMINI_API_KEY",
            "AZURE_OPENAI_API_KEY_2 was not imported: it has the same value as AZURE_OPENAI_API_KEY",
        ]


def test_import_refuses_json(call: Any, config: Path) -> None:
    before = config.read_bytes()
    done = call("import", "-", stdin=before)
    assert (done.code, "keys apply" in done.err) == (65, True)
    assert config.read_bytes() == before
