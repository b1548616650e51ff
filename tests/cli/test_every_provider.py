"""Every provider with all of its options: created, checked, hashed, masked, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bifrost_keys.gateway.fields.field import Field
from bifrost_keys.gateway.fields.table import FLAGS, walk
from bifrost_keys.gateway.hashing.key_hash import key_hash
from bifrost_keys.gateway.providers.table import BUILT_IN, Provider
from bifrost_keys.gateway.releases import release_text
from tests.cli.commands import write_config
from tests.sentinel import SECRET

PEM = "-----BEGIN PRIVATE KEY-----\nSENTINEL0123456789ABCDEF\n-----END PRIVATE KEY-----\n"
CREDENTIAL = json.dumps({"type": "service_account", "private_key": "SENTINEL"})
# What a field takes that says where something is, or that is judged by its form.
PLAIN = {
    "region": "us-east-1",
    "aws_workload_identity.aws_region": "us-east-1",
    "aws_workload_identity.token_lifetime_seconds": "3600",
    "api_format": "ai_gateway",
    "installation_id": "123",
    "repository_id": "456",
    "private_key": PEM,
    "auth_credentials": CREDENTIAL,
}
MASK = "*" * 8


class Case(NamedTuple):
    """A provider, and the fields that are omitted because they exclude another given one."""

    provider: Provider
    without: tuple[str, ...] = ()


def cases() -> Iterator[Case]:
    for provider in BUILT_IN:
        groups = provider.config.exclusive if provider.config is not None else ()
        for kept in product(*groups):
            without = tuple(name for group in groups for name in group if name not in kept)
            yield Case(provider, without)


def members(case: Case) -> list[tuple[str, Field]]:
    """Return the provider's own fields that have an option."""
    config = case.provider.config
    found = config.members() if config is not None else ()
    return [(n, field) for n, field in found if field.option and n.partition(".")[0] not in case.without]


def literal(name: str, field: Field) -> str:
    if name in PLAIN:
        return PLAIN[name]
    if field.kind == "objects":
        return "bucket=prefix/"
    if not field.shown:
        return f"hidden-SENTINEL-of-{name}"
    return "https://host.example.com" if "url" in name or name == "endpoint" else "host.example.com"


def reference(name: str, field: Field) -> str:
    return f"env.{name.replace('.', '_').upper()}" if field.reference else literal(name, field)


def arguments(case: Case, value_of: Any) -> list[str]:
    """Return every option of the provider, and every option that each key has."""
    own = []
    for name, field in members(case):
        value = value_of(name, field)
        own += [field.option] if field.kind == "boolean" else [field.option, value]
    return own + [flag.option for flag in FLAGS]


def config_text() -> str:
    return '{"$schema": "https://www.getbifrost.ai/schema", "providers": {}}'


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(part)


def entry_of(path: Path) -> dict[str, Any]:
    ((provider,),) = [json.loads(path.read_text())["providers"].values()]
    (entry,) = provider["keys"]
    assert isinstance(entry, dict)
    return entry


@pytest.fixture(params=list(cases()), ids=lambda case: "-without-".join((case.provider.name, *case.without)))
def case(request: pytest.FixtureRequest) -> Case:
    assert isinstance(request.param, Case)
    return request.param


def test_a_key_with_every_option_is_sound_hashed_and_masked(call: Any, tmp_path: Path, case: Case) -> None:
    provider = case.provider
    config = write_config(tmp_path, config_text())
    made = call("create", provider.name, "--value", SECRET, *arguments(case, literal), "-o", "json")
    assert made.code == 0, made.err
    entry = entry_of(config)

    checked = call("check", "--strict", "-o", "json")
    assert (checked.code, checked.json["files"][0]["findings"]) == (0, [])

    assert entry["config_hash"] == key_hash(entry)
    (hashed,) = call("hash", "-o", "json").json["keys"]
    assert (hashed["match"], hashed["reproducible"]) == (True, True)

    (change,) = made.json["changes"]
    shown = change["key"]
    for name, field in members(case):
        assert provider.config is not None
        given, told = entry[provider.config.name], shown[provider.config.name]
        for part in name.split("."):
            given, told = given[part], told[part]
        if field.reference:
            assert told["value"] == (given if field.shown else MASK if len(given) < 24 else told["value"])
            assert field.shown or given not in told["value"]
        else:
            assert told == given
    assert {flag.name: shown[flag.name] for flag in FLAGS} == {flag.name: True for flag in FLAGS}
    for command in (("get", f"{provider.name}-1"), ("list",), ("status",), ("export",)):
        call(*command)  # whose outputs are searched for the secrets


