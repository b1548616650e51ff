"""Adding a key: every provider, the defaults, names in use, the order of refusals."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from bifrost_keys.gateway.providers.table import BUILT_IN, PROVIDERS
from bifrost_keys.gateway.releases import Release
from tests.cli.commands import remains, write_config
from tests.gateway_database import make_database, rows
from tests.keys import ONE as ENTRY
from tests.program import Program, listing
from tests.sentinel import SECRET

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
CREDENTIAL = json.dumps({"type": "service_account", "private_key": "SENTINEL"})
OWN_OPTIONS: dict[str, list[str]] = {
    "azure": ["--endpoint", "https://x.example"],
    "vertex": ["--project-id", "p", "--region", "global"],
    "bedrock": ["--region", "us-east-1"],
    "databricks": ["--workspace-url", "https://x.example"],
    "vllm": ["--url", "http://h:1", "--model-name", "m"],
    "ollama": ["--url", "http://h:1"],
    "sgl": ["--url", "http://h:1"],
    "replicate": ["--use-deployments-endpoint"],
}
CUSTOM = {"base_provider_type": "openai"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a file with a key of openai, and custom providers of several bases."""
    providers: dict[str, Any] = {"openai": {"keys": [ENTRY]}}
    for base in ("anthropic", "bedrock", "cohere", "gemini", "openai", "huggingface", "replicate"):
        providers[f"my-{base}"] = {"keys": [], "custom_provider_config": {"base_provider_type": base}}
    providers["my-keyless"] = {"custom_provider_config": {**CUSTOM, "is_key_less": True}}
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"providers": providers}, indent=2))
    path.chmod(0o600)
    return path


def added(config: Path, provider: str) -> dict[str, Any]:
    entry = json.loads(config.read_text())["providers"][provider]["keys"][-1]
    assert isinstance(entry, dict)
    return entry


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_takes_a_key_with_the_defaults(call: Any, config: Path, provider: str) -> None:
    done = call("create", provider, "--value", SECRET, *OWN_OPTIONS.get(provider, []))

    assert done.code == 0, done.err
    entry = added(config, provider)
    assert UUID4.fullmatch(entry["id"])
    own = entry.get(f"{provider}_key_config")
    assert entry == {
        "id": entry["id"],
        "name": f"{provider}-1",
        "value": SECRET,
        "models": ["*"],
        "weight": 1,
        **({f"{provider}_key_config": own} if own is not None else {}),
        "enabled": True,
        "config_hash": key_hash(entry),
    }
    assert (own is not None) == (provider in OWN_OPTIONS)


@pytest.mark.parametrize("provider", [each.name for each in BUILT_IN])
def test_only_some_providers_do_without_a_value(call: Any, config: Path, provider: str) -> None:
    before = config.read_bytes()

    done = call("create", provider, "--value", "", *OWN_OPTIONS.get(provider, []))

    if provider in ("azure", "vertex", "bedrock", "bedrock_mantle", "vllm", "ollama", "sgl"):
        assert done.code == 0
        assert "value" not in added(config, provider)
    else:
        assert (done.code, config.read_bytes()) == (65, before)


@pytest.mark.parametrize("source", [["--value-stdin"], ["--value", "-"], ["--value-file", "empty"]])
def test_an_empty_source_means_no_value_if_none_is_needed(
    call: Any, config: Path, tmp_path: Path, source: list[str]
) -> None:
    (tmp_path / "empty").touch()

    assert call("create", "azure", "--endpoint", "https://x", *source).code == 0
    assert call("create", "openai", *source).code == 65


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        (["--name", "prod"], {"name": "prod"}),
        (["--id", "my-id"], {"id": "my-id"}),
        (["--model", "a", "--model", "b"], {"models": ["a", "b"]}),
        (["--blacklisted-model", "a"], {"blacklisted_models": ["a"]}),
        (["--weight", "0.25"], {"weight": 0.25}),
        (["--weight", "1.0"], {"weight": 1}),
        (["--weight", "1e2"], {"weight": 100}),
        (["--alias", "a=b"], {"aliases": {"a": "b"}}),
        (["--alias", "a=b=c"], {"aliases": {"a": "b=c"}}),
        (["--disabled"], {"enabled": False}),
        (["--batch"], {"use_for_batch_api": True}),
        (["--no-batch"], {}),
    ],
)
def test_each_option_sets_its_field_and_nothing_else(
    call: Any, config: Path, options: list[str], fields: dict[str, Any]
) -> None:
    assert call("create", "groq", "--value-env", "A", *options).code == 0

    entry = added(config, "groq")
    plain = {"name": "groq-1", "value": "env.A", "models": ["*"], "weight": 1, "enabled": True}
    hashed = {"config_hash": key_hash(entry)}
    assert entry == {"id": entry["id"], **plain, **fields, **hashed}


