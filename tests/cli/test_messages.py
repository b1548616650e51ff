"""What is refused says what it is, where it stands and what to do next, each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.commands import write_config


def test_clear_says_whose_a_field_of_another_provider_is(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    done = call("update", "openai/one", "--clear", "endpoint", "--clear", "url")

    assert done.code == 65
    assert "--clear: names a field of azure, not of openai; leave it out" in done.err
    assert "--clear: names a field of vllm and ollama and sgl, not of openai; leave it out" in done.err
    assert "did you mean" not in done.err
