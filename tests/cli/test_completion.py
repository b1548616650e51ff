"""Completion: the table equals the commands, and real shells insert what the program answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import bifrost_keys.cli.completion.table as table
from bifrost_keys.cli.completion.install import SHELLS, script
from bifrost_keys.cli.completion.make_table import table_text
from bifrost_keys.cli.main import COMMANDS, load_command, program
from tests.program import Program
from tests.shells import SHOW_LINE, ShellTerminal, path_with_keys

SOURCE = Path(__file__).parents[2]
SECRET = "sk-SENTINEL0000000000000000000000000000000001"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config with plain, odd and secret names."""
    keys = [
        {"name": "prod", "value": SECRET, "models": ["gpt-4o", "o3"]},
        {"name": "my key", "models": ["ft:gpt-4o"], "aliases": {"fast": "gpt-4o-mini"}},
        {"name": "team:blue", "models": ["*"]},
        {"name": "it's", "models": []},
        {"name": SECRET, "models": []},
        {"name": "two\nlines"},
        {"name": 7},
        None,
    ]
    place = tmp_path / "config.json"
    place.write_text(
        json.dumps(
            {"providers": {"openai": {"keys": keys}, "My-Own": {"keys": [{"name": "prod"}]}, "odd": 1}}
        )
    )
    place.chmod(0o600)
    return place


@pytest.fixture(autouse=True)
def its_own_secrets(sentinel: Any) -> None:
    """Allow the config of these tests to contain secrets."""
    sentinel.allow("config.json")


def answered(run: Program, *words: str, **options: Any) -> list[str]:
    """Return the candidates for the last word."""
    ran = run("__complete", "zsh", *words, **options)
    assert (ran.code, ran.err) == (0, "")
    return [line.partition("\t")[0] for line in ran.out.splitlines()[1:]]


def test_table_is_made_from_the_commands_as_they_are() -> None:
    there = (SOURCE / "bifrost_keys/cli/completion/table.py").read_text()
    assert there == table_text(), "run: python -m bifrost_keys.cli.completion.make_table"


def test_table_contains_every_command_and_option() -> None:
    tree = {name: load_command(name) for name in COMMANDS}
    spelled = {
        name: {
            each
            for option in command.params
            if option.param_type_name == "option" and not option.hidden
            for each in _all(option)
        }
        for name, command in tree.items()
    }
    known = {
        name: {each for place in places for each in table.OPTIONS[place][0]} - {"--help", "-h"}
        for name, (_, __, places) in table.COMMANDS.items()
    }
    assert known == spelled
    outer = {each for option in program().params for each in _all(option)}
    assert {each for place in table.BEFORE_COMMAND for each in table.OPTIONS[place][0]} == outer | {
        "--help",
        "-h",
    }


def _all(option: Any) -> set[str]:
    return {*option.opts, *option.secondary_opts}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["cr"], ["create"]),
        (["--quiet", "re"], ["rename"]),
        (["create", "azure", "--end"], ["--endpoint"]),
        (["create", "openai", "--end"], []),
        (["create", "openai", "--tenant"], []),
        (["--config", "x", "create", "openai", "--bat"], ["--batch"]),
        (["create", "openai", "--batch", "--bat"], []),
        (["create", "openai", "--model", "a", "--mode"], ["--model"]),
        (["list", "-o", "j"], ["json"]),
        (["list", "--output=t"], ["--output=table"]),
        (["list", "--", "--ou"], []),
        (["ls", "--ena"], ["--enabled"]),
        (["create", "open"], ["openai", "opencode-go", "opencode-zen", "openrouter"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["help", "sec"], ["secrets"]),
        (["update", "--clear", "w"], []),
        (["update", "--clear", "al"], ["aliases"]),
        (["nonsense", "--x"], []),
    ],
)
def test_words_of_the_program_complete(run: Program, words: list[str], expected: list[str]) -> None:
    assert answered(run, *words) == expected


