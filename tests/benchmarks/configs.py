"""Config files of any size, written without much memory."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_PROVIDERS = ("openai", "anthropic", "azure", "bedrock", "vertex", "groq")
_MODELS = (["*"], ["*"], ["gpt-4o", "gpt-4o-mini"], ["claude-3", "claude-4"])


def write_alike(place: Path, count: int, *, prefix: str = "key") -> None:
    """So many keys of one provider, of about 256 bytes each, that differ in id, name and secret alone."""
    keys = (
        {
            "id": f"{prefix}-{number:032x}",
            "name": f"{prefix}-{number:07}",
            "value": f"sk-{prefix}-{number:041}",
            "models": ["*"],
            "weight": 1,
            "enabled": True,
        }
        for number in range(count)
    )
    _write(place, [("openai", keys)])


def write_mixed(place: Path, count: int) -> None:
    """So many keys of six providers, hardly two of them alike."""
    each = -(-count // len(_PROVIDERS))
    parts = [(each * turn, min(each * (turn + 1), count)) for turn in range(len(_PROVIDERS))]
    _write(
        place,
        [
            (provider, (_mixed(provider, number) for number in range(*part)))
            for provider, part in zip(_PROVIDERS, parts, strict=True)
        ],
    )


def write_entry(place: Path, **members: Any) -> None:
    """One key with these members beside the usual ones."""
    key = {"id": "i", "name": "k", "value": "sk-SENTINEL", "models": ["*"], "weight": 1, **members}
    _write(place, [("openai", iter([key]))])


def _mixed(provider: str, number: int) -> dict[str, Any]:
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
    return dict(members)


def _write(place: Path, providers: Sequence[tuple[str, Iterator[dict[str, Any]]]]) -> None:
    with place.open("w", encoding="utf-8") as file:
        file.write('{\n  "$schema": "https://www.getbifrost.ai/schema",\n  "providers": {')
        for turn, (provider, keys) in enumerate(providers):
            file.write(f'{"," if turn else ""}\n    "{provider}": {{\n      "keys": [')
            for number, key in enumerate(keys):
                members = (
                    f"          {json.dumps(name)}: {json.dumps(value)}" for name, value in key.items()
                )
                text = ",\n".join(members)
                file.write(f"{',' if number else ''}\n        {{\n{text}\n        }}")
            file.write("\n      ]\n    }")
        file.write("\n  }\n}\n")
    place.chmod(0o600)
