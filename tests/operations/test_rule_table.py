"""Every rule of check once: the smallest file that breaks it, and the only finding."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bifrost_keys.errors import ConfigUnusableError
from bifrost_keys.gateway.rules.catalog import CODES
from bifrost_keys.operations.check import check_document
from bifrost_keys.stores.config_file.document import Document
from tests.gateway_database import columns, make_database
from tests.keys import REFERENCE as KEY

OTHER: dict[str, Any] = {**KEY, "id": "j", "name": "two", "value": "env.OTHER"}
AZURE = {"endpoint": "https://x.openai.azure.com"}
VLLM = {"url": "http://h:8000", "model_name": "m"}
VERTEX = {"project_id": "p", "region": "global"}
ABSENT = object()


class Row(NamedTuple):
    """A file, and the only finding in it: its code and place; the gateway's release, if it matters."""

    code: str
    file: Any
    path: str
    release: str | None = None


def file(providers: Any, **top: Any) -> dict[str, Any]:
    data = {"$schema": "https://www.getbifrost.ai/schema", "providers": providers, **top}
    return {name: value for name, value in data.items() if value is not ABSENT}


def top(**members: Any) -> dict[str, Any]:
    return file({"openai": {"keys": [KEY]}}, **members)


def keys(*entries: dict[str, Any], provider: str = "openai", **settings: Any) -> dict[str, Any]:
    return file({provider: {"keys": list(entries), **settings}})


def key(provider: str = "openai", **changes: Any) -> dict[str, Any]:
    entry = {name: value for name, value in (KEY | changes).items() if value is not ABSENT}
    return keys(entry, provider=provider)


def azure(**changes: Any) -> dict[str, Any]:
    return key("azure", azure_key_config=AZURE | changes)


def custom(**declared: Any) -> dict[str, Any]:
    return keys(KEY, provider="acme", custom_provider_config=declared)


def virtual(config: dict[str, Any]) -> dict[str, Any]:
    return {"virtual_keys": [{"provider_configs": [{"provider": "openai", **config}]}]}