def test_own_fields_of_bedrock_become_its_config_object(call: Any, config: Path, tmp_path: Path) -> None:
    options = [
        "--region",
        "r",
        "--access-key",
        "env.AK",
        "--secret-key",
        "env.SK",
        "--session-token",
        "env.ST",
    ]
    more = ["--arn", "arn:a", "--role-arn", "arn:r", "--external-id", "e", "--session-name", "s"]

    done = call(
        "create", "bedrock", *options, *more, "--bucket", "one=in/out", "--bucket", "two", "-o", "json"
    )

    assert done.code == 0
    entry = added(config, "bedrock")
    buckets = [{"bucket_name": "one", "prefix": "in/out", "is_default": True}, {"bucket_name": "two"}]
    assert entry["bedrock_key_config"] == {
        "access_key": "env.AK",
        "secret_key": "env.SK",
        "session_token": "env.ST",
        "region": "r",
        "arn": "arn:a",
        "role_arn": "arn:r",
        "external_id": "e",
        "session_name": "s",
        "batch_s3_config": {"buckets": buckets},
    }
    assert "config_hash" not in entry
    assert done.json["changes"][0]["key"]["bedrock_key_config"]["region"]["value"] == "r"


def test_json_contains_the_hashes_of_the_file(call: Any, config: Path) -> None:
    before = hashlib.sha256(config.read_bytes()).hexdigest()
    told = call("create", "openai", "--value-env", "A", "-o", "json").json["config"]
    after = hashlib.sha256(config.read_bytes()).hexdigest()
    assert told == {"path": str(config), "sha256_before": before, "sha256_after": after}
    assert before != after


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        (
            "--model",
            "gpt-4o,gpt-4o-mini",
            "models[0] (--model): contains a comma; repeat the option for each",
        ),
        (
            "--blacklisted-model",
            "a,b",
            "blacklisted_models[0] (--blacklisted-model): contains a comma; repeat the",
        ),
        ("--alias", "gpt-4o", "aliases[0] (--alias): must be FROM=TO; for example gpt-4o=my-deployment"),
    ],
)
def test_a_list_in_one_option_is_not_taken_for_one(
    call: Any, config: Path, option: str, text: str, told: str
) -> None:
    old = config.read_bytes()
    done = call("create", "openai", "--value-env", "A", option, text)
    assert (done.code, config.read_bytes()) == (65, old)
    assert told in done.err


@pytest.mark.parametrize("command", ["update", "set"])
def test_a_list_of_models_to_add_is_not_taken_for_one(call: Any, config: Path, command: str) -> None:
    old = config.read_bytes()
    done = call(command, f"openai/{ENTRY['name']}", "--add-model", "gpt-4o", "--add-model", "a,b")
    assert (done.code, config.read_bytes()) == (65, old)
    assert "models[1] (--add-model): contains a comma; repeat the option for each model" in done.err


def test_secret_files_of_own_fields_are_read(call: Any, config: Path, tmp_path: Path, sentinel: Any) -> None:
    sentinel.allow("credential", "secret")
    (tmp_path / "credential").write_text(CREDENTIAL + "\n")
    (tmp_path / "secret").write_text(SECRET + "\r\n")
    vertex = ["--project-id", "p", "--region", "r", "--auth-credentials-file", "credential"]
    azure = [
        "--endpoint",
        "https://x",
        "--client-id",
        "c",
        "--tenant-id",
        "t",
        "--client-secret-file",
        "secret",
    ]

    assert call("create", "vertex", *vertex).code == 0
    assert call("create", "azure", *azure, "--scope", "a", "--scope", "b").code == 0

    assert added(config, "vertex")["vertex_key_config"]["auth_credentials"] == CREDENTIAL
    wanted = {"client_id": "c", "client_secret": SECRET, "tenant_id": "t", "scopes": ["a", "b"]}
    assert added(config, "azure")["azure_key_config"] == {"endpoint": "https://x", **wanted}


