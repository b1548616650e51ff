"""Decisions of create, case by case like running gateways, stricter in documented cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

OBSERVED = Path(__file__).parents[3] / "shared" / "gateway"
COPIED = Path(__file__).parent / "create_decisions.jsonl"
BASE: dict[str, Any] = {
    "$schema": "https://www.getbifrost.ai/schema",
    "providers": {
        "openai": {
            "keys": [{"id": "seed-1", "name": "openai-seed", "value": "env.A", "models": ["*"], "weight": 1}]
        },
        "groq": {
            "keys": [{"id": "seed-2", "name": "groq-seed", "value": "env.B", "models": ["*"], "weight": 1}]
        },
        "acme": {"keys": [], "custom_provider_config": {"base_provider_type": "openai"}},
        "acme-bedrock": {"keys": [], "custom_provider_config": {"base_provider_type": "bedrock"}},
        "acme-keyless": {"custom_provider_config": {"base_provider_type": "openai", "is_key_less": True}},
    },
}


def cases(path: Path) -> list[Any]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as lines:
        return [pytest.param(case, id=case["case"]) for case in map(json.loads, lines)]


def decide(call: Any, root: Path, base: str, case: dict[str, Any]) -> None:
    config = root / "config.json"
    config.write_text(base, encoding="utf-8")
    config.chmod(0o600)
    body = case["body"] if isinstance(case["body"], str) else json.dumps(case["body"], ensure_ascii=False)

    done = call("create", case["provider"], "--from-file", "-", "-o", "json", stdin=body)

    assert done.code == case["exit"], done.err
    after = config.read_text(encoding="utf-8")
    if done.code == 0:
        before, now = json.loads(base), json.loads(after)
        spelled = next(name for name in now["providers"] if name.lower() == case["provider"].lower())
        added = now["providers"][spelled]["keys"].pop()
        if spelled not in before["providers"]:
            assert now["providers"].pop(spelled) == {"keys": []}
        assert now == before
        assert added["name"] == done.json["changes"][0]["key"]["name"]
    else:
        assert after == base
        assert done.out == ""
        assert done.error["exit_code"] == case["exit"]


@pytest.mark.parametrize("case", cases(COPIED))
def test_create_decides_as_the_gateway_does_or_more_strictly(
    call: Any, tmp_path: Path, case: dict[str, Any]
) -> None:
    decide(call, tmp_path, json.dumps(BASE, indent=2), case)


@pytest.mark.skipif(
    not OBSERVED.exists(), reason="the gateway's observed decisions are not beside this project"
)
@pytest.mark.parametrize("case", cases(OBSERVED / "api-create.jsonl"))
def test_create_decides_every_observed_request(call: Any, tmp_path: Path, case: dict[str, Any]) -> None:
    decide(call, tmp_path, (OBSERVED / "api-base.json").read_text(encoding="utf-8"), case)