ENTRY = "providers.openai.keys[0]"
ROWS = [
    Row("text-not-json", "{", ""),
    Row("text-not-utf8", b"\xff", ""),
    Row("file-encrypted", top(sops={"mac": "ENC[AES256_GCM,data:SENTINEL]"}), "sops"),
    Row("type-wrong", key(weight="1"), f"{ENTRY}.weight"),
    Row(
        "number-negative",
        keys(KEY, network_config={"max_retries": -1}),
        "providers.openai.network_config.max_retries",
    ),
    Row("member-duplicate", key(WEIGHT=1), f"{ENTRY}.WEIGHT"),
    Row("field-case", key(weight=ABSENT, Weight=1), f"{ENTRY}.Weight"),
    Row("surrogate-lone", key(description="\ud800"), f"{ENTRY}.description"),
    Row("top-level-unknown", top(foo=1), "foo"),
    Row("provider-field-unknown", keys(KEY, foo=1), "providers.openai.foo"),
    Row("field-unknown", key(foo=1), f"{ENTRY}.foo"),
    Row("config-field-unknown", azure(foo=1), "providers.azure.keys[0].azure_key_config.foo"),
    Row("field-misspelt", key(wieght=1), f"{ENTRY}.wieght"),
    Row("field-misplaced", top(anthropic={"keys": []}), "anthropic"),
    Row("provider-bookkeeping", keys(KEY, config_hash="00ff"), "providers.openai.config_hash"),
    Row("schema-missing", top(**{"$schema": ABSENT}), "$schema"),
    Row("schema-address", top(**{"$schema": "https://example.com/schema"}), "$schema"),
    Row("version-unknown", top(version=3), "version"),
    Row("source-of-truth-unknown", top(source_of_truth="file"), "source_of_truth"),
    Row("providers-missing", file(ABSENT), "providers"),
    Row("provider-unknown", keys(KEY, provider="acme"), "providers.acme"),
    Row("provider-case", keys(KEY, provider="OpenAI"), "providers.OpenAI"),
    Row(
        "custom-provider-name",
        keys(KEY, custom_provider_config={"base_provider_type": "cohere"}),
        "providers.openai.custom_provider_config",
    ),
    Row(
        "custom-provider-base",
        custom(base_provider_type="groq"),
        "providers.acme.custom_provider_config.base_provider_type",
    ),
    Row(
        "custom-provider-keyless",
        keys(provider="acme", custom_provider_config={"base_provider_type": "bedrock", "is_key_less": True}),
        "providers.acme.custom_provider_config.is_key_less",
    ),
    Row("keys-missing", keys(), "providers.openai.keys"),
    Row(
        "keys-at-keyless-provider",
        custom(base_provider_type="openai", is_key_less=True),
        "providers.acme.keys",
    ),
    Row("name-duplicate", keys(KEY, {**OTHER, "name": "one"}), "providers.openai.keys[1].name"),
    Row("id-duplicate", keys(KEY, {**OTHER, "id": "i"}), "providers.openai.keys[1].id"),
    Row("value-duplicate", keys(KEY, {**OTHER, "value": "env.KEY"}), "providers.openai.keys[1].value"),
    Row("name-missing", key(name=ABSENT), f"{ENTRY}.name"),
    Row("name-empty", key(name=""), f"{ENTRY}.name"),
    Row("name-blank", key(name=" "), f"{ENTRY}.name"),
    Row("name-whitespace", key(name="a "), f"{ENTRY}.name"),
    Row("name-unseen-characters", key(name="a\u200bb"), f"{ENTRY}.name"),
    Row("name-too-long", key(name="n" * 256), f"{ENTRY}.name"),
    Row("name-option", key(name="--dry-run"), f"{ENTRY}.name"),
    Row("name-redacted", key(name="********"), f"{ENTRY}.name"),
    Row("name-selector", key(name="anthropic/prod"), f"{ENTRY}.name"),
    Row("name-looks-secret", key(name="sk-proj-SENTINEL-0123456789"), f"{ENTRY}.name"),
    Row("id-characters", key(id=" "), f"{ENTRY}.id"),
    Row("id-looks-secret", key(id="sk-proj-SENTINEL-0123456789"), f"{ENTRY}.id"),
    Row(
        "secret-object",
        azure(endpoint={"value": "https://h"}),
        "providers.azure.keys[0].azure_key_config.endpoint",
    ),
    Row("field-null", key(models=None), f"{ENTRY}.models"),
    Row("value-missing", key(value=ABSENT), f"{ENTRY}.value"),
    Row("value-blank", key(value=" "), f"{ENTRY}.value"),
    Row("value-whitespace", key(value="a SENTINEL"), f"{ENTRY}.value"),
    Row("value-control-characters", key(value="a\nSENTINEL"), f"{ENTRY}.value"),
    Row("value-unseen-characters", key(value="a\u200bSENTINEL"), f"{ENTRY}.value"),
    Row("value-too-long", key(value="S" * 65537), f"{ENTRY}.value"),
    Row("value-redacted", key(value="SENT***"), f"{ENTRY}.value"),
    Row("value-bearer", key(value="Bearer SENTINEL"), f"{ENTRY}.value"),
    Row("value-escape", json.dumps(key(value="SENTINEL@")).replace("@", "\\/"), f"{ENTRY}.value"),
    Row("value-quoted", key(value="'SENTINEL'"), f"{ENTRY}.value"),
    Row("value-unexpanded", key(value="$SENTINEL"), f"{ENTRY}.value"),
    Row("value-assignment", key(value="KEY=SENTINEL"), f"{ENTRY}.value"),
    Row("value-option", key(value="--SENTINEL"), f"{ENTRY}.value"),
    Row("value-file", key(value="@SENTINEL"), f"{ENTRY}.value"),
    Row("value-foreign-reference", key(value="os.environ/SENTINEL"), f"{ENTRY}.value"),
    Row("value-placeholder", key(value="changeme"), f"{ENTRY}.value"),
    Row("value-encoded", key(value="c2stU0VOVElORUwtMDEyMzQ1Njc4OWFiY2RlZg=="), f"{ENTRY}.value"),
    Row("value-copied", key(value="sk-SENTINEL-0123456789,"), f"{ENTRY}.value"),
    Row("value-variable-name", key(value="OPENAI_API_KEY"), f"{ENTRY}.value"),
    Row("value-virtual-key", key(value="sk-bf-SENTINEL"), f"{ENTRY}.value"),
    Row("value-other-provider", key(value="sk-ant-SENTINEL"), f"{ENTRY}.value"),
    Row(
        "note-repeats-secret",
        key(value="plain-SENTINEL", description="no plain-SENTINEL"),
        f"{ENTRY}.description",
    ),
    Row("reference-empty", key(value="env."), f"{ENTRY}.value"),
    Row("reference-looks-secret", key(value="env.sk-proj-SENTINEL"), f"{ENTRY}.value"),
    Row("reference-name", key(value="env.A B"), f"{ENTRY}.value"),
    Row("reference-vault", key(value="vault.a"), f"{ENTRY}.value"),
    Row("models-missing", key(models=ABSENT), f"{ENTRY}.models"),
    Row("models-empty", key(models=[]), f"{ENTRY}.models"),
    Row("model-wildcard-mixed", key(models=["*", "a"]), f"{ENTRY}.models"),
    Row("model-duplicate", key(models=["a", "A"]), f"{ENTRY}.models[1]"),
    Row("model-blank", key(models=[" "]), f"{ENTRY}.models[0]"),
    Row("model-pattern", key(models=["regex:(?=a)"]), f"{ENTRY}.models[0]"),
    Row("model-not-pattern", key(models=["gpt-*"]), f"{ENTRY}.models[0]"),
    Row("model-with-provider", key(models=["openai/gpt-4o"]), f"{ENTRY}.models[0]"),
    Row("blacklist-pattern", key(blacklisted_models=["regex:"]), f"{ENTRY}.blacklisted_models[0]"),
    Row("blacklist-not-pattern", key(blacklisted_models=["*-mini"]), f"{ENTRY}.blacklisted_models[0]"),
    Row("blacklist-all", key(blacklisted_models=["*"]), f"{ENTRY}.blacklisted_models"),
    Row("blacklist-wildcard-mixed", key(blacklisted_models=["*", "a"]), f"{ENTRY}.blacklisted_models"),
    Row("blacklist-duplicate", key(blacklisted_models=["a", "A"]), f"{ENTRY}.blacklisted_models[1]"),
    Row("blacklist-blank", key(blacklisted_models=[""]), f"{ENTRY}.blacklisted_models[0]"),
    Row(
        "model-name-excluded",
        key("vllm", models=["other"], vllm_key_config=VLLM),
        "providers.vllm.keys[0].vllm_key_config.model_name",
    ),
    Row("weight-missing", key(weight=ABSENT), f"{ENTRY}.weight"),
    Row("weight-negative", key(weight=-1), f"{ENTRY}.weight"),
    Row("weight-too-large", key(weight=1e17), f"{ENTRY}.weight"),
    Row("weights-too-large", keys(KEY | {"weight": 9e16}, OTHER | {"weight": 9e16}), "providers.openai.keys"),
    Row("weight-zero", key(weight=0.009), f"{ENTRY}.weight"),
    Row("alias-source", key(aliases={" a": "b"}), f"{ENTRY}.aliases[' a']"),
    Row("alias-target", key(aliases={"a": " "}), f"{ENTRY}.aliases.a"),
    Row("alias-duplicate", key(aliases={"a": "b", "A": "c"}), f"{ENTRY}.aliases.A"),
    Row(
        "alias-foreign",
        key(aliases={"a": {"model_id": "b", "endpoint": "https://x"}}),
        f"{ENTRY}.aliases.a.endpoint",
    ),
    Row(
        "alias-field",
        key(aliases={"a": {"model_id": "b", "model_family": "qwen"}}),
        f"{ENTRY}.aliases.a.model_family",
    ),
    Row("alias-reference", key(aliases={"a": "env.MODEL"}), f"{ENTRY}.aliases.a"),
    Row("config-missing", key("azure"), "providers.azure.keys[0].azure_key_config"),
    Row("config-field-missing", azure(endpoint=""), "providers.azure.keys[0].azure_key_config.endpoint"),
    Row("config-incomplete", azure(client_id="c"), "providers.azure.keys[0].azure_key_config.client_secret"),
    Row("config-foreign", key(azure_key_config=AZURE), f"{ENTRY}.azure_key_config"),
    Row("config-text", azure(endpoint=" "), "providers.azure.keys[0].azure_key_config.endpoint"),
    Row(
        "config-form",
        key("bedrock", bedrock_key_config={"region": "us_east"}),
        "providers.bedrock.keys[0].bedrock_key_config.region",
    ),
    Row(
        "config-conflict",
        key(
            "vertex",
            vertex_key_config=VERTEX
            | {"auth_credentials": "env.CREDENTIAL", "aws_workload_identity": {"audience": "a"}},
        ),
        "providers.vertex.keys[0].vertex_key_config.aws_workload_identity",
    ),
    Row(
        "address-scheme",
        azure(endpoint="x.openai.azure.com"),
        "providers.azure.keys[0].azure_key_config.endpoint",
    ),
    Row(
        "address-path",
        azure(endpoint="https://x.openai.azure.com/openai/deployments/m/chat/completions?api-version=1"),
        "providers.azure.keys[0].azure_key_config.endpoint",
    ),
    Row("secret-not-text", key(value={"value": "SENTINEL"}), f"{ENTRY}.value"),
    Row(
        "bucket-name",
        key(
            "bedrock",
            bedrock_key_config={
                "region": "us-east-1",
                "batch_s3_config": {"buckets": [{"bucket_name": " "}]},
            },
        ),
        "providers.bedrock.keys[0].bedrock_key_config.batch_s3_config.buckets[0].bucket_name",
    ),
    Row(
        "credentials-invalid",
        key("vertex", vertex_key_config=VERTEX | {"auth_credentials": "SENTINEL"}),
        "providers.vertex.keys[0].vertex_key_config.auth_credentials",
    ),
    Row(
        "credentials-type",
        key("vertex", vertex_key_config=VERTEX | {"auth_credentials": '{"type": "SENTINEL"}'}),
        "providers.vertex.keys[0].vertex_key_config.auth_credentials",
    ),
    Row("field-newer", key(use_anthropic_endpoints=True), f"{ENTRY}.use_anthropic_endpoints", "1.6.4"),
    Row("provider-newer", keys(KEY, provider="deepseek"), "providers.deepseek", "1.6.2"),
    Row("alias-object", key(aliases={"a": {"model_id": "b"}}), f"{ENTRY}.aliases.a", "1.5.11"),
    Row("pattern-newer", key(models=["regex:a"]), f"{ENTRY}.models[0]", "2.1.0"),
    Row(
        "fallback-object",
        top(governance={"routing_rules": [{"fallbacks": [{"provider": "openai", "model": "m"}]}]}),
        "governance.routing_rules[0].fallbacks[0]",
        "2.2.2",
    ),
    Row(
        "custom-provider-later",
        keys(KEY, provider="deepseek", custom_provider_config={"base_provider_type": "openai"}),
        "providers.deepseek.custom_provider_config",
    ),
    Row("hash-stale", key(config_hash="0" * 64), f"{ENTRY}.config_hash"),
    Row(
        "reference-unresolved",
        top(governance={"pricing_overrides": [{"provider_key_name": "gone"}]}),
        "governance.pricing_overrides[0].provider_key_name",
    ),
    Row(
        "reference-unchecked",
        top(governance={"routing_rules": [{"targets": [{"provider": "openai", "key_id": "gone"}]}]}),
        "governance.routing_rules[0].targets[0].key_id",
    ),
    Row(
        "reference-incomplete",
        top(governance={"routing_rules": [{"targets": [{"provider_key_name": "one"}]}]}),
        "governance.routing_rules[0].targets[0].provider",
    ),
    Row(
        "reference-doubled",
        top(governance={"pricing_overrides": [{"provider_key_name": "one", "provider_key_id": "i"}]}),
        "governance.pricing_overrides[0].provider_key_name",
    ),
    Row(
        "reference-all-mixed",
        top(governance=virtual({"key_ids": ["*", "i"]})),
        "governance.virtual_keys[0].provider_configs[0].key_ids",
    ),
    Row(
        "reference-without-database",
        top(
            config_store={"enabled": False},
            governance={"pricing_overrides": [{"provider_key_name": "one"}]},
        ),
        "governance.pricing_overrides[0].provider_key_name",
    ),
    Row(
        "reference-other-provider",
        top(governance=virtual({"provider": "anthropic", "key_ids": ["i"]})),
        "governance.virtual_keys[0].provider_configs[0].key_ids[0]",
    ),
    Row(
        "reference-enterprise",
        top(circuit_breaker_config={"policies": [{"primary_key_ids": ["gone"]}]}),
        "circuit_breaker_config.policies[0].primary_key_ids[0]",
    ),
]
# What only the operating system, a database or a gateway shows, or somebody who gives a secret by itself.
ELSEWHERE = {
    "reference-not-set",
    "list-models-failed",
    "virtual-key-empty",
    "name-of-other-row",
    "path-not-a-file",
    "file-too-large",
    "link-loop",
    "value-not-text",
    "value-not-ascii",
    "private-key-invalid",
}