@pytest.mark.parametrize(
    "credential", ["[]", "{}", '{"type": 1}', "nonsense", '{"type": "service_account"', "\x00"]
)
def test_a_credential_is_a_json_object_with_a_type(call: Any, config: Path, credential: str) -> None:
    options = ["--project-id", "p", "--region", "r", "--auth-credentials", credential]

    assert call("create", "vertex", *options).code == 65


@pytest.mark.parametrize(
    ("provider", "options", "option"),
    [
        ("openai", ["--endpoint", "https://x"], "--endpoint"),
        ("azure", ["--endpoint", "https://x", "--arn", "a"], "--arn"),
        ("groq", ["--use-deployments-endpoint"], "--use-deployments-endpoint"),
        ("my-openai", ["--url", "http://h"], "--url"),
        ("ollama", ["--url", "http://h", "--model-name", "m"], "--model-name"),
    ],
)
def test_an_option_of_another_provider_is_refused_naming_whose_it_is(
    call: Any, config: Path, provider: str, options: list[str], option: str
) -> None:
    before = config.read_bytes()

    done = call("create", provider, "--value-env", "A", *options, "-o", "json")

    assert (done.code, config.read_bytes()) == (65, before)
    assert [fault["option"] for fault in done.error["faults"]] == [option]
    assert "belongs to" in done.error["message"]


@pytest.mark.parametrize(
    "options",
    [
        ["--weight", weight]
        for weight in (
            "NaN",
            "inf",
            "-Infinity",
            "-1",
            "1e309",
            "1,5",
            "0x1",
            "+1",
            "01",
            "1.",
            "",
            " 1",
            "१",
        )
    ],
)
def test_a_weight_is_a_json_number_from_zero(call: Any, tmp_path: Path, options: list[str]) -> None:
    before = write_config(tmp_path).read_bytes()

    for command in (("create", "openai", "--value-env", "A"), ("update", "one"), ("set", "openai/one")):
        done = call(*command, *options, "-o", "json")

        assert (done.code, done.out, done.error["field"]) == (65, "", "weight")
        assert [fault["option"] for fault in done.error["faults"]] == ["--weight"]
    assert remains(tmp_path) == {"config.json": before}


def test_all_faults_are_reported_at_once_each_with_option_and_field(call: Any, config: Path) -> None:
    lists = ["--model", "*", "--model", "a", "--blacklisted-model", "b", "--blacklisted-model", "B"]

    done = call("create", "openai", "--name", "", "--value", " ", "--weight", "-1", *lists, "-o", "json")

    assert done.code == 65
    assert {(fault["field"], fault["option"]) for fault in done.error["faults"]} == {
        ("name", "--name"),
        ("value", "--value"),
        ("weight", "--weight"),
        ("models", "--model"),
        ("blacklisted_models[1]", "--blacklisted-model"),
    }


def test_names_match_providers_in_any_case_and_keep_the_spelling(call: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"providers": {"OpenAI": {"keys": []}}}')

    done = call("create", "openAI", "--value-env", "A", "-o", "name")

    assert (done.code, done.out) == (0, "OpenAI/OpenAI-1\n")


@pytest.mark.parametrize("base", ["anthropic", "cohere", "gemini", "openai", "huggingface", "replicate"])
def test_a_custom_provider_follows_the_rules_of_its_base(call: Any, config: Path, base: str) -> None:
    assert call("create", f"my-{base}", "--value", "").code == 65
    assert call("create", f"my-{base}", "--value-env", "A").code == 0
    assert added(config, f"my-{base}")["name"] == f"my-{base}-1"


def test_a_custom_bedrock_takes_the_fields_of_bedrock(call: Any, config: Path) -> None:
    assert call("create", "my-bedrock", "--region", "r").code == 0
    assert added(config, "my-bedrock")["bedrock_key_config"] == {"region": "r"}


def test_a_keyless_provider_takes_no_key(call: Any, config: Path) -> None:
    done = call("create", "my-keyless", "--value-env", "A", "-o", "json")

    assert (done.code, done.error["code"]) == (65, "provider-keyless")


