"""What is refused says what it is, where it stands and what to do next, each once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import write_config
from tests.sentinel import SECRET


def test_clear_says_whose_a_field_of_another_provider_is(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    done = call("update", "openai/one", "--clear", "endpoint", "--clear", "url")

    assert done.code == 65
    assert "--clear: names a field of azure, not of openai; leave it out" in done.err
    assert "--clear: names a field of vllm and ollama and sgl, not of openai; leave it out" in done.err
    assert "did you mean" not in done.err


@pytest.mark.parametrize(
    "value",
    [{"value": SECRET, "type": "odd"}, {"value": "", "env_var": "X", "from_env": True}, {"v": SECRET}],
)
def test_a_value_that_cannot_be_read_is_told_once(call: Any, tmp_path: Path, value: Any) -> None:
    write_config(tmp_path)
    key = {"name": "new", "value": value}
    wanted = {"providers": {"openai": {"keys": [key]}}}

    for command, body in (
        (["create", "openai", "--from-file", "-"], {"value": value}),
        (["update", "openai/one", "--from-file", "-"], {"value": value}),
        (["apply", "-"], wanted),
    ):
        done = call(*command, "-o", "json", stdin=json.dumps(body))

        assert done.code == 65
        assert len(done.error["faults"]) == 1, command