def test_names_come_from_the_file_that_the_line_selects(run: Program, config: Path) -> None:
    elsewhere = run.root / "elsewhere"
    elsewhere.mkdir()
    full = ["openai/prod", "openai/my key", "openai/team:blue", "openai/it's"]
    once = ["my key", "team:blue", "it's", "openai/prod", "My-Own/prod"]
    selecting: list[tuple[list[str], dict[str, str], Path]] = [
        ([], {}, run.root),
        (["--config", str(config)], {}, elsewhere),
        ([f"--config={config}"], {}, elsewhere),
        (["--app-dir", str(run.root)], {}, elsewhere),
        ([], {"BIFROST_CONFIG": str(config)}, elsewhere),
        ([], {"BIFROST_APP_DIR": str(run.root)}, elsewhere),
    ]
    for options, env, cwd in selecting:
        assert answered(run, *options, "get", "", env=env, cwd=cwd) == once
        assert answered(run, *options, "get", "openai/", env=env, cwd=cwd) == full
        assert answered(run, "delete", "a", *options, "my", env=env, cwd=cwd) == ["my key"]
    assert answered(run, "set", "My") == ["My-Own/prod"]
    assert answered(run, "list", "") == ["openai", "My-Own", "odd"]
    assert "My-Own" in answered(run, "create", "")
    assert "azure" in answered(run, "create", "")


@pytest.mark.parametrize("at", [("--gateway", "https://gateway.example"), ("--live",)])
def test_no_names_of_a_file_are_offered_at_a_gateway(run: Program, config: Path, at: tuple[str, ...]) -> None:
    assert "openai/prod" in answered(run, "get", "")
    assert answered(run, *at, "get", "") == []
    assert {"My-Own", "openai"} & {*answered(run, "create", *at, "")} == {"openai"}


def test_models_are_also_from_the_file(run: Program, config: Path) -> None:
    assert answered(run, "list", "--model", "") == ["gpt-4o", "o3", "ft:gpt-4o", "fast", "*"]
    assert answered(run, "explain", "openai", "f") == ["ft:gpt-4o", "fast"]


def test_a_key_that_is_on_the_line_is_not_offered_again(run: Program, config: Path) -> None:
    assert answered(run, "disable", "my key", "") == ["team:blue", "it's", "openai/prod", "My-Own/prod"]
    assert answered(run, "disable", "openai/it's", "") == [
        "my key",
        "team:blue",
        "openai/prod",
        "My-Own/prod",
    ]


def test_get_offers_the_fields_that_the_key_can_have(run: Program, tmp_path: Path) -> None:
    entry = {"name": "one", "azure_key_config": {"endpoint": "https://SENTINEL"}}
    (tmp_path / "config.json").write_text(json.dumps({"providers": {"azure": {"keys": [entry]}}}))
    found = answered(run, "get", "azure/one", "--field", "")
    assert {"value", "weight", "azure_key_config", "endpoint"} <= set(found)
    assert {"region", "vertex_key_config", "url"} & set(found) == set()
    assert "region" in answered(run, "get", "none", "--field", "")


def test_variables_of_the_provider_come_before_secrets_and_those_before_all(run: Program) -> None:
    env = {"OPENAI_API_KEY": SECRET, "AZURE_KEY": "x", "EDITOR": "vi"}
    for line, expected in (
        (["create", "openai", "--value-env", ""], ["OPENAI_API_KEY"]),
        (["create", "groq", "--value-env", ""], ["AZURE_KEY", "OPENAI_API_KEY"]),
        (["create", "openai", "--value-env", "A"], ["AZURE_KEY"]),
        (["create", "openai", "--value-env", "ED"], ["EDITOR"]),
    ):
        assert answered(run, *line, env=env) == expected