def test_the_free_name_is_free_over_all_providers_and_the_database(call: Any, tmp_path: Path) -> None:
    keys = [{"name": "openai-1"}, {"name": "other"}]
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"providers": {"openai": {"keys": []}, "groq": {"keys": keys}}}))
    make_database(tmp_path / "config.db", *rows({"groq": [{"name": "openai-2", "id": "x"}]}))

    assert call("create", "openai", "--value-env", "A", "-o", "name").out == "openai/openai-3\n"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--name", "one"], "name"),
        (["--id", "id-one"], "id"),
        (["--name", "web"], "name"),
        (["--id", "id-web"], "id"),
        (["--name", "e\N{COMBINING ACUTE ACCENT}"], "name"),
    ],
)
@pytest.mark.parametrize("provider", ["openai", "groq"])
def test_a_name_or_id_that_is_taken_anywhere_is_refused(
    call: Any, tmp_path: Path, provider: str, options: list[str], field: str
) -> None:
    config = tmp_path / "config.json"
    twin = {"name": "\N{LATIN SMALL LETTER E WITH ACUTE}"}
    config.write_text(json.dumps({"providers": {"openai": {"keys": [ENTRY, twin]}}}))
    make_database(tmp_path / "config.db", *rows({"openai": [ENTRY, {"name": "web", "id": "id-web"}]}))
    before = listing(tmp_path)

    done = call("create", provider, "--value-env", "A", *options, "-o", "json")

    assert (done.code, done.error["field"]) == (5, field)
    assert {**listing(tmp_path), "config.json.lock": None} == {
        **before,
        "config.json.lock": None,
        "home": None,
    }


def test_a_provider_that_only_the_database_has_is_refused(call: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"providers": {}}')
    make_database(tmp_path / "config.db", *rows({"groq": [{"name": "web", "id": "id-web"}]}))

    refused = call("create", "Groq", "--value-env", "A", "-o", "json")
    forced = call("create", "groq", "--value-env", "A", "--overwrite-web")

    assert (refused.code, refused.error["code"]) == (5, "provider-in-database")
    assert forced.code == 0


@pytest.mark.parametrize(
    ("release", "known"), [("1.5.1", (1, 5, 1)), ("1.5.16", (1, 5, 16)), ("v1.6.0", (1, 6, 0))]
)
def test_the_release_chooses_the_recipe_of_the_hash(
    call: Any, config: Path, release: str, known: Release
) -> None:
    assert call("create", "openai", "--value-env", "A", "--gateway-release", release).code == 0
    assert (
        call("create", "openai", "--value-env", "A", env={"BIFROST_KEYS_GATEWAY_RELEASE": release}).code == 0
    )

    for entry in json.loads(config.read_text())["providers"]["openai"]["keys"][1:]:
        assert entry["config_hash"] == key_hash(entry, known)


def test_the_rows_of_the_database_prove_the_recipe(call: Any, config: Path, tmp_path: Path) -> None:
    row = {"id": "r", "name": "row", "value": "env.B", "models": ["*"], "weight": 1, "enabled": True}
    older = {"row": {"config_hash": key_hash(row, (1, 5, 1))}}
    make_database(tmp_path / "config.db", *rows({"openai": [row]}, older))

    assert call("create", "openai", "--value-env", "A").code == 0

    entry = added(config, "openai")
    assert entry["config_hash"] == key_hash(entry, (1, 5, 1))


@pytest.mark.parametrize(
    "arguments",
    [
        ["openai", "--name", "one", "--value-env", "B"],
        ["OPENAI", "--id", "id-one", "--value-env", "B", "--weight", "3"],
    ],
)
def test_if_not_exists_leaves_the_key_and_warns_of_differences(
    call: Any, config: Path, arguments: list[str]
) -> None:
    before, status = config.read_bytes(), config.stat()

    done = call("create", *arguments, "--if-not-exists", "-o", "json")

    assert (done.code, done.json["changed"], done.json["changes"][0]["action"]) == (0, False, "unchanged")
    assert [warning["code"] for warning in done.json["warnings"]] == ["key-exists-differs"]
    after = config.stat()
    assert config.read_bytes() == before
    assert (after.st_ino, after.st_mtime_ns) == (status.st_ino, status.st_mtime_ns)


def test_if_not_exists_says_nothing_about_an_equal_key(call: Any, config: Path) -> None:
    same = ["create", "ollama", "--name", "o", "--url", "http://h:1", "--if-not-exists", "-o", "json"]

    first, second = call(*same), call(*same)
    other = call("create", "ollama", "--name", "o", "--url", "http://h:2", "--if-not-exists", "-o", "json")

    assert (first.json["changed"], second.json["changed"], second.json["warnings"]) == (True, False, [])
    assert "ollama_key_config" in other.json["warnings"][0]["message"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["groq", "--name", "one"], 5),
        (["openai"], 2),
        (["openai", "--name", "one", "--weight", "-1"], 65),
        (["openai", "--name", "one", "--id", "id-two"], 5),
    ],
)
def test_if_not_exists_is_about_one_key_of_the_provider(
    call: Any, config: Path, arguments: list[str], code: int
) -> None:
    assert call("create", "openai", "--name", "two", "--id", "id-two", "--value-env", "A").code == 0

    assert call("create", *arguments, "--value-env", "B", "--if-not-exists").code == code


