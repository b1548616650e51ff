"""keys explain on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_database import columns, make_database
from tests.program import Program
from tests.sentinel import SECRET


def write(folder: Path) -> None:
    keys = [
        {
            "name": "main",
            "id": "1",
            "value": SECRET,
            "models": ["*"],
            "weight": 3,
            "aliases": {"fast": "gpt-4o"},
        },
        {"name": "[bold]spare", "id": "2", "value": SECRET, "models": ["fast"], "weight": 1},
        {"name": "off", "id": "3", "value": SECRET, "models": ["*"], "weight": 1, "enabled": False},
    ]
    (folder / "config.json").write_text(json.dumps({"providers": {"openai": {"keys": keys}}}))


def test_candidates_and_exclusions_are_printed_as_json(call: Any, tmp_path: Path) -> None:
    write(tmp_path)
    ran = call("explain", "openai", "FAST", "--config", "config.json", "-o", "json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == {
        "provider": "openai",
        "model": "FAST",
        "batch": False,
        "keyless": False,
        "even": False,
        "candidates": [
            {
                "provider": "openai",
                "name": "main",
                "id": "1",
                "weight": 3,
                "share_percent": 75.0,
                "model": "gpt-4o",
            },
            {
                "provider": "openai",
                "name": "[bold]spare",
                "id": "2",
                "weight": 1,
                "share_percent": 25.0,
                "model": "FAST",
            },
        ],
        "excluded": [
            {"provider": "openai", "name": "off", "id": "3", "rule": "disabled", "reason": "it is disabled"}
        ],
        "warnings": [],
    }


def test_people_get_tables_and_a_pipe_one_of_every_key(run: Program, call: Any, tmp_path: Path) -> None:
    write(tmp_path)
    out = run.on_terminal("explain", "openai", "fast", "--config", "config.json", "--no-color").out
    words = [[word for word in line.split() if word.strip("█")] for line in out.splitlines()]
    assert ["openai/main", "75", "%", "3", "gpt-4o"] in words
    assert ["openai/[bold]spare", "25", "%", "1", "fast"] in words
    assert ["openai/off", "disabled", "it", "is", "disabled"] in words
    assert call("explain", "openai", "fast", "--config", "config.json").out == (
        "key\tshare\tweight\tasks for\trule\tbecause\n"
        "openai/main\t75 %\t3\tgpt-4o\t-\t-\n"
        "openai/[bold]spare\t25 %\t1\tfast\t-\t-\n"
        "openai/off\t0 %\t-\t-\tdisabled\tit is disabled\n"
    )
    assert call("explain", "openai", "fast", "--config", "config.json", "-o", "name").out == (
        "openai/main\nopenai/[bold]spare\n"
    )


def test_a_terminal_shows_the_shares_as_bars(run: Program, tmp_path: Path) -> None:
    write(tmp_path)
    out = run.on_terminal("explain", "openai", "fast", "--config", "config.json", "--no-color").out
    assert "█" * 15 in out
    assert "█" * 16 not in out


def test_a_model_without_a_key_is_reported(run: Program, tmp_path: Path) -> None:
    write(tmp_path)
    ran = run.on_terminal("explain", "openai", "x", "--config", "config.json", "--batch", "--no-color")
    assert ran.code == 0
    assert ran.out.startswith("no key of openai serves batch requests for x\r\n")


def test_an_unknown_provider_is_not_found(call: Any, tmp_path: Path) -> None:
    write(tmp_path)
    ran = call("explain", "opnai", "x", "--config", "config.json")
    assert (ran.code, ran.out) == (4, "")
    assert "did you mean openai?" in ran.err


def test_different_values_at_the_gateway_are_reported(call: Any, tmp_path: Path) -> None:
    keys = [
        {"id": name, "name": name, "value": SECRET, "models": ["*"], "weight": 1, "enabled": enabled}
        for name, enabled in (("a", True), ("b", True), ("c", True), ("off", False))
    ]
    keys[3]["blacklisted_models"] = ["*"]
    config = {"$schema": "x", "providers": {"openai": {"keys": keys}, "groq": {"keys": []}}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    rows = [
        columns("openai", keys[0], enabled=0, value="sk-test-SENTINEL-web"),
        columns("openai", keys[1], weight=9.0, name="renamed"),
        columns("openai", keys[2]),
        columns("openai", keys[3], enabled=1),
        columns("openai", {"name": "web"}),
        columns("groq", {"name": "elsewhere"}),
    ]
    make_database(tmp_path / "config.db", *rows)
    values = "2 keys have other values in the gateway's database, which the running gateway uses: "
    ran = call("explain", "OpenAI", "fast", "--config", "config.json", "-o", "json")
    assert [(each["code"], each["message"]) for each in ran.json["warnings"]] == [
        ("gateway-differs", f"{values}openai/a (value, enabled false), openai/b (name renamed, weight 9.0)"),
        (
            "keys-only-in-gateway",
            "1 key is only in the gateway's database, and may get traffic too: openai/web",
        ),
    ]
    listed = call("list", "--enabled", "--config", "config.json", "-o", "json")
    value = "1 key has other values in the gateway's database, which the running gateway uses: "
    assert [each["message"] for each in listed.json["warnings"]] == [f"{value}openai/a (enabled false)"]
    assert f"warning: {value}" in call("list", "--enabled", "--config", "config.json").err
    for every in (["list"], ["list", "groq", "--enabled"], ["list", "--model", "m"]):
        assert "warnings" not in call(*every, "--config", "config.json", "-o", "json").json


def test_list_of_a_model_agrees(call: Any, tmp_path: Path) -> None:
    def key(name: str, **fields: Any) -> dict[str, Any]:
        return {"name": name, "id": name, "models": ["*"], "weight": 1, **fields}

    def served(provider: str, model: str) -> tuple[list[str], list[str]]:
        ran = call("list", provider, "--model", model, "-o", "json")
        told = call("explain", provider, model, "-o", "json").json
        return [each["key"]["name"] for each in ran.json["keys"]], [
            each["name"] for each in told["candidates"]
        ]

    here = {"url": "http://a:8000", "model_name": "Llama-3"}
    keys = [
        key("exact", vllm_key_config=here),
        key("blocked", vllm_key_config=here, blacklisted_models=["llama-3"]),
        key("other", vllm_key_config={**here, "model_name": "other"}),
    ]
    openai = [
        key("any", value="env.A"),
        key("one", value="env.B", models=["Llama-3"]),
        {"name": "cased", "id": "cased", "weight": 1, "value": "env.C", "Models": ["llama-3"]},
        {"name": "off", "id": "off", "weight": 1, "value": "env.D", "models": ["*"], "Enabled": False},
    ]
    providers = {"vllm": {"keys": keys}, "openai": {"keys": openai}}
    (tmp_path / "config.json").write_text(json.dumps({"providers": providers}))

    assert served("vllm", "Llama-3") == (["exact"], ["exact"])
    assert call("list", "vllm", "--model", "llama-3", "-o", "json").json["total"] == 0
    assert served("openai", "LLAMA-3") == (["any", "one", "cased", "off"], ["any", "one", "cased"])
    assert call("list", "openai", "--disabled", "-o", "name").out == "openai/off\n"
    assert "openai/off\n" not in call("list", "openai", "--enabled", "-o", "name").out


@pytest.mark.parametrize("model", ["", " "])
def test_an_empty_model_is_refused(call: Any, tmp_path: Path, model: str) -> None:
    (tmp_path / "config.json").write_text(
        '{"providers": {"openai": {"keys": [{"name": "a", "models": ["*"]}]}}}'
    )
    done = call("explain", "openai", model)
    assert (done.code, done.out, done.err) == (65, "", "error: the name of the model is empty\n")
