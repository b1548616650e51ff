"""The file compared with the gateway: which keys are the same, and what counts as a difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bifrost_keys.operations.diff import KeyDiff, compare_stores
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.gateway_api.snapshot import GatewaySnapshot
from tests.figures import Tell
from tests.keys import FIRST
from tests.sentinel import SHORT_SECRET as SECRET
from tests.stores.gateway_api.clients import NOBODY, RELEASES, client, config, fake
from tests.stores.gateway_api.conversations import FOLDER
from tests.stores.gateway_api.fake_gateway import FakeGateway
from tests.stores.gateway_api.fake_secrets import NEW, OLD

KEY = {"id": "one", **FIRST}
OTHER = {**KEY, "id": "two", "name": "second", "value": "env.OPENAI_API_KEY"}


def file(*entries: Mapping[str, Any], provider: str = "openai", version: int = 2) -> FileSnapshot:
    data = {"version": version, "providers": {provider: {"keys": list(entries)}}}
    return FileSnapshot(Document(json.dumps(data), lenient=True), None)


def compared(gateway: FakeGateway, here: FileSnapshot) -> list[KeyDiff]:
    with client(gateway) as opened:
        return compare_stores(here, GatewaySnapshot(opened))


def gateway_with(*entries: Mapping[str, Any], release: str = NEW) -> FakeGateway:
    return fake(release, config=config(openai={"keys": list(entries)}))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"enabled": True},
        {"weight": 1.0},
        {"models": ["*"], "blacklisted_models": []},
        {"aliases": None, "use_for_batch_api": False},
        {"unknown": 1},
        {"value": {"value": SECRET, "env_var": "", "from_env": False}},
        {"config_hash": "x", "status": "success"},
    ],
)
@pytest.mark.parametrize("release", RELEASES)
def test_what_means_the_same_is_in_sync(release: str, change: dict[str, Any]) -> None:
    with gateway_with(KEY, release=release) as gateway:
        (found,) = compared(gateway, file({**KEY, **change}))
    assert (found.state, found.fields, found.looks_equal) == ("in-sync", (), True)


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"enabled": False}, "enabled"),
        ({"weight": 0.5}, "weight"),
        ({"models": ["a"]}, "models"),
        ({"blacklisted_models": ["a"]}, "blacklisted_models"),
        ({"aliases": {"a": "b"}}, "aliases"),
        ({"use_for_batch_api": True}, "use_for_batch_api"),
        ({"value": "sk-else-SENTINEL-0009"}, "value"),
        ({"value": "env.X"}, "value"),
        ({"value": None}, "value"),
    ],
)
@pytest.mark.parametrize("release", RELEASES)
def test_what_differs_is_named(release: str, change: dict[str, Any], member: str) -> None:
    with gateway_with(KEY, release=release) as gateway:
        (found,) = compared(gateway, file({**KEY, **change}))
    assert (found.state, found.fields, found.looks_equal) == ("differs", (member,), False)


def test_lists_are_sets_and_version_1_fills_models_in() -> None:
    with gateway_with({**KEY, "models": ["a", "b"]}) as gateway:
        (found,) = compared(gateway, file({**KEY, "models": ["b", "a"]}))
    assert found.state == "in-sync"
    with gateway_with(KEY) as gateway:
        (found,) = compared(gateway, file({**KEY, "models": []}, version=1))
    assert found.state == "in-sync"


def test_a_key_is_the_one_of_its_id_whatever_has_its_name() -> None:
    nameless_id = {name: value for name, value in KEY.items() if name != "id"}
    with gateway_with(KEY, OTHER) as gateway:
        found = compared(gateway, file(nameless_id, {**KEY, "name": "renamed"}, {**OTHER, "weight": 2}))
    assert [(each.name, each.state, each.name_at_gateway) for each in found] == [
        ("first", "only-in-file", None),
        ("renamed", "renamed", "first"),
        ("second", "differs", None),
    ]


def test_what_only_one_of_them_has() -> None:
    with gateway_with(KEY) as gateway:
        found = compared(gateway, file({**OTHER, "name": "third", "id": "3"}))
        elsewhere = compared(gateway, file(KEY, provider="xai"))
    assert [(each.name, each.state) for each in found] == [
        ("third", "only-in-file"),
        ("first", "only-at-gateway"),
    ]
    assert [each.state for each in elsewhere] == ["only-in-file", "only-at-gateway"]


def test_a_field_that_the_gateways_release_dropped_is_no_difference() -> None:
    azure = {"endpoint": "https://x.openai.azure.com", "api_version": "2024-10-21"}
    entry = {**KEY, "azure_key_config": azure}
    for release, weight in ((NEW, 1), (OLD, 1)):
        with fake(release, config=config(azure={"keys": [{**entry, "id": "a", "name": "a"}]})) as gateway:
            found = compared(
                gateway, file({**entry, "id": "a", "name": "a", "weight": weight}, provider="azure")
            )
        assert found[0].state == "in-sync"


# Everything that was created on running gateways


def recorded(release: str) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Return the start, the provider and the body of each created key, secrets as texts or absent."""
    start: dict[str, Any] = {}
    with open(FOLDER / f"{release}-keys.jsonl", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            start = line if line.get("event") == "start" else start
            request = line.get("request", {})
            body, path = request.get("body"), request.get("path", "")
            created = request.get("method") == "POST" and path.endswith("/keys") and line["status"] == 200
            if created and isinstance(body, dict) and body.get("name") and _in_the_files_form(body):
                yield start, path.split("/")[3], body


def _in_the_files_form(body: Mapping[str, Any]) -> bool:
    """Return whether a config.json could have this body: no object or null, only text as the secret."""

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return not {"value", "ref"} & value.keys() and all(map(plain, value.values()))
        return value is not None

    members = {name: value for name, value in body.items() if name != "value"}
    return isinstance(body.get("value", ""), str) and plain(members)


@pytest.mark.skipif(not FOLDER.exists(), reason="the recorded conversations are not there")
@pytest.mark.parametrize("release", RELEASES)
def test_a_key_that_was_created_is_in_sync_with_the_file_that_says_so(release: str, tell: Tell) -> None:
    count = 0
    for start, provider, body in recorded(release):
        running = FakeGateway(start["config.json"], release=release, environment=start["environment"])
        running.api.authentication = False
        with running as gateway, client(gateway, NOBODY) as opened:
            before = {key.id for key in opened.keys(provider)}
            path = f"/api/providers/{provider}/keys"
            assert opened.session.send("POST", path, json.dumps(body).encode()).status == 200
            (made,) = (key for key in opened.keys(provider) if key.id not in before)
            found = compare_stores(file({**body, "id": made.id}, provider=provider), GatewaySnapshot(opened))
        assert found[0].state == "in-sync", (body["name"], found[0].fields)
        count += 1
    tell(f"{release}: {count} recorded keys are in sync with a file that lists them")
    assert count > 200