@pytest.mark.parametrize(
    ("provider", "text", "arguments", "code"),
    [
        ("nosuch", None, ["--name", ""], 4),
        ("openai", None, ["--name", ""], 4),
        ("nosuch", "{", ["--name", ""], 78),
        ("openai", "{", ["--name", ""], 78),
        ("nosuch", '{"providers": {}}', ["--name", ""], 4),
        ("nosuch", '{"providers": {}}', ["--from-file", "-"], 4),
        ("openai", None, ["--from-file", "-"], 4),
        ("openai", "[]", ["--from-file", "-"], 78),
        (
            "openai",
            '{"providers": {"groq": {"keys": [{"name": "x"}]}}}',
            ["--name", "x", "--weight", "x"],
            65,
        ),
        ("openai", '{"providers": {"groq": {"keys": [{"name": "x"}]}}}', ["--name", "x"], 5),
    ],
)
def test_of_several_refusals_the_most_basic_decides(
    call: Any, tmp_path: Path, provider: str, text: str | None, arguments: list[str], code: int
) -> None:
    if text is not None:
        (tmp_path / "config.json").write_text(text)

    done = call("create", provider, "--value-env", "A", *arguments, "--config", "config.json", stdin="{nope")

    assert done.code == code


def test_an_unknown_provider_gets_a_suggestion(call: Any, config: Path) -> None:
    done = call("create", "opnai", "--value-env", "A", "-o", "json")

    assert (done.code, done.error["hint"]) == (4, "did you mean openai?")


def test_the_first_provider_ends_the_gateways_own_looking(call: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"providers": {}}')
    config.chmod(0o600)

    first = call("create", "openai", "--value-env", "A", "-o", "json")
    second = call("create", "groq", "--value-env", "A", "-o", "json")

    told = [[warning["code"] for warning in done.json["warnings"]] for done in (first, second)]
    assert told == [["environment-lookup-ends", "hash-recipe-assumed"], ["hash-recipe-assumed"]]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("gsk_SENTINEL0123456789abcdef", "value-other-provider"),
        ("sk-or-SENTINEL0123456789abcdef", "value-other-provider"),
        ("sk-ant-SENTINEL0123456789abcdef", "value-other-provider"),
        ("sk-bf-SENTINEL0123456789abcdef", "value-virtual-key"),
    ],
)
def test_odd_values_are_taken_with_a_warning(call: Any, config: Path, value: str, code: str) -> None:
    done = call("create", "openai", "--value", value, "-o", "json")

    assert (done.code, [warning["code"] for warning in done.json["warnings"]]) == (0, [code])


