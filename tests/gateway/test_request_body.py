"""The request body of the gateway's API, in the form of the file."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.request_body import from_wire

REFERENCES = (
    {"value": "resolved-SENTINEL", "env_var": "env.X", "from_env": True},
    {"value": "resolved-SENTINEL", "ref": "env.X", "type": "env"},
)
LITERALS = (
    {"value": "text", "env_var": "", "from_env": False},
    {"value": "text", "type": "plain_text"},
    {"value": "text"},
)


@pytest.mark.parametrize(("forms", "text"), [(REFERENCES, "env.X"), (LITERALS, "text")])
def test_a_secret_of_either_generation_is_its_text_at_any_depth(
    forms: tuple[dict[str, Any], ...], text: str
) -> None:
    for secret in forms:
        body = {
            "value": secret,
            "bedrock_key_config": {"region": secret, "endpoints": {"s3": secret}},
            "aliases": {"a": {"model_id": "x", "region": secret}, "b": "y"},
        }
        assert from_wire(body) == (
            {
                "value": text,
                "bedrock_key_config": {"region": text, "endpoints": {"s3": text}},
                "aliases": {"a": {"model_id": "x", "region": text}, "b": "y"},
            },
            [],
            (),
        )


@pytest.mark.parametrize(
    "path",
    [
        ("value",),
        ("vertex_key_config", "auth_credentials"),
        ("vertex_key_config", "region"),
        ("vertex_key_config", "aws_workload_identity", "audience"),
        ("aliases", "a", "region"),
    ],
)
def test_any_other_object_in_the_place_of_a_secret_is_refused(path: tuple[str, ...]) -> None:
    body: Any = {"type": "service_account", "private_key": "SENTINEL"}
    for name in reversed(path):
        body = {name: body}
    _, faults, _ = from_wire(body)
    assert [(fault.code, fault.path) for fault in faults] == [("type-wrong", path)]
    assert "SENTINEL" not in repr(faults)


def test_null_is_absent_at_any_depth() -> None:
    body = {
        "value": None,
        "vertex_key_config": {"region": None, "aws_workload_identity": {"audience": "a", "aws_region": None}},
        "aliases": {"a": {"model_id": "x", "endpoint": None}},
    }
    assert from_wire(body) == (
        {
            "vertex_key_config": {"aws_workload_identity": {"audience": "a"}},
            "aliases": {"a": {"model_id": "x"}},
        },
        [],
        (),
    )


def test_a_reference_that_names_nothing_is_refused_and_the_gateways_notes_are_left_out() -> None:
    body = {"value": {"value": "x", "ref": "", "type": "env"}, "status": "success", "config_hash": "0"}
    fields, faults, left_out = from_wire(body)
    assert (fields, [fault.code for fault in faults]) == ({"value": ""}, ["reference-name"])
    assert set(left_out) == {"status", "config_hash"}
