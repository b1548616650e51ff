"""The findings of check agree with the behaviour of two releases of the gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import ConfigUnusableError
from bifrost_keys.gateway.hashing.key_hash import key_hash
from bifrost_keys.gateway.rules.catalog import CODES
from bifrost_keys.operations.check import Finding, check_document
from bifrost_keys.stores.config_file.document import Document
from tests.keys import LITERAL as KEY

FILES = Path("../shared/gateway/files.jsonl")


def findings(text: str) -> list[Finding]:
    return check_document(Document.parse(text.encode("utf-8", "surrogatepass"), lenient=True), None)


def verdict(text: str) -> str:
    try:
        found = {finding.severity for finding in findings(text)}
    except ConfigUnusableError:
        return "error"
    return "error" if "error" in found else "warning" if found else "ok"


def config(*entries: dict[str, Any], provider: str = "openai", **top: Any) -> str:
    data = {
        "$schema": "https://www.getbifrost.ai/schema",
        "providers": {provider: {"keys": list(entries)}},
        **top,
    }
    return json.dumps(data, indent=2)


def test_verdicts_are_those_of_running_gateways() -> None:
    if not FILES.is_file():
        pytest.skip("the observations of running gateways are not beside this checkout")
    rows = [json.loads(line) for line in FILES.read_bytes().splitlines()]
    wrong = [
        (row["case"], row["check"], verdict(row["text"]))
        for row in rows
        if verdict(row["text"]) != row["check"]
    ]
    assert len(rows) > 100
    assert wrong == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "name-empty"),
        ({"name": "a\nb"}, "name-unseen-characters"),
        ({"name": "n" * 256}, "name-too-long"),
        ({"name": 5}, "type-wrong"),
        ({"value": ""}, "value-missing"),
        ({"value": "env."}, "reference-empty"),
        ({"value": "env.A B"}, "reference-name"),
        ({"value": "vault.x"}, "reference-vault"),
        ({"value": "sk-t************************0001"}, "value-redacted"),
        ({"value": '"quoted-SENTINEL"'}, "value-quoted"),
        ({"value": "$OPENAI_API_KEY"}, "value-unexpanded"),
        ({"value": "OPENAI_API_KEY"}, "value-variable-name"),
        ({"value": "--dry-run"}, "value-option"),
        ({"value": "SENTINEL\u200b"}, "value-unseen-characters"),
        ({"description": "401: sk-test-SENTINEL-0001 is wrong"}, "note-repeats-secret"),
        ({"models": ["*", "gpt-4o"]}, "model-wildcard-mixed"),
        ({"models": ["a", "A"]}, "model-duplicate"),
        ({"models": []}, "models-empty"),
        ({"models": None}, "field-null"),
        ({"blacklisted_models": ["*"]}, "blacklist-all"),
        ({"weight": -1}, "weight-negative"),
        ({"weight": 0.001}, "weight-zero"),
        ({"aliases": {" a": "b"}}, "alias-source"),
        ({"aliases": {"a": ""}}, "alias-target"),
        ({"azure_key_config": {"endpoint": "x"}}, "config-foreign"),
        ({"wieght": 1}, "field-misspelt"),
        ({"rate_limit_of_later": 1}, "field-unknown"),
        ({"Weight": 1}, "member-duplicate"),
        ({"Use_For_Batch_API": True}, "field-case"),
        ({"config_hash": "0" * 64}, "hash-stale"),
    ],
)
def test_broken_rule_is_found_where_it_stands(changes: dict[str, Any], code: str) -> None:
    found = [finding for finding in findings(config({**KEY, **changes})) if finding.code == code]
    assert len(found) == 1
    assert found[0].severity == CODES[code][0]
    assert found[0].path.startswith("providers.openai.keys[0]")
    assert "SENTINEL" not in found[0].message + found[0].hint


def test_place_is_the_line_and_column_of_the_value() -> None:
    text = config({**KEY, "weight": -1})
    (found,) = findings(text)
    line = text.splitlines()[(found.line or 0) - 1]
    assert line[(found.column or 0) - 1 :] == "-1,"


def test_right_hash_of_any_release_is_no_finding() -> None:
    reference = {**KEY, "value": "env.OPENAI_API_KEY"}
    for release in ((1, 5, 1), (1, 5, 16), (2, 2, 6)):
        assert findings(config({**reference, "config_hash": key_hash(reference, release)})) == []


def test_hash_that_only_the_gateway_can_know_is_never_stale() -> None:
    entry = {**KEY, "azure_key_config": {"endpoint": "env.ENDPOINT"}, "config_hash": "0" * 64}
    assert findings(config(entry, provider="azure")) == []


def test_doubles_are_found_over_all_providers() -> None:
    other = {**KEY, "id": "j", "value": "sk-test-SENTINEL-0002"}
    data = json.loads(config(KEY))
    data["providers"]["anthropic"] = {"keys": [other]}
    assert [finding.code for finding in findings(json.dumps(data))] == ["name-duplicate"]
    data["providers"]["anthropic"] = {"keys": [{**KEY, "name": "two"}]}
    assert [finding.code for finding in findings(json.dumps(data))] == ["id-duplicate"]


@pytest.mark.parametrize(
    ("provider", "one", "other", "hint"),
    [
        ("openai", {}, {}, "use one key with the sum of the weights instead"),
        ("openai", {"models": ["a"]}, {"models": ["b"]}, ""),
        ("openai", {"value": "changeme"}, {"value": "changeme"}, None),
        ("openai", {"value": "env.A"}, {"value": "env.B"}, None),
        (
            "azure",
            {"azure_key_config": {"endpoint": "https://a"}},
            {"azure_key_config": {"endpoint": "https://b"}},
            None,
        ),
        ("vllm", {"vllm_key_config": {"url": "http://a"}}, {"vllm_key_config": {"url": "http://b"}}, None),
        (
            "ollama",
            {"ollama_key_config": {"url": "http://a"}},
            {"ollama_key_config": {"url": "http://a"}},
            None,
        ),
    ],
)
def test_one_secret_twice_is_reported_where_it_gets_both_shares(
    provider: str, one: dict[str, Any], other: dict[str, Any], hint: str | None
) -> None:
    text = config({**KEY, **one}, {**KEY, "id": "j", "name": "two", **other}, provider=provider)
    found = [each.hint for each in findings(text) if each.code == "value-duplicate"]
    assert found == ([] if hint is None else [hint])


def test_two_keys_without_a_name_are_two_that_are_mixed_up() -> None:
    nameless = {name: value for name, value in KEY.items() if name != "name"}
    other = {**nameless, "id": "j", "value": "env.B", "name": ""}
    found = {(each.code, each.key): each.hint for each in findings(config(nameless, other))}
    assert found.keys() == {
        ("name-missing", "openai/#1"),
        ("name-empty", "openai/#2"),
        ("name-duplicate", "openai/#2"),
    }
    assert found["name-empty", "openai/#2"] == (
        "keys check --fix gives it one, or: keys rename 'openai/#2' NAME"
    )


def test_a_key_that_disable_made_is_no_finding() -> None:
    off = {**KEY, "enabled": False, "blacklisted_models": ["*"]}
    assert findings(config(off)) == []
    (found,) = findings(config({**off, "enabled": True}))
    assert (found.code, found.hint) == (
        "blacklist-all",
        "keys update openai/one --clear blacklisted-models",
    )


@pytest.mark.parametrize(
    ("governance", "codes"),
    [
        ({"virtual_keys": [{"provider_configs": [{"provider": "openai", "key_ids": ["*"]}]}]}, []),
        (
            {"virtual_keys": [{"provider_configs": [{"provider": "openai", "key_ids": ["one"]}]}]},
            ["unresolved"],
        ),
        (
            {"routing_rules": [{"targets": [{"provider": "openai", "provider_key_name": "gone"}]}]},
            ["unresolved"],
        ),
        ({"routing_rules": [{"targets": [{"provider": "openai", "key_id": "gone"}]}]}, ["unchecked"]),
        ({"pricing_overrides": [{"provider_key_name": "one"}]}, []),
    ],
)
def test_references_that_lead_nowhere_are_found(governance: dict[str, Any], codes: list[str]) -> None:
    found = [finding.code for finding in findings(config(KEY, governance=governance))]
    assert found == [f"reference-{code}" for code in codes]


def test_id_that_is_null_is_as_good_as_absent() -> None:
    """The gateway's schema does not look at ids, and its loader takes null as absent."""
    assert findings(config({**KEY, "id": None})) == []