def test_a_key_with_references_everywhere_is_taken_back_as_it_was_printed(
    call: Any, tmp_path: Path, case: Case
) -> None:
    provider = case.provider
    config = write_config(tmp_path, config_text())
    options = arguments(case, reference)
    assert call("create", provider.name, "--value-env", "VALUE", *options).code == 0
    entry = entry_of(config)
    in_objects = any(field.reference for _, field in members(case))
    assert ("config_hash" in entry) is not in_objects
    (hashed,) = call("hash", "-o", "json").json["keys"]
    assert hashed["reproducible"] is not in_objects
    checked = call("check", "--strict", "-o", "json")
    assert (checked.code, checked.json["files"][0]["findings"]) == (0, [])

    exported = call("export").out
    again = call("apply", "-", stdin=exported)
    assert (again.code, config.read_text().count(entry["id"])) == (0, 1)
    assert entry_of(config) == entry

    other = tmp_path / "other.json"
    assert call("apply", "-", "--config", str(other), "--init", stdin=exported).code == 0
    assert entry_of(other) == entry

    third = tmp_path / "third.json"
    body = json.dumps(call("get", f"{provider.name}-1", "-o", "json").json["key"])
    made = call("create", provider.name, "--from-file", "-", "--config", str(third), "--init", stdin=body)
    assert made.code == 0, made.err
    assert entry_of(third) == entry


def test_an_older_release_hashes_the_fields_that_it_knows(call: Any, tmp_path: Path, case: Case) -> None:
    provider = case.provider
    """The release before the one of the provider's newest field does not hash that field."""
    newest = max((field.since for _, field in members(case) if field.absent_at is None), default=None)
    if newest is None or newest <= provider.since:
        newest = FLAGS[0].since
    older = (*newest[:2], newest[2] - 1) if newest[2] else (1, 6, 5)
    if older < provider.since:
        older = provider.since
    config = write_config(tmp_path, config_text())
    release = release_text(older)
    options = ["--value", SECRET, *arguments(case, literal), "--gateway-release", release]
    assert call("create", provider.name, *options).code == 0
    entry = entry_of(config)
    unclear = any(each.field and each.field.known_to(older) is None for each in walk(entry))
    assert entry.get("config_hash") == (None if unclear else key_hash(entry, older))


def test_every_provider_is_listed_with_its_options(call: Any) -> None:
    told = {each["name"]: each for each in call("providers", "-o", "json").json["providers"]}
    assert list(told) == [provider.name for provider in BUILT_IN]
    for provider in BUILT_IN:
        assert told[provider.name]["since"] == release_text(provider.since)
        own = members(Case(provider))
        assert told[provider.name]["options"] == {name: field.option for name, field in own}
        shown = call("providers", provider.name).out
        assert [field.option for _, field in own if field.option not in shown] == []


@pytest.mark.parametrize("lifetime", ['"3600"', "3600.0", "599", "43201", "-1", "true"])
def test_the_lifetime_of_a_token_is_a_whole_number_in_its_range(
    call: Any, tmp_path: Path, lifetime: str
) -> None:
    """Text and 3600.0 stop the gateway; its own API refuses a value outside the range."""
    identity = f'{{"audience": "a", "token_lifetime_seconds": {lifetime}}}'
    config = f'{{"project_id": "p", "region": "global", "aws_workload_identity": {identity}}}'
    before = write_config(tmp_path, config_text()).read_bytes()
    made = call("create", "vertex", "--from-file", "-", stdin=f'{{"vertex_key_config": {config}}}')
    assert (made.code, (tmp_path / "config.json").read_bytes()) == (65, before)
    assert "token_lifetime_seconds" in made.err
    options = ["--project-id", "p", "--region", "global", "--workload-audience", "a"]
    text = lifetime.strip('"')
    given = call("create", "vertex", *options, f"--workload-lifetime={text}")
    assert given.code == (0 if lifetime == '"3600"' else 65)
