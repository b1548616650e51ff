"""Write config files of any kind and size, and the gateway's database, without using much memory."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias
from zlib import crc32

Providers: TypeAlias = Sequence[tuple[str, Iterator[dict[str, Any]], Mapping[str, Any]]]

_PROVIDERS: Final = ("openai", "anthropic", "azure", "bedrock", "vertex", "groq")
_MODELS: Final = (["*"], ["*"], ["gpt-4o", "gpt-4o-mini"], ["claude-3", "claude-4"])
_OWN: Final = {
    "custom_provider_config": {"base_provider_type": "openai"},
    "network_config": {"base_url": "https://llm.acme.example"},
}


def alike(count: int, prefix: str = "key") -> Iterator[dict[str, Any]]:
    """Return keys of about 256 bytes each that differ only in id, name and secret."""
    for number in range(count):
        yield {
            "id": f"{crc32(prefix.encode()):08x}-1111-4111-8111-{number:012x}",
            "name": f"{prefix}-{number:07}",
            "value": f"sk-{prefix}-{number:041}",
            "models": ["*"],
            "weight": 1,
            "enabled": True,
        }


def mixed(provider: str, numbers: range) -> Iterator[dict[str, Any]]:
    """Keys of a provider, hardly two of them with the same members in the same order."""
    for number in numbers:
        chance = random.Random(f"{provider} {number}")
        key: dict[str, Any] = {"id": f"{number:08x}-2222-4333-8444-{chance.randrange(16**12):012x}"}
        key["name"] = f"{provider}-{chance.choice(['prod', 'dev', 'team'])}-{number}"
        secret = f"sk-SENTINEL-{chance.randrange(16**20):020x}"
        key["value"] = f"env.{provider.upper()}_KEY_{number}" if chance.random() < 0.6 else secret
        key["models"] = chance.choice([*_MODELS, [f"m-{chance.randrange(30)}"]])
        key["weight"] = chance.choice([1, 1, 1, 0.5, 0.25, 2])
        key["enabled"] = True
        if provider == "azure":
            key["azure_key_config"] = {"endpoint": f"https://r{chance.randrange(20)}.openai.azure.com"}
        if provider == "bedrock":
            key["bedrock_key_config"] = {"region": chance.choice(["us-east-1", "eu-west-1"])}
        if provider == "vertex":
            key["vertex_key_config"] = {"project_id": f"p-{chance.randrange(50)}", "region": "us-central1"}
        if chance.random() < 0.2:
            key["blacklisted_models"] = [f"bad-{chance.randrange(5)}"]
        if chance.random() < 0.2:
            key["aliases"] = {"fast": f"m-{chance.randrange(30)}"}
        members = list(key.items())
        if chance.random() < 0.2:
            chance.shuffle(members)
        yield dict(members)


def _mixed(count: int) -> Providers:
    each = -(-count // len(_PROVIDERS))
    parts = [range(each * turn, min(each * (turn + 1), count)) for turn in range(len(_PROVIDERS))]
    return [(name, mixed(name, part), {}) for name, part in zip(_PROVIDERS, parts, strict=True)]


def _one(**members: Any) -> Providers:
    """Return one key with these members beside the usual ones."""
    key = {"id": "i", "name": "k", "value": "sk-SENTINEL", "models": ["*"], "weight": 1, **members}
    return [("openai", iter([key]), {})]


def _own_providers(count: int) -> Providers:
    return [
        ("openai", alike(1), {}),
        *((f"acme-{number}", alike(1, f"acme-{number}"), _OWN) for number in range(count)),
    ]


def _targets(count: int) -> Mapping[str, Any]:
    target = {"provider": "openai", "provider_key_name": "k", "weight": 1}
    return {
        "governance": {
            "routing_rules": [{"id": f"r{number}", "targets": [target]} for number in range(count)]
        }
    }


# What a file has so many of. The first two are of many keys, the others about one key named "k".
KINDS: Final[Mapping[str, Callable[[int], Providers]]] = {
    "mixed": _mixed,
    "alike": lambda count: [("openai", alike(count), {})],
    "new": lambda count: [("openai", alike(count, "new"), {})],
    "providers": _own_providers,
    "references": lambda _: _one(),
    "models": lambda count: _one(models=[f"m-{number}" for number in range(count)]),
    "aliases": lambda count: _one(aliases={f"a-{number}": "m" for number in range(count)}),
    "alias-objects": lambda count: _one(
        aliases={f"a-{number}": {"model_id": "m"} for number in range(count)}
    ),
    "unknown-members": lambda count: _one(**{f"x{number}": 1 for number in range(count)}),
    "duplicate-models": lambda count: _one(models=["m"] * count),
    "wrong-types": lambda count: _one(models=[3] * count),
    "twins": lambda count: _one(aliases={_twin(number): "m" for number in range(count)}),
    "letters-of-a-value": lambda count: _one(value="sk-" + "aB3" * (count // 3)),
    "letters-of-a-model": lambda count: _one(models=["m" * count]),
}


def _twin(number: int) -> str:
    """Return a name that differs from that of any other number only in case."""
    return "".join(letter.upper() if number >> place & 1 else letter for place, letter in enumerate("a" * 20))


def write(place: Path, providers: Providers, top: Mapping[str, Any] | None = None) -> None:
    """A config of these providers and other members."""
    with place.open("w", encoding="utf-8") as file:
        file.write('{\n  "$schema": "https://www.getbifrost.ai/schema",\n  "providers": {')
        for turn, (provider, keys, settings) in enumerate(providers):
            file.write(f'{"," if turn else ""}\n    "{provider}": {{\n      "keys": [')
            for number, key in enumerate(keys):
                members = ",\n".join(f"          {json.dumps(name)}: {json.dumps(key[name])}" for name in key)
                file.write(f"{',' if number else ''}\n        {{\n{members}\n        }}")
            file.write("\n      ]")
            file.writelines(f",\n      {json.dumps(name)}: {json.dumps(settings[name])}" for name in settings)
            file.write("\n    }")
        file.write("\n  }")
        file.writelines(
            f",\n  {json.dumps(name)}: {json.dumps(value)}" for name, value in (top or {}).items()
        )
        file.write("\n}\n")
    place.chmod(0o600)


def write_escapes(place: Path, unit: str, size: int) -> None:
    """Write a config with one text of so many bytes, a repeated unit of JSON, that no gateway reads."""
    with place.open("w", encoding="utf-8") as file:
        file.write(
            '{"providers": {"openai": {"keys": [{"id": "i", "name": "k", "value": "env.K"}]}}, "note": "'
        )
        for _ in range(size // 1_000_000):
            file.write(unit * (1_000_000 // len(unit.encode())))
        file.write('"}\n')
    place.chmod(0o600)


def main() -> None:
    """Write one file, as asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", help="a kind of file, or what is repeated in one text")
    parser.add_argument("count", type=int)
    parser.add_argument("place", type=Path)
    parser.add_argument("--database", action="store_true", help="make the gateway's database of it too")
    given = parser.parse_args()
    if given.kind not in KINDS:
        write_escapes(given.place, given.kind, given.count)
        return
    write(
        given.place,
        KINDS[given.kind](given.count),
        _targets(given.count) if given.kind == "references" else {},
    )
    if given.database:
        from tests.benchmarks.databases import make_database

        make_database(given.place.with_name("config.db"), given.place)


if __name__ == "__main__":
    main()