@pytest.mark.parametrize(
    ("provider", "name"), [("openai", "name"), ("openai", "weight"), ("vllm", "vllm_key_config")]
)
def test_required_field_in_other_case_is_no_more_than_a_warning(provider: str, name: str) -> None:
    """The gateway reads it; only its schema, which nothing obeys, would miss it."""
    entry: dict[str, Any] = {**KEY, "vllm_key_config": {"url": "http://x", "model_name": "m"}}
    entry = {**entry, "Enabled": False} if provider == "vllm" else {**KEY, "Enabled": False}
    entry[name.upper()] = entry.pop(name)
    del entry["enabled"]
    found = {finding.code: finding.severity for finding in findings(config(entry, provider=provider))}
    assert found == {"field-case": "warning"}


@pytest.mark.parametrize(
    ("custom", "found"),
    [
        ({"Base_Provider_Type": "openai"}, {"field-case"}),
        ({"base_provider_type": "openai", "Is_Key_Less": True}, {"field-case", "keys-at-keyless-provider"}),
        ({"base_provider_type": "openai", "is_key_less": "true"}, {"type-wrong"}),
        ({"base_provider_type": "openai", "is_key_less": None}, set()),
        (
            {"Base_Provider_Type": "bedrock", "IS_KEY_LESS": True},
            {"field-case", "custom-provider-keyless", "keys-at-keyless-provider"},
        ),
        (
            {"base_provider_type": "openai", "BASE_PROVIDER_TYPE": "nope"},
            {"field-case", "custom-provider-base"},
        ),
    ],
)
def test_custom_provider_is_read_as_the_gateway_reads_it(custom: dict[str, Any], found: set[str]) -> None:
    data = json.loads(config(KEY, provider="acme"))
    data["providers"]["acme"]["custom_provider_config"] = custom
    codes = {finding.code for finding in findings(json.dumps(data))}
    assert codes == found