def test_a_vault_reference_is_taken_with_a_warning(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    done = call("create", "openai", "--value", "vault.secret/data", "-o", "json")
    assert [warning["code"] for warning in done.json["warnings"]] == ["reference-vault"]


def test_a_dry_run_decides_everything_and_leaves_no_trace(call: Any, config: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(exist_ok=True)
    before = listing(tmp_path)

    done = call("create", "openai", "--id", "x", "--value-env", "A", "--dry-run", "-o", "json")

    assert (done.code, done.json["changed"], done.json["dry_run"]) == (0, True, True)
    assert listing(tmp_path) == before
    real = call("create", "openai", "--id", "x", "--value-env", "A", "-o", "json")
    assert done.json == {**real.json, "dry_run": True}
    assert call("create", "openai", "--name", "one", "--value-env", "A", "--dry-run").code == 5


def test_init_creates_the_file_and_its_directory_for_the_owner_only(call: Any, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "er" / "config.json"

    dry = call("create", "openai", "--value-env", "A", "--config", str(place), "--init", "--dry-run")
    assert (dry.code, place.parent.exists(), (tmp_path / "deep").exists()) == (0, False, False)

    assert call("create", "openai", "--value-env", "A", "--config", str(place), "--init").code == 0
    assert json.loads(place.read_text())["providers"]["openai"]["keys"][0]["value"] == "env.A"
    modes = [path.stat().st_mode & 0o777 for path in (place, place.parent, place.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_a_change_says_once_when_it_takes_effect_and_names_the_file(call: Any, config: Path) -> None:
    table = call("create", "openai", "--value-env", "A")
    data = call("create", "openai", "--value-env", "A", "-o", "json")

    assert (table.out + table.err).count("next start") == 1
    assert str(config) in table.out
    assert (data.json["effective"], data.json["config"]["path"]) == ("next_start", str(config))
    assert set(data.json) == {"changed", "dry_run", "changes", "effective", "config", "warnings"}


def test_a_hash_that_only_the_gateway_can_know_is_omitted(call: Any, config: Path) -> None:
    reference = call("create", "ollama", "--url", "env.URL", "-v")
    aliases = call("create", "openai", "--value-env", "A", "--alias", "a=b", "--alias", "c=d", "-v")

    assert "computed by the gateway" in reference.out
    assert "computed by the gateway" in aliases.out
    assert "config_hash" not in added(config, "ollama")
    assert "config_hash" not in added(config, "openai")


def test_an_empty_list_is_every_model_if_the_file_has_version_1(call: Any, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text('{"name": "open", "value": "env.A", "models": []}')
    commands = (
        ["create", "openai", "--from-file", str(body), "-o", "json"],
        ["update", "one", "--model", "a", "-o", "json"],
        ["update", "one", "--remove-model", "a", "-o", "json"],
    )
    codes: dict[int, list[list[str]]] = {}
    for version in (1, 2):
        keys = [{"name": "one", "id": "id-one", "value": "env.B", "models": ["*"], "weight": 1}]
        config = {
            "version": version,
            "config_store": {"enabled": False},
            "providers": {"openai": {"keys": keys}},
        }
        write_config(tmp_path, json.dumps(config))
        codes[version] = [[each["code"] for each in call(*command).json["warnings"]] for command in commands]

    assert codes == {1: [[], [], []], 2: [["models-empty"], [], ["models-empty"]]}


def test_a_custom_provider_is_made_with_its_first_key(call: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"config_store": {"enabled": false}, "providers": {}}\n')
    made = ["--base-provider-type", "openai", "--base-url", "https://llm.acme.example"]
    ran = call("create", "acme", "--value-env", "ACME_KEY", *made)
    assert ran.code == 0, ran.err
    acme = json.loads(config.read_text())["providers"]["acme"]
    assert acme["custom_provider_config"] == {"base_provider_type": "openai"}
    assert acme["network_config"] == {"base_url": "https://llm.acme.example"}
    assert acme["keys"][0]["value"] == "env.ACME_KEY"
    assert call("check").code == 0
    other = ["--base-provider-type", "openai", "--base-url", "https://other.example"]
    assert call("create", "acme", "--value-env", "B", *other).code == 5
    assert call("create", "acme", "--value-env", "B").code == 0


@pytest.mark.parametrize(
    "options",
    [["--base-provider-type", "openai"], ["--base-url", "https://x.example"]],
)
def test_half_of_a_custom_provider_is_refused(call: Any, tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "config.json").write_text('{"providers": {}}')
    assert call("create", "acme", "--value-env", "ACME_KEY", *options).code == 2


def test_the_output_of_get_creates_a_key_elsewhere(call: Any, config: Path) -> None:
    made = ("create", "azure", "--name", "eu", "--value-env", "AZ", "--endpoint", "https://x.example")
    assert call(*made, "--alias", "a=b", "--weight", "0.5").code == 0
    printed = call("get", "eu", "-o", "json").out
    other = config.with_name("other.json")

    done = call("create", "azure", "--from-file", "-", "--init", "--config", str(other), stdin=printed)

    assert done.code == 0, done.err
    key, copy = (json.loads(path.read_text())["providers"]["azure"]["keys"][-1] for path in (config, other))
    assert copy == key


def test_if_not_exists_asks_for_no_secret_of_a_key_that_is_there(run: Program, config: Path) -> None:
    call = ("create", "openai", "--name", "one", "--if-not-exists")
    assert run(*call, "--value-env", "ONE").code == 0
    before = config.read_bytes()

    done = run.on_terminal(*call)

    assert done.code == 0, done.out
    assert "not shown" not in done.out
    assert config.read_bytes() == before
    assert run(*call).code == 2


def test_a_pattern_may_contain_a_comma(call: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    pattern = "regex:^gpt-4.{0,5}$"

    done = call("create", "openai", "--name", "new", "--value-env", "A", "--model", pattern)

    assert done.code == 0, done.err
    assert json.loads(config.read_text())["providers"]["openai"]["keys"][-1]["models"] == [pattern]