def test_variables_are_offered_by_name(run: Program) -> None:
    assert answered(run, "create", "openai", "--value-env", "OPENAI_", env={"OPENAI_API_KEY": SECRET}) == [
        "OPENAI_API_KEY"
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"providers": []}', '{"providers": {"openai": 1}}', "[" * 9999]
)
def test_a_file_that_cannot_be_used_gives_no_names_and_no_error(run: Program, text: str) -> None:
    (run.root / "bad.json").write_text(text)
    assert answered(run, "get", "--config", "bad.json", "") == []


def test_nothing_is_printed_without_a_file_or_the_protocol(run: Program) -> None:
    os.mkfifo(run.root / "pipe")
    for place in ("pipe", "missing", ".", "-"):
        assert answered(run, "get", "--config", place, "") == []
    for arguments in ([], ["zsh"], ["bash"], ["tcsh"]):
        ran = run("__complete", *arguments)
        assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_the_shell_is_asked_to_complete_files_itself(run: Program) -> None:
    assert run("__complete", "zsh", "get", "--config", "").out == "files\n"
    assert run("__complete", "zsh", "get", "--app-dir", "").out == "folders\n"
    assert run("__complete", "zsh", "check", "").out == "files\n"


def test_completion_prints_the_script_of_each_shell_with_how_to_install_it(call: Any) -> None:
    for shell in SHELLS:
        ran = call("completion", shell)
        assert (ran.code, ran.out) == (0, script(shell))
        assert f"keys completion {shell}" in ran.out
    assert call("completion", "tcsh").code == 2


# --- real shells ------------------------------------------------------------------------------------

START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(keys completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -U compinit; compinit -u -D; eval "$(keys completion zsh)"'),
    "fish": (["fish", "--no-config", "-i"], "keys completion fish | source"),
}
CASES = {
    "keys crea": "keys create",
    "keys create perpl": "keys create perplexity",
    "bifrost-keys create openai --value-st": "bifrost-keys create openai --value-stdin",
    "keys list --output=j": "keys list --output=json",
    "keys get openai/p": "keys get openai/prod",
    "keys get my": "keys get my\\ key",
    "keys get my\\ k": "keys get my\\ key",
    "keys get 'my k": "keys get 'my key'",
    'keys get "my k': 'keys get "my key"',
    "keys get team:b": "keys get team:blue",
    "keys list --config conf": "keys list --config config.json",
    "keys list --config=conf": "keys list --config=config.json",
}


@pytest.fixture
def path_of_keys(tmp_path: Path) -> str:
    """Return a PATH on which ``keys`` and ``bifrost-keys`` are this program."""
    return path_with_keys(tmp_path / "bin")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_inserts_the_only_candidate(
    run: Program, config: Path, path_of_keys: str, shell: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    with ShellTerminal(START[shell][0], run, path_of_keys) as terminal:
        terminal.type(f"{SHOW_LINE[shell]}; {START[shell][1]}; echo rea''dy\r", until="ready\r")
        found = {line: terminal.completed(line) for line in CASES}
    assert {line: _plain(text) for line, text in found.items()} == {
        line: _plain(text) for line, text in CASES.items()
    }


def _plain(text: str) -> str:
    """Return the line without differences between shells: escaped colons, a space after the word."""
    return text.replace("\\:", ":").rstrip()


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_real_shell_gets_all_candidates(run: Program, config: Path, path_of_keys: str, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = {
        "bash": 'eval "$(keys completion bash)"; COMP_LINE="keys get openai/"; COMP_POINT=${#COMP_LINE}; '
        '_bifrost_keys keys; printf "%s\\n" "${COMPREPLY[@]}"',
        "fish": "keys completion fish | source; complete -C 'keys get openai/'",
    }[shell]
    done = subprocess.run(
        [shell, "-c", script],
        cwd=run.root,
        env={**run.environ, "PATH": path_of_keys},
        capture_output=True,
        text=True,
        check=False,
    )
    texts = [line.partition("\t")[0].replace("\\", "") for line in done.stdout.splitlines()]
    assert (sorted(texts), done.stderr) == (
        ["openai/it's", "openai/my key", "openai/prod", "openai/team:blue"],
        "",
    )