def found(content: Any, release: str | None = None) -> list[tuple[str, str, str]]:
    """Severity, code and path of each finding in a file."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    try:
        document = Document.parse(content, lenient=True)
    except ConfigUnusableError as error:
        return [("error", error.code, "")]
    told = check_document(document, None, release=release)
    assert "SENTINEL" not in "".join(f"{each.message}{each.hint}{each.path}{each.key}" for each in told)
    return [(each.severity, each.code, each.path) for each in told]


@pytest.mark.parametrize("row", ROWS, ids=[row.code for row in ROWS])
def test_a_file_that_breaks_one_rule_has_its_finding_alone(row: Row) -> None:
    assert found(row.file, row.release) == [(CODES[row.code].severity, row.code, row.path)]


def test_a_key_with_the_name_of_another_providers_row_keeps_the_gateway_from_starting(tmp_path: Path) -> None:
    row, other = columns("openai", KEY), columns("groq", {**OTHER, "name": "g1"})
    make_database(tmp_path / "config.db", row, other)
    text = json.dumps(key(name="g1"))
    found = check_document(Document.parse(text.encode(), lenient=True), str(tmp_path / "config.json"))
    assert [(each.severity, each.code, each.path) for each in found] == [
        ("error", "name-of-other-row", f"{ENTRY}.name")
    ]


def test_every_code_has_its_row() -> None:
    assert {row.code for row in ROWS} | ELSEWHERE == CODES.keys()


def test_every_code_of_a_file_that_cannot_be_used_is_in_the_table() -> None:
    """They prevent reading the file and become a finding; a hard link prevents only a change."""
    readers = ("stores/config_file/decoding", "stores/config_file/document", "stores/files/open_file")
    raised = r'(?:ConfigUnusableError|_unusable)\((?:[^()]|\([^()]*\))*?code="([a-z0-9-]+)"'
    codes = {
        code for name in readers for code in re.findall(raised, Path(f"bifrost_keys/{name}.py").read_text())
    }
    assert codes - {"file-hard-linked"} == {
        "text-not-json",
        "text-not-utf8",
        "path-not-a-file",
        "file-too-large",
        "link-loop",
    }


def test_the_files_are_sound_but_for_the_breach() -> None:
    custom_provider = custom(base_provider_type="openai")
    for sound in (top(), key(), azure(), custom_provider, keys(KEY, OTHER), key("bedrock")):
        assert found(sound) == []
