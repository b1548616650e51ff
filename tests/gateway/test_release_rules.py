"""Findings about members, providers and formats that are newer than a known release of the gateway."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.releases import ANY_RELEASE, ReleaseRange, exactly, parse_release, range_shown_by
from bifrost_keys.gateway.rules.file import file_faults
from bifrost_keys.gateway.rules.key import entry_faults
from bifrost_keys.gateway.rules.provider import provider_faults
from bifrost_keys.gateway.rules.reference import reference_faults
from tests.keys import REFERENCE as KEY

BEDROCK = {
    "region": "us-east-1",
    "project_id": "p",
    "endpoints": {"runtime": "https://x.y", "s3": "https://x.z"},
}
ALIAS = {"model_id": "m", "use_openai_endpoints": True}


def release(text: str) -> ReleaseRange:
    return exactly(parse_release(text))


def of_key(releases: ReleaseRange, provider: str = "openai", **members: Any) -> list[tuple[str, str]]:
    found = entry_faults({**KEY, **members}, built_in(provider), releases=releases)
    return [(fault.code, ".".join(map(str, fault.path))) for fault in found]


@pytest.mark.parametrize(
    ("members", "provider", "since", "before", "found"),
    [
        ({"use_anthropic_endpoints": True}, "openai", "1.6.5", "1.6.4", ["use_anthropic_endpoints"]),
        ({"bedrock_key_config": BEDROCK}, "bedrock", "2.0.0", "1.6.5", ["bedrock_key_config.endpoints"]),
        (
            {"bedrock_key_config": BEDROCK},
            "bedrock",
            "2.0.0",
            "1.6.3",
            ["bedrock_key_config.project_id", "bedrock_key_config.endpoints"],
        ),
        ({"aliases": {"a": ALIAS}}, "openai", "2.2.0", "2.1.0", ["aliases.a.use_openai_endpoints"]),
    ],
)
def test_a_member_is_ignored_before_its_release(
    members: dict[str, Any], provider: str, since: str, before: str, found: list[str]
) -> None:
    assert of_key(release(since), provider, **members) == []
    assert of_key(ANY_RELEASE, provider, **members) == []
    assert of_key(release(before), provider, **members) == [("field-newer", path) for path in found]


def test_a_field_that_an_older_gateway_may_know_is_not_called_newer() -> None:
    """The release that added the workload identity was after 1.6.0, and not after 2.2.6."""
    vertex = {"project_id": "p", "region": "global", "aws_workload_identity": {"audience": "a"}}
    for known, found in (("1.6.1", []), ("1.6.0", ["vertex_key_config.aws_workload_identity"])):
        told = of_key(release(known), "vertex", vertex_key_config=vertex)
        assert told == [("field-newer", path) for path in found]


@pytest.mark.parametrize(
    ("releases", "value", "warned"),
    [
        (ANY_RELEASE, "vault.a", True),
        (ANY_RELEASE, "vault.a#b", False),
        (release("1.5.16"), "vault.a#b", True),
        (release("1.6.0"), "vault.a", False),
        (range_shown_by((1, 5, 14)), "vault.a#b", True),
        (range_shown_by((1, 6, 0)), "vault.a", False),
    ],
)
def test_a_vault_reference_gets_a_warning_if_the_gateway_may_use_it_as_the_secret(
    releases: ReleaseRange, value: str, warned: bool
) -> None:
    assert of_key(releases, value=value) == ([("reference-vault", "value")] if warned else [])


def test_formats_that_stop_an_older_gateway_or_mean_nothing_to_it() -> None:
    lists = {"models": ["regex:a", "b"], "blacklisted_models": ["regex:c"]}
    assert of_key(release("2.2.0"), **lists) == []
    assert of_key(release("2.1.9"), **lists) == [
        ("pattern-newer", "models.0"),
        ("pattern-newer", "blacklisted_models.0"),
    ]
    aliases = {"a": {"model_id": "m"}, "b": "text"}
    assert of_key(release("1.5.12"), aliases=aliases) == []
    assert of_key(release("1.5.11"), aliases=aliases) == [("alias-object", "aliases.a")]
    fallback = {"provider": "openai", "model": "m", "provider_key_name": "one"}
    blocks = {"governance": {"routing_rules": [{"fallbacks": ["openai/m", fallback]}]}}
    for known, found in (("2.2.3", []), ("2.2.2", ["fallback-object"])):
        told = reference_faults(
            blocks.get, [KnownKey("openai", "one", "i")], database_is_off=False, releases=release(known)
        )
        assert [fault.code for fault in told] == found


def of_provider(releases: ReleaseRange, name: str, **settings: Any) -> list[str]:
    return [fault.code for fault in provider_faults(name, settings, key_count=1, releases=releases)]


@pytest.mark.parametrize(
    ("name", "since", "before"),
    [("runware", "1.6.0", "1.5.16"), ("github-copilot", "2.1.0", "2.0.9"), ("typesafe", "2.2.2", "2.2.1")],
)
def test_a_provider_is_an_error_before_its_release(name: str, since: str, before: str) -> None:
    assert of_provider(ANY_RELEASE, name) == []
    assert of_provider(release(since), name) == []
    assert of_provider(release(before), name) == ["provider-newer"]


def test_a_base_type_and_members_of_a_provider_before_their_release() -> None:
    typesafe = {"base_provider_type": "typesafe", "wait_for_usage": True}
    assert of_provider(ANY_RELEASE, "mine", custom_provider_config=typesafe) == []
    assert of_provider(release("2.2.1"), "mine", custom_provider_config=typesafe) == ["provider-newer"]
    old = of_provider(release("2.1.0"), "mine", custom_provider_config=typesafe, prompt_cache={})
    assert sorted(old) == ["field-newer", "provider-newer"]
    assert of_provider(release("2.0.0"), "openai", prompt_cache={}) == ["field-newer"]


@pytest.mark.parametrize(
    ("releases", "code"),
    [
        (ANY_RELEASE, "custom-provider-later"),
        (release("2.0.0"), "custom-provider-later"),
        (release("2.1.0"), "custom-provider-name"),
    ],
)
def test_a_custom_provider_with_the_name_of_a_later_one(releases: ReleaseRange, code: str) -> None:
    custom = {"base_provider_type": "openai"}
    assert of_provider(releases, "databricks", custom_provider_config=custom) == [code]
    assert of_provider(releases, "groq", custom_provider_config=custom) == ["custom-provider-name"]


def test_blocks_of_the_file_before_their_release() -> None:
    blocks = {"$schema": "https://www.getbifrost.ai/schema", "providers": {}, "webhooks": {}, "server": {}}
    for known, found in (("1.6.5", []), ("1.6.4", ["webhooks"]), ("1.5.11", ["webhooks", "server"])):
        told = file_faults(list(blocks), blocks.get, releases=release(known))
        assert [(fault.code, *fault.path) for fault in told] == [("field-newer", name) for name in found]


def test_a_database_shows_a_range_of_releases() -> None:
    assert range_shown_by((1, 6, 5)) == ReleaseRange((1, 6, 5), (2, 0, 0))
    assert range_shown_by((2, 2, 0)).before == ANY_RELEASE.before
    assert exactly((1, 5, 16)) == ReleaseRange((1, 5, 16), (1, 5, 17))
