"""The codec of both generations: keys are read in the form of the file, and sent in one for all releases."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bifrost_keys.errors import InvalidInputError, ServerUnusableError
from bifrost_keys.gateway.secrets.masked import Masked, as_sent, masked_members
from bifrost_keys.stores.gateway_api.comparison import differing_members, unmet_members
from bifrost_keys.stores.gateway_api.wire import (
    KeyInfo,
    create_body,
    read_key,
    update_body,
)
from tests.figures import Tell
from tests.sentinel import SHORT_SECRET as SECRET
from tests.stores.gateway_api.clients import RELEASES
from tests.stores.gateway_api.conversations import FOLDER
from tests.stores.gateway_api.fake_secrets import mask

MASK = mask(SECRET)


def old(value: str = "", reference: str = "") -> dict[str, Any]:
    """Return a secret as 1.5.1 writes it."""
    return {"value": value, "env_var": reference, "from_env": bool(reference)}


def new(value: str = "", reference: str = "") -> dict[str, Any]:
    """Return a secret as 1.6.0 writes it."""
    if not reference:
        return {"value": value, "type": "plain_text"}
    return {"value": value, "ref": reference, "type": reference.partition(".")[0]}


FORMS = pytest.mark.parametrize("form", [old, new], ids=["old", "new"])


def read(**members: Any) -> KeyInfo:
    """Return the key made from these members of a response."""
    return read_key("openai", {"id": "one", "name": "first", **members})


def shown(value: Any) -> Any:
    """Return a value with its masks as text, to compare it whole."""
    if isinstance(value, Masked):
        return ("masked", as_sent(value))
    if isinstance(value, dict):
        return {name: shown(member) for name, member in value.items()}
    return [shown(member) for member in value] if isinstance(value, list) else value


@FORMS
@pytest.mark.parametrize(
    ("value", "reference", "entry"),
    [
        (MASK, "", ("masked", MASK)),
        ("***", "", ("masked", "***")),
        ("", "", None),
        (MASK, "env.OPENAI_API_KEY", "env.OPENAI_API_KEY"),
        ("", "env.NOT_SET", "env.NOT_SET"),
        (SECRET, "env.OPENAI_API_KEY", "env.OPENAI_API_KEY"),
        ("surprise", "", ("masked", "surprise")),
    ],
)
def test_the_value_is_a_reference_or_masked(form: Any, value: str, reference: str, entry: Any) -> None:
    key = read(value=form(value, reference))
    assert shown(key.entry.get("value")) == entry
    assert "surprise" not in f"{key.entry} {key}"


def test_a_vault_reference_is_one() -> None:
    assert read(value=new(MASK, "vault.team/openai#key")).entry["value"] == "vault.team/openai#key"


@FORMS
def test_config_objects_are_read_member_by_member(form: Any) -> None:
    raw = {
        "endpoint": form("http://azure.invalid"),
        "client_id": form(mask("client-00000001")),
        "client_secret": form("not masked"),
        "tenant_id": form(mask("tenant-00000001"), "env.TENANT"),
        "api_version": form(""),
        "project_number": {"value": ""},
        "scopes": ["a", "b"],
        "model_name": "gpt",
        "use_deployments_endpoint": False,
        "batch_s3_config": {"buckets": [{"bucket_name": "b", "is_default": True}]},
        "endpoints": {"runtime": form("http://runtime.invalid"), "s3": form(MASK), "mantle": form("")},
        "nothing": None,
    }
    assert shown(read(azure_key_config=raw).entry["azure_key_config"]) == {
        "endpoint": "http://azure.invalid",
        "client_id": ("masked", mask("client-00000001")),
        "client_secret": ("masked", "not masked"),
        "tenant_id": "env.TENANT",
        "scopes": ["a", "b"],
        "model_name": "gpt",
        "use_deployments_endpoint": False,
        "batch_s3_config": {"buckets": [{"bucket_name": "b", "is_default": True}]},
        "endpoints": {"runtime": "http://runtime.invalid", "s3": ("masked", MASK)},
    }


def test_an_alias_keeps_the_reference_and_not_its_value() -> None:
    aliases = {
        "fast": "gpt-4o-mini",
        "value": "gpt-4o",
        "slow": {
            "model_id": "dep-1",
            "endpoint": new(f"http://{SECRET}.invalid", "env.ENDPOINT"),
            "region": new("eu-1"),
            "description": "for tests",
        },
    }
    read_aliases = read(aliases=aliases).entry["aliases"]
    assert read_aliases == {
        "fast": "gpt-4o-mini",
        "value": "gpt-4o",
        "slow": {
            "model_id": "dep-1",
            "endpoint": "env.ENDPOINT",
            "region": "eu-1",
            "description": "for tests",
        },
    }
    sent = json.loads(update_body({"name": "first", "aliases": read_aliases}, read()))
    assert sent["aliases"] == read_aliases


def test_the_notes_of_the_gateway_are_separate() -> None:
    key = read(status="success", description=f"echo {SECRET}", config_hash="0" * 64, enabled=True)
    assert key.entry == {"id": "one", "name": "first", "enabled": True}
    assert (key.status, key.description, key.config_hash) == ("success", f"echo {SECRET}", "0" * 64)
    assert "SENTINEL" not in repr(key)


def test_members_of_newer_releases_pass_through() -> None:
    unknown = {"use_openai_endpoints": True, "limits": {"rpm": 5, "key": new(MASK)}, "tags": ["a", {"b": 1}]}
    databricks = {"workspace_url": new("https://w.invalid"), "client_secret": new(MASK), "api_format": "auto"}
    key = read(databricks_key_config=databricks, **unknown)
    assert shown(key.entry["limits"]) == {"rpm": 5, "key": ("masked", MASK)}
    sent = json.loads(update_body(key.entry, key))
    assert sent["limits"] == {"rpm": 5, "key": MASK}
    assert (sent["use_openai_endpoints"], sent["tags"]) == (True, ["a", {"b": 1}])
    assert sent["databricks_key_config"] == {
        "workspace_url": "https://w.invalid",
        "client_secret": MASK,
        "api_format": "auto",
    }


@pytest.mark.parametrize("raw", [None, 5, "one", [], {}, {"name": "first"}, {"id": 5}, {"id": None}])
def test_a_response_that_is_not_a_key_is_refused(raw: object) -> None:
    with pytest.raises(ServerUnusableError):
        read_key("openai", raw)


# What is sent


@FORMS
def test_an_update_is_the_whole_key_in_strings(form: Any) -> None:
    key = read(
        value=form(MASK),
        models=["*"],
        blacklisted_models=[],
        weight=1,
        enabled=True,
        use_for_batch_api=False,
        aliases={"a": "b"},
        bedrock_key_config={
            "access_key": form(MASK),
            "secret_key": form("", "env.SECRET_KEY"),
            "region": form("eu"),
        },
        config_hash="0" * 64,
        status="list_models_failed",
        description="as it came",
        note="mine",
    )
    sent = json.loads(update_body({**key.entry, "weight": 2}, key))
    assert sent == {
        "name": "first",
        "value": MASK,
        "models": ["*"],
        "blacklisted_models": [],
        "weight": 2,
        "enabled": True,
        "use_for_batch_api": False,
        "aliases": {"a": "b"},
        "bedrock_key_config": {"access_key": MASK, "secret_key": "env.SECRET_KEY", "region": "eu"},
        "description": "as it came",
        "note": "mine",
    }


def test_a_create_has_an_id_and_nothing_that_the_gateway_notes() -> None:
    entry = {
        "id": "theirs",
        "name": "new",
        "value": SECRET,
        "config_hash": "0",
        "status": "s",
        "description": "d",
    }
    assert json.loads(create_body(entry, "ours")) == {"id": "ours", "name": "new", "value": SECRET}


def test_a_member_to_remove_is_sent_empty() -> None:
    key = read(
        value=new(MASK),
        models=["a"],
        weight=3,
        use_for_batch_api=True,
        enabled=False,
        aliases={"a": "b"},
        azure_key_config={"endpoint": new("http://e.invalid"), "client_id": new(MASK), "scopes": ["s"]},
        vertex_key_config={"region": new("eu")},
        limits={"rpm": 5},
    )
    wanted = {"name": "first", "azure_key_config": {"endpoint": "http://e.invalid"}}
    assert json.loads(update_body(wanted, key)) == {
        "name": "first",
        "value": "",
        "models": [],
        "weight": 0,
        "use_for_batch_api": False,
        "enabled": True,
        "aliases": {},
        "azure_key_config": {"endpoint": "http://e.invalid", "client_id": "", "scopes": []},
        "vertex_key_config": None,
    }


def test_a_name_is_never_left_out() -> None:
    assert json.loads(update_body({"weight": 1}, read()))["name"] == "first"


def test_null_is_never_sent_as_a_value() -> None:
    entry = {
        "name": "n",
        "value": None,
        "models": None,
        "azure_key_config": {"endpoint": None, "scopes": ["s"]},
        "aliases": {"a": {"model_id": "m", "region": None}},
    }
    assert json.loads(create_body(entry, "one")) == {
        "id": "one",
        "name": "n",
        "azure_key_config": {"scopes": ["s"]},
        "aliases": {"a": {"model_id": "m"}},
    }


@FORMS
def test_a_secret_object_of_the_file_is_sent_as_its_text(form: Any) -> None:
    config = {"access_key": form("literal"), "secret_key": form("", "env.K"), "region": {"value": "eu"}}
    sent = json.loads(create_body({"name": "n", "bedrock_key_config": config}, "one"))
    assert sent["bedrock_key_config"] == {"access_key": "literal", "secret_key": "env.K", "region": "eu"}


@pytest.mark.parametrize("value", [True, 5, 1.5, [], {}, {"x": "y"}])
def test_a_value_that_is_not_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError) as caught:
        create_body({"name": "n", "value": value}, "one")

    assert (caught.value.code, caught.value.field) == ("value-type", "value")


@pytest.mark.parametrize(
    "entry",
    [
        {"value": '"SENTINEL"'},
        {"value": '""'},
        {"azure_key_config": {"client_secret": '"SENTINEL"'}},
        {"aliases": {"a": {"model_id": "m", "endpoint": '"SENTINEL"'}}},
    ],
)
def test_a_secret_in_quotation_marks_is_refused(entry: dict[str, Any]) -> None:
    for body in (lambda: create_body(entry, "one"), lambda: update_body(entry, read())):
        with pytest.raises(InvalidInputError) as caught:
            body()
        assert (caught.value.code, caught.value.exit_code) == ("value-quoted", 65)
        assert "SENTINEL" not in str(caught.value)


@pytest.mark.parametrize("entry", [{"weight": float("nan")}, {"weight": float("inf")}, {"note": object()}])
def test_data_that_json_cannot_express_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="JSON"):
        create_body(entry, "one")


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="surrogate"):
        create_body({"value": "sk-\ud800"}, "one")


def test_text_beyond_ascii_is_sent_as_it_is() -> None:
    # a release takes a text with an escaped pair with its quotation marks
    body = create_body({"name": "\U0001f511", "value": "\u00e4/\U0001f511"}, "one")
    assert "\U0001f511".encode() in body
    assert b"\\u" not in body
    assert b"\\/" not in body


def test_masks_are_found_with_their_paths() -> None:
    key = read(value=new(MASK), azure_key_config={"client_id": new("***")}, limits=[{"key": new(MASK)}])
    assert [path for path, _ in masked_members(key.entry)] == [
        "value",
        "azure_key_config.client_id",
        "limits.key",
    ]


# Whether two states differ


@FORMS
def test_two_reads_of_one_key_do_not_differ(form: Any) -> None:
    members = {"value": form(MASK), "weight": 1, "azure_key_config": {"client_id": form("***")}}
    one, other = read(**members, status="success"), read(**members, status="x", description="y")
    assert differing_members(one, other) == ()


@pytest.mark.parametrize(
    ("change", "members"),
    [
        ({"value": new(mask("sk-other-SENTINEL-2"))}, ("value",)),
        ({"value": new(MASK, "env.X")}, ("value",)),
        ({"value": new("")}, ("value",)),
        ({"weight": 2}, ("weight",)),
        ({"weight": True}, ("weight",)),
        ({"name": "second"}, ("name",)),
        ({"enabled": True}, ()),  # as a gateway shows it that does not say so
        ({"enabled": False}, ("enabled",)),
        ({"models": ["*", "a"]}, ("models",)),
        ({"azure_key_config": {"client_id": new("****")}}, ("azure_key_config.client_id",)),
        ({"azure_key_config": None}, ("azure_key_config",)),
        ({"config_hash": "1"}, ()),
        ({"note": {"a": [1]}}, ("note",)),
    ],
)
def test_every_other_member_counts(change: dict[str, Any], members: tuple[str, ...]) -> None:
    base = {"value": new(MASK), "weight": 1, "models": ["*"], "azure_key_config": {"client_id": new("***")}}
    assert differing_members(read(**base), read(**{**base, **change})) == members
    assert differing_members(read(**{**base, **change}), read(**base)) == members


@pytest.mark.parametrize(
    ("wanted", "stored", "unmet"),
    [
        ({"value": SECRET}, {"value": new(MASK)}, ()),
        ({"value": SECRET}, {"value": new(mask("sk-other-SENTINEL-2"))}, ("value",)),
        ({"value": "env.X"}, {"value": new(MASK, "env.X")}, ()),
        ({"value": "env.X"}, {"value": new(MASK)}, ("value",)),
        ({"value": Masked(MASK)}, {"value": old(MASK)}, ()),
        ({"value": Masked(MASK)}, {"value": new("***")}, ("value",)),
        ({"value": Masked(MASK)}, {}, ("value",)),
        ({"value": ""}, {"value": new("")}, ()),
        ({}, {"enabled": True, "models": [], "use_for_batch_api": False, "aliases": {}}, ()),
        ({"enabled": False}, {}, ("enabled",)),
        ({"enabled": False}, {"enabled": False}, ()),
        ({}, {"enabled": False}, ("enabled",)),
        ({"weight": 1}, {"weight": 1.0}, ()),
        ({"weight": 1}, {}, ("weight",)),
        ({"aliases": {"a": {"model_id": "m"}}}, {"aliases": {"a": "m"}}, ()),
        ({"aliases": {"a": {"model_id": "m", "region": "env.R"}}}, {"aliases": {"a": "m"}}, ("aliases",)),
        (
            {"azure_key_config": {"endpoint": "http://e"}},
            {"azure_key_config": {"endpoint": new("http://e")}},
            (),
        ),
        (
            {"azure_key_config": {"endpoint": "http://e", "note": "x"}},
            {"azure_key_config": {"endpoint": new("http://e"), "client_id": new(MASK)}},
            ("azure_key_config.note", "azure_key_config.client_id"),
        ),
        ({"replicate_key_config": {"use_deployments_endpoint": False}}, {}, ()),
        ({}, {"replicate_key_config": {"use_deployments_endpoint": False}}, ()),
        (
            {"bedrock_key_config": {"region": {"value": "eu-1"}}},
            {"bedrock_key_config": {"region": new("****")}},
            (),
        ),
        ({"note": "x"}, {}, ("note",)),
        ({"config_hash": "1", "status": "s", "id": "two"}, {"config_hash": "2"}, ()),
    ],
)
def test_a_key_is_as_wanted_as_far_as_it_is_shown(
    wanted: dict[str, Any], stored: dict[str, Any], unmet: tuple[str, ...]
) -> None:
    assert unmet_members({"name": "first", **wanted}, read(**stored)) == unmet


# Recorded requests and responses of running gateways


def recorded_keys(release: str) -> list[dict[str, Any]]:
    """Return every exchange about keys of a release."""
    if not FOLDER.is_dir():
        pytest.skip(f"the recorded conversations are not here: {FOLDER}")
    text = (FOLDER / f"{release}-keys.jsonl").read_text()
    exchanges = [json.loads(line) for line in text.rstrip("\n").split("\n")]
    return [line for line in exchanges if "case" in line]


@pytest.mark.parametrize("release", RELEASES)
def test_the_body_is_one_that_was_observed_to_change_nothing_else(release: str, tell: Tell) -> None:
    """Recorded updates with strings left every other column alone; these bodies are the same."""
    compared, shown = 0, {}
    for line in recorded_keys(release):
        answer, request = line["answer"], line["request"]
        if request["method"] == "PUT" and "as strings, weight" in line["case"]:
            before = shown[line["case"]]
            ours = json.loads(update_body({**before.entry, "weight": request["body"]["weight"]}, before))
            theirs = {name: value for name, value in request["body"].items() if name not in ("id", "status")}
            assert without_empties(ours) == without_empties(theirs), line["case"]
            assert set(line["row"]["columns"]) <= {"weight", "status", "aliases_json"}
            compared += 1
        if line["status"] == 200 and isinstance(answer, dict) and "value" in answer:
            shown[line["case"]] = read_key("any", answer)

    tell(f"{release}: {compared} recorded updates are as ours would be")
    assert compared >= 20


def without_empties(value: Any) -> Any:
    """Return an absent secret may be sent as the empty text, or not at all."""
    if not isinstance(value, dict):
        return value
    return {name: without_empties(member) for name, member in value.items() if member != ""}


@pytest.mark.parametrize("release", RELEASES)
def test_no_recorded_key_leaves_a_secret_in_clear_or_a_mask_as_text(release: str) -> None:
    secrets = re.compile(r"sk-env-walnut|sk-env-otter|cedar-project|eu-maple|/harbour|\*{3}")
    for line in recorded_keys(release):
        answer = line["answer"]
        if line["status"] != 200 or not isinstance(answer, dict):
            continue
        for raw in answer.get("keys") or ([answer] if "value" in answer else []):
            key = read_key("any", raw)
            plain = json.dumps(key.entry, default=lambda masked: "")  # Masked is not JSON
            texts = plain.replace(json.dumps(key.name), "")
            assert not secrets.search(texts), line["case"]
