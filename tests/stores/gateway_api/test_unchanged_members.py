"""Every member that a change does not name stays as it was in the database, for every kind of key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bifrost_keys.stores.gateway_api.client import Client, KeyInfo
from bifrost_keys.stores.gateway_api.writes import create_key, update_key
from tests.stores.gateway_api.clients import NETWORK, RELEASES, client, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway
from tests.stores.gateway_api.fake_keys import CONFIGS
from tests.stores.gateway_api.fake_secrets import NEW, OLD

# Long and short secrets, references that are set and that are not; ASCII, as a header carries it.
_LITERAL = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40).filter(
    lambda text: not text.startswith(("env.", "vault.", '"'))
)
_SECRET = st.one_of(_LITERAL, st.sampled_from(["env.OPENAI_API_KEY", "env.REGION", "env.NOT_SET"]))
_SET = st.one_of(_LITERAL, st.just("env.OPENAI_API_KEY"))
_MODELS = st.one_of(st.just(["*"]), st.lists(st.sampled_from("abcdef"), unique=True, max_size=3))
_WEIGHT = st.one_of(st.integers(0, 10), st.sampled_from([0.25, 0.5]))


@st.composite
def entries(draw: st.DrawFn, kind: str, release: str) -> dict[str, Any]:
    """Return a key of a provider, in the file's form."""
    entry: dict[str, Any] = {
        "value": draw(_SET),
        "models": draw(_MODELS),
        "blacklisted_models": draw(st.lists(st.sampled_from("xyz"), unique=True, max_size=2)),
        "weight": draw(_WEIGHT),
        "enabled": draw(st.booleans()),
        "use_for_batch_api": draw(st.booleans()),
        "aliases": draw(st.dictionaries(st.sampled_from("pqr"), st.sampled_from("abc"), max_size=2)),
    }
    if kind in CONFIGS:
        entry[f"{kind}_key_config"] = draw(_config(kind, release))
    if release == NEW and kind == "azure" and draw(st.booleans()):
        target = {"model_id": "dep", "api_version": "2024", "endpoint": draw(_SECRET)}
        entry["aliases"]["own"] = target
    return {name: value for name, value in entry.items() if value not in ([], {})}


def _config(kind: str, release: str) -> st.SearchStrategy[dict[str, Any]]:
    always, others = CONFIGS[kind]
    plain: dict[str, st.SearchStrategy[Any]] = {
        "azure": {"scopes": st.lists(st.sampled_from("st"), min_size=1, unique=True)},
        "bedrock": {"batch_s3_config": st.just({"buckets": [{"bucket_name": "b", "prefix": "in/"}]})},
        "vllm": {"model_name": st.just("m")},
        "replicate": {"use_deployments_endpoint": st.booleans()},
    }.get(kind, {})
    required = {name: _SECRET for name in always if name in ("url", "endpoint")}
    known = [name for name in (*always, *others) if name != "api_version" or release == OLD]
    optional = {name: _SECRET for name in known if name not in required} | plain
    return st.fixed_dictionaries(required, optional=optional)


CHANGES = st.one_of(
    st.fixed_dictionaries({"weight": st.integers(11, 20)}),
    st.fixed_dictionaries({"name": st.sampled_from(["renamed", "two words", "\u043a\u043b\u044e\u0447"])}),
    st.fixed_dictionaries({"enabled": st.booleans()}),
    st.fixed_dictionaries({"models": st.just(["g", "h"]), "use_for_batch_api": st.booleans()}),
    st.fixed_dictionaries({"aliases": st.just({"z": "m"})}),
    st.fixed_dictionaries({"value": _SET}),
)


def row(gateway: FakeGateway, key_id: str) -> dict[str, Any]:
    """Return the key in the database."""
    found = gateway.database.row(key_id)
    assert found is not None
    return found.key.row(found.provider)


COLUMNS = {"use_for_batch_api": "batch"}


@pytest.mark.parametrize("kind", ["openai", *CONFIGS])
@pytest.mark.parametrize("release", RELEASES)
def test_every_other_member_is_as_it_was(release: str, kind: str) -> None:
    with fake(release, config=config(**{kind: {"network_config": NETWORK, "keys": []}})) as gateway:
        with client(gateway) as opened:

            @settings(
                max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
            )
            @given(entries(kind, release), CHANGES)
            def held(entry: dict[str, Any], change: dict[str, Any]) -> None:
                change_one(gateway, opened, kind, entry, change)

            held()


def change_one(
    gateway: FakeGateway, opened: Client, provider: str, entry: dict[str, Any], change: dict[str, Any]
) -> None:
    """Create a key, change it, and compare the database before and after."""
    made = create_key(opened, provider, {**entry, "name": "made"})
    before = opened.key(provider, made.key.id)
    columns = row(gateway, made.key.id)
    written = update_key(opened, before, {**before.entry, **change})
    after = row(gateway, made.key.id)
    named = {COLUMNS.get(name, name) for name in change}
    assert {name: value for name, value in after.items() if name not in named} == {
        name: value for name, value in columns.items() if name not in named
    }
    for name in named - {"aliases"}:
        assert after[name] == next(value for key, value in change.items() if COLUMNS.get(key, key) == name)
    same_in_memory(opened.key(provider, made.key.id), before, change)
    assert written.entry["name"] == change.get("name", "made")
    gateway.node.delete(provider, made.key.id)


def same_in_memory(now: KeyInfo, before: KeyInfo, change: dict[str, Any]) -> None:
    """Assert that the gateway also serves the key as it was."""
    from bifrost_keys.stores.gateway_api.comparison import differing_members

    assert {name.partition(".")[0] for name in differing_members(before, now)} <= {*change}