@pytest.mark.parametrize(
    "member", ['"value": "%s"', '"Value": "%s"', '"AZURE_key_config": {"Endpoint": "%s"}']
)
def test_escape_that_the_gateway_misreads_is_found_in_any_spelling_of_a_secret(member: str) -> None:
    text = config({**KEY, "value": "SLOT"}, provider="azure")
    for value, misread in ((r"a\/b", True), (r"a\ud83d\ude00", True), (r"a\\/b", False), (r"\u0041", False)):
        codes = {finding.code for finding in findings(text.replace('"value": "SLOT"', member % value))}
        assert ("value-escape" in codes) == misread


def test_control_character_in_the_name_of_a_variable_is_an_error() -> None:
    for name, code in (("A\n", "value-control-characters"), ("A B", "reference-name")):
        (found,) = findings(config({**KEY, "value": f"env.{name}"}))
        assert (found.code, found.severity) == (code, CODES[code][0])


def test_every_reference_that_leads_nowhere_is_an_error() -> None:
    """Even one that does not keep the gateway from starting, because its target never works."""
    target = {"provider": "openai", "key_id": "gone"}
    (found,) = findings(config(KEY, governance={"routing_rules": [{"targets": [target]}]}))
    assert (found.severity, found.path) == ("error", "governance.routing_rules[0].targets[0].key_id")
    assert found.severity == CODES[found.code][0]


def test_field_in_other_case_outside_of_the_keys_is_told_once_with_its_spelling() -> None:
    data = json.loads(config(KEY))
    data["providers"]["openai"]["Network_Config"] = {}
    data |= {"Governance": {}, "Client": {}, "cliend": {}, "clint_settings": {}}
    found = [
        (finding.severity, finding.path, finding.hint) for finding in findings(json.dumps(data, indent=1))
    ]
    assert found == [
        ("warning", "providers.openai.Network_Config", "spell it 'network_config'"),
        ("warning", "Governance", "spell it 'governance'"),
        ("warning", "Client", "spell it client"),
        ("warning", "cliend", "did you mean client?"),
        ("warning", "clint_settings", ""),
    ]


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("Endpoint", "field-case", "spell it endpoint: keys check --fix does that"),
        ("endpiont", "field-misspelt", "did you mean endpoint?"),
        ("endpoint_for_tests", "config-field-unknown", ""),
    ],
)
def test_misspelt_field_of_a_config_object_is_reported_with_the_right_one(
    name: str, code: str, hint: str
) -> None:
    entry = {**KEY, "azure_key_config": {"api_version": "1", name: "https://x"}}
    found = {each.code: each for each in findings(config(entry, provider="azure"))}
    assert (found[code].severity, found[code].hint) == ("warning", hint)
    assert ("config-field-missing" in found) == (name != "Endpoint")


def test_place_of_a_field_in_other_case_is_its_value() -> None:
    entry = {**KEY, "Weight": -1}
    del entry["weight"]
    text = config(entry).replace('"keys"', '"Keys"')
    places = {
        (finding.code, text.splitlines()[(finding.line or 0) - 1][(finding.column or 0) - 1 :])
        for finding in findings(text)
    }
    assert places == {("field-case", "["), ("field-case", "-1"), ("weight-negative", "-1")}


@pytest.mark.parametrize(
    "changes",
    [
        {f"x{number:05d}": 1 for number in range(20_000)},
        {"models": ["a"] * 20_000},
        {"aliases": {f" a{number}": "b" for number in range(20_000)}},
        {"azure_key_config": {"endpoint": "https://x"} | {f"x{number:05d}": 1 for number in range(20_000)}},
    ],
)
def test_twenty_thousand_faults_of_one_key_are_found_one_by_one(changes: dict[str, Any]) -> None:
    """With quadratic time it would take minutes."""
    found = findings(json.dumps({"providers": {"azure": {"keys": [{**KEY, **changes}]}}}))
    assert len({(each.code, each.path) for each in found}) >= 20_000 - 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("google", "write gemini or vertex"),
        ("opnai", "write openai"),
        ("zai", "correct the name"),
    ],
)
def test_an_unknown_provider_gets_the_name_that_is_meant(name: str, hint: str) -> None:
    found = findings(config(KEY, provider=name))
    assert [each.hint.partition(";")[0] for each in found if each.code == "provider-unknown"] == [hint]


@pytest.mark.parametrize(
    ("provider", "place"),
    [("azure", "the key's azure_key_config"), ("openai", "the config object of a provider that has one")],
)
def test_an_old_block_in_a_key_is_told_where_its_fields_belong(provider: str, place: str) -> None:
    found = findings(config({**KEY, "meta_config": {"endpoint": "x"}}, provider=provider))
    assert [each.hint for each in found if each.code == "field-misplaced"] == [
        f"its fields belong in {place}"
    ]
