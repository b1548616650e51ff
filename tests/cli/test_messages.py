"""A refusal names the fault, its place and the next step, each once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.secrets.detection import NOT_SHOWN
from tests.cli.commands import CONFIG_TEXT, write_config
from tests.program import Program
from tests.sentinel import SECRET, Sentinel


def test_clear_names_the_provider_of_a_foreign_field(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    done = call("update", "openai/one", "--clear", "endpoint", "--clear", "url")

    assert done.code == 65
    assert "--clear: names a field of azure, not of openai; omit it" in done.err
    assert "--clear: names a field of vllm, ollama and sgl, not of openai; omit it" in done.err
    assert "did you mean" not in done.err


@pytest.mark.parametrize(
    "value",
    [{"value": SECRET, "type": "odd"}, {"value": "", "env_var": "X", "from_env": True}, {"v": SECRET}],
)
def test_an_unreadable_value_is_reported_once(call: Any, tmp_path: Path, value: Any) -> None:
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


@pytest.mark.parametrize(
    ("provider", "options"),
    [
        ("azure", ["--endpoint"]),
        ("vertex", ["--project-id", "--region"]),
        ("vllm", ["--url", "--model-name"]),
        ("ollama", ["--url"]),
        ("sgl", ["--url"]),
    ],
)
def test_required_fields_are_named_by_their_options(
    call: Any, tmp_path: Path, provider: str, options: list[str]
) -> None:
    write_config(tmp_path)

    done = call("create", provider)

    assert done.code == 65
    assert f"; give {' and '.join(options)}; keys providers {provider} " in done.err


def test_an_input_file_that_cannot_be_read_is_named_unless_it_may_be_a_secret(
    call: Any, tmp_path: Path
) -> None:
    write_config(tmp_path)
    (tmp_path / "large").write_bytes(b" " * (1024 * 1024 + 1))

    def refused(*arguments: str) -> tuple[int, str]:
        ran = call(*arguments)
        return ran.code, ran.err

    hidden = "(not shown: it may be a secret)"
    assert refused("create", "openai", "--from-file", "nowhere") == (4, "error: no such file: nowhere\n")
    assert refused("create", "openai", "--from-file", "large") == (
        65,
        "error: large is larger than 1024 KiB\n",
    )
    assert refused("import", ".env") == (4, "error: no such file: .env\n")
    assert refused("apply", SECRET) == (4, f"error: no such file: that of the input {hidden}\n")
    for option in ("--value-file", "--from-file"):
        assert refused("create", "openai", option, SECRET) == (
            4,
            f"error: no such file: that of {option} {hidden}\n",
        )


def test_a_missing_key_is_reported_with_the_file_that_was_searched(call: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)

    for command in (["get", "nine"], ["update", "nine", "--weight", "2"], ["delete", "nine", "--yes"]):
        assert call(*command).err == f'error: no key named "nine" in {config}; keys list shows the keys\n'
    done = call("get", "nine", "--config", "-", stdin=config.read_bytes())
    assert done.err == 'error: no key named "nine" in standard input; keys list shows the keys\n'


@pytest.mark.parametrize(
    ("line", "code", "message", "hint"),
    [
        (["get", "openai"], 4, 'no key named "openai"', "keys list openai shows the keys of that provider"),
        (["get", "onee"], 4, 'no key named "onee"', "did you mean openai/one?"),
        (["get", SECRET], 4, f"no key named {NOT_SHOWN}", "keys list shows the keys"),
        (["list", "one"], 4, 'no provider named "one"', "keys get openai/one shows the key of that name"),
        (["list", "openai/one"], 4, 'no provider named "openai/one"', "keys get openai/one shows the key"),
        (["list", SECRET], 4, f"no provider named {NOT_SHOWN}", "see keys providers"),
        (["create", "opnai", "--value-env", "A"], 4, 'no provider named "opnai"', "did you mean openai"),
        (["create", "openai", "--name", "one", "--value-env", "A"], 5, 'the name "one" is taken', "choose"),
        (["rename", "openai/one", "two"], 5, 'the name "two" is taken', "choose"),
        (["delete", "openai", "-y"], 2, "openai is the name of a provider, not of a key", "name the key"),
        (["providers", "zzzz"], 4, 'no built-in provider named "zzzz"', "see keys providers"),
        (["create", "google"], 4, 'no provider named "google"', "did you mean gemini or vertex?"),
        (["create", "claude"], 4, 'no provider named "claude"', "did you mean anthropic?"),
        (["create", "grok"], 4, 'no provider named "grok"', "did you mean xai?"),
        (["create", "azure-openai"], 4, 'no provider named "azure-openai"', "did you mean azure?"),
        (["create", "minimax"], 4, 'no provider named "minimax"', "add it as a custom provider"),
        (["create", "llama.cpp"], 4, 'no provider named "llama.cpp"', "add it as a custom provider"),
        (["providers", "aws"], 4, 'no built-in provider named "aws"', "did you mean bedrock?"),
        (["create", "nowhere"], 4, 'no provider named "nowhere"', "see keys providers"),
        (["completion", "tcsh"], 2, "no completion for tcsh", "use bash, zsh or fish"),
    ],
    ids=str,
)
def test_an_error_names_its_subject_and_the_next_step(
    call: Any, tmp_path: Path, line: list[str], code: int, message: str, hint: str
) -> None:
    write_config(tmp_path)

    error = call(*line, "-o", "json").error

    assert error["exit_code"] == code
    assert error["message"].startswith(message)
    assert error["hint"].startswith(hint)


def test_a_wrong_release_is_reported_with_its_source(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    option = call("create", "openai", "--gateway-release", "1.5", "-o", "json").error
    monkeypatch.setenv("BIFROST_KEYS_GATEWAY_RELEASE", "newest")
    variable = call("create", "openai", "-o", "json").error

    assert (option["exit_code"], option["option"]) == (2, "--gateway-release")
    assert option["message"].startswith("--gateway-release: release 1.5 is ambiguous")
    assert (variable["exit_code"], variable["option"]) == (2, "BIFROST_KEYS_GATEWAY_RELEASE")
    assert variable["message"].startswith("BIFROST_KEYS_GATEWAY_RELEASE: ")


def test_the_name_is_changed_by_rename(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    for command in ("update", "set"):
        done = call(command, "openai/one", "--name", "new", "-o", "json")

        assert (done.code, done.error["hint"]) == (2, "keys rename changes the name of a key")


def test_the_command_that_lasts_is_given_with_the_keys_name(call: Any, tmp_path: Path) -> None:
    key = {"name": "one", "value": SECRET, "models": ["*"], "weight": 1}
    blocked = {**key, "name": "two", "blacklisted_models": ["a"]}
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": [key, blocked]}}}))

    assert "keys disable openai/one\n" in call("disable", "openai/one", "--temporary", "--dry-run").err
    assert "keys update openai/two --clear blacklisted_models" in call("disable", "openai/two").err


def test_the_end_of_input_at_the_prompt_is_reported_on_its_own_line(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path)

    done = run.on_terminal("create", "openai", "--no-color", typed="\x04", after="shown): ")

    assert done.code == 2
    assert [line.partition(":")[0] for line in done.out.splitlines()[-2:]] == ["error", "hint"]


def test_a_byte_order_mark_is_not_part_of_a_secret(call: Any, tmp_path: Path, sentinel: Sentinel) -> None:
    write_config(tmp_path)
    sentinel.allow("secret")
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbf" + SECRET.encode())

    done = call("create", "openai", "--value-file", "secret")

    assert done.code == 65
    assert "byte order mark" in done.err


def test_the_hash_is_a_field_under_the_name_that_the_table_has(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    assert (
        call("get", "openai/one", "--field", "hash").out
        == call("get", "openai/one", "--field", "config_hash").out
    )


@pytest.mark.parametrize("command", [["disable"], ["enable"], ["delete", "--yes"], ["hash"]])
def test_the_missing_one_of_several_names_is_reported_by_its_position(
    call: Any, tmp_path: Path, command: list[str]
) -> None:
    write_config(tmp_path)

    done = call(*command, "openai/one", "nine", "openai/two")

    assert done.code == 4
    assert 'no key named "nine" in ' in done.err
    hidden = call(*command, "openai/one", SECRET, "openai/two").err
    assert f"no key named {NOT_SHOWN} (name 2 of 3) in " in hidden
    several = call(*command, "nine", "openai/one", "openai/twoo", "-o", "json").error
    assert several["message"].startswith('no key named "nine"; no key named "openai/twoo" in ')
    assert several["hint"] == "keys list shows the keys; did you mean openai/two?"


def test_export_as_names_is_one_name_a_line(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    done = call("export", "-o", "name")

    assert (done.out, done.err) == ("openai/one\nopenai/two\n", "")


def test_a_hint_that_there_is_not_is_null_everywhere_in_json(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    error = call(
        "create", "openai", "--from-file", "-", "-o", "json", stdin='{"value": "x", "enabled": "x"}'
    ).error

    assert (error["hint"], error["faults"][0]["hint"]) == (None, None)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["create", "openai", "--name", "one"], 5),
        (["create", "openai", "--weight", "much"], 65),
        (["create", "openai", "--region", "r"], 65),
        (["create", "opnai"], 4),
        (["set", "openai/new", "--weight", "much"], 65),
        (["set", "anthropic/one"], 5),
        (["rotate", "openai/nine"], 4),
    ],
)
def test_a_change_is_refused_before_the_secret_is_typed(
    run: Program, tmp_path: Path, command: list[str], code: int
) -> None:
    write_config(tmp_path)

    done = run.on_terminal(*command)

    assert (done.code, "not shown" in done.out) == (code, False)


def test_a_custom_provider_without_its_declaration_is_explained(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    done = call("create", "zzzz", "--value-env", "A")

    assert (done.code, "a custom one needs --base-provider-type and --base-url" in done.err) == (4, True)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["rename", "openai/one", ""], "name: is empty"),
        (["create", "openai", "--name", "", "--value-env", "A"], "name (--name): is empty"),
        (["update", "openai/one", "--add-model", "m"], "models (--add-model): allows every model already; "),
        (["update", "openai/one", "--model", "*", "--model", "m"], "models (--model): "),
    ],
)
def test_an_error_names_an_option_that_was_given_or_could_be(
    call: Any, tmp_path: Path, command: list[str], said: str
) -> None:
    write_config(tmp_path)

    done = call(*command)

    assert done.code == 65
    assert done.err.startswith(f"error: {said}")


@pytest.mark.parametrize("field", ["Name", "Models"])
def test_a_field_in_other_case_is_refused_with_the_command_that_mends_it(
    call: Any, tmp_path: Path, field: str
) -> None:
    write_config(tmp_path, CONFIG_TEXT.replace(f'"{field.lower()}"', f'"{field}"', 1))

    done = call("update", "openai/two" if field == "Name" else "openai/one", "--weight", "2")

    assert done.code == 78
    assert f"spell it '{field.lower()}': keys check --fix does that" in done.err
    assert call("check", "--fix").code == 0
    assert call("update", "openai/one", "--weight", "2").code == 0


@pytest.mark.parametrize("options", [["-q"], ["--config", "c.json"]], ids=" ".join)
def test_options_without_a_command_are_refused_with_a_hint(call: Any, options: list[str]) -> None:
    done = call(*options)
    assert (done.code, done.err) == (2, "error: no command was given; see keys --help\n")


@pytest.mark.parametrize("command", [["create", "openai"], ["update", "openai/one"]])
def test_of_many_faults_of_a_kind_twenty_are_printed_and_the_others_counted(
    call: Any, tmp_path: Path, command: list[str]
) -> None:
    write_config(tmp_path)
    body = json.dumps({"name": "new", "value": "sk-SENTINEL", "weight": -1, "models": ["m"] * 51})
    body = body if command[0] == "create" else json.dumps({"weight": -1, "models": ["m"] * 51})

    done = call(*command, "--from-file", "-", stdin=body)

    assert done.code == 65
    lines = done.err.splitlines()
    assert lines[0] == "error: 51 faults in the input"
    assert sum("is a duplicate" in line for line in lines) == 20
    assert sum("negative" in line for line in lines) == 1
    assert lines[-1] == "  30 more [model-duplicate]: -o json lists them all"
    assert len(lines) == 23
    told = call(*command, "--from-file", "-", "-o", "json", stdin=body).error["faults"]
    assert [fault["code"] for fault in told].count("model-duplicate") == 50


def test_a_place_that_no_nameless_key_has_is_named_in_the_error(call: Any, tmp_path: Path) -> None:
    write_config(
        tmp_path, json.dumps({"providers": {"openai": {"keys": [{"value": "env.A"}, {"name": "n"}]}}})
    )
    assert call("get", "openai/#1").code == 0
    for place, said in (
        ("OpenAI/#2", "openai has no key without a name at #2"),
        ("openai/#3", "openai has no key #3"),
    ):
        done = call("get", place)
        assert (done.code, said in done.err) == (4, True), done.err
    assert "did you mean openai/n?" in call("get", "openai/#2").err


def test_list_suggests_a_provider_that_the_file_lacks(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    done = call("list", "groqq")
    assert (done.code, "did you mean groq?" in done.err) == (4, True)


def test_a_built_in_provider_is_not_made_a_custom_one(call: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    before = config.read_bytes()
    custom = ("--base-provider-type", "openai", "--base-url", "https://llm.example")
    done = call("create", "openai", "--value-env", "A", *custom)
    assert (done.code, "openai is a built-in provider" in done.err) == (2, True)
    assert config.read_bytes() == before


@pytest.mark.parametrize("name", [-1, 1.5, True, [], ["a"], {}, {"a": "b"}, None, ""])
def test_a_key_whose_name_is_not_text_is_shown_by_its_place(call: Any, tmp_path: Path, name: Any) -> None:
    key = {"id": "i", "name": name, "value": "env.A", "models": ["*"], "weight": 1}
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": [key]}}}))
    assert call("list", "-o", "name").out == "openai/#1\n"
    assert "#1" in call("list").out
    for command in (["get", "openai/#1"], ["get", "i"], ["list", "-v"], ["status"], ["hash"]):
        assert call(*command).code == 0
    assert call("rename", "openai/#1", "prod").code == 0
    assert call("list", "-o", "name").out == "openai/prod\n"
