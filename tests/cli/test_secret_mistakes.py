"""A secret in the wrong place of a command line is never repeated, and never written where it would show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import CONFIG_TEXT, write_config, write_inputs
from tests.sentinel import SECRET

# With a known prefix; as keys of Azure are; as AWS secret keys are; as many tokens are.
SHAPES = {
    "prefix": SECRET,
    "hexadecimal": "a0123456789abcdef0123456789abcde",
    "base64": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEK1",
    "mixed": "Zx81vQ7pLm2Rt9Ws4Kd6Hn3Bf5Yc0Jg",
}
MISTAKES = (
    "{}",
    "list {}",
    "list openai {}",
    "list --model {} {}",
    "list --sort {}",
    "list --config {}",
    "list --app-dir {}",
    "list --output {}",
    "-o {} list",
    "--lock-timeout {} list",
    "--gateway-release {} list",
    "get {}",
    "get openai/{}",
    "get {}/one",
    "get openai {}",
    "get openai/one {}",
    "get openai/one --field {}",
    "get openai/one --field value={}",
    "create {}",
    "create openai {}",
    "create openai={}",
    "create openai --name {} --value-env K",
    "create openai --id {} --value-env K",
    "create openai --value-env {}",
    "create openai --value-env env.{}",
    "create openai --value-env ${}",
    "create openai --value env.{}",
    "create openai --value OPENAI_API_KEY={}",
    "create openai --value 'x{}",
    "create openai --value @{}",
    "create openai --value --{}",
    "create openai --value-file {}",
    "create openai --from-file {}",
    "create openai --key {}",
    "create openai --api-key={}",
    "create openai --{}",
    "create openai --value-stdin {}",
    "create openai --value-env K --weight {}",
    "create openai --value-env K --alias {}",
    "create openai --value-env K --model a,{}",
    "create openai --value-env K --enabled={}",
    "create openai --value-env K --url {}",
    "create azure --value-env K --endpoint https://u:{}@",
    "create azure --value-env K --endpoint {}",
    "create vertex --auth-credentials {}",
    "create vertex --auth-credentials-file {}",
    "create bedrock --region us-east-1 --access-key {}",
    "update {} --weight 2",
    "update openai/one --name {}",
    "update openai/one --if-hash {} --weight 2",
    "update openai/one --clear {}",
    "set openai/{}",
    "set {} --value-env K",
    "rotate {} --value-env K",
    "rotate openai/one {}",
    "rotate openai/one --value-env {}",
    "rename {} other",
    "rename openai/one {}",
    "rename openai/one openai/{}",
    "enable {}",
    "disable openai/one {}",
    "delete {} --yes",
    "delete openai/one {} --yes",
    "apply {}",
    "apply home/desired.json --prune={}",
    "import {}",
    "import home/keys.env --prefix {}",
    "externalize {} --env-file x.env",
    "externalize openai/one --env-file {}/x.env",
    "check {}",
    "check --strict={}",
    "hash {}",
    "explain {} gpt-4o",
    "explain openai gpt-4o {}",
    "explain nope {}",
    "export {}",
    "export --reveal={}",
    "status --exit-code={}",
    "providers {}",
    "help {}",
    "completion {}",
    "path {}",
)


def test_there_are_sixty_of_them() -> None:
    assert len(set(MISTAKES)) >= 60


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_secret_in_the_wrong_place_is_not_repeated(
    call: Any, tmp_path: Path, mistake: str, secret: str, output: str
) -> None:
    write_config(tmp_path)
    write_inputs(tmp_path)
    arguments = [word.replace("{}", secret) for word in mistake.split()]
    if not mistake.startswith("-o"):
        arguments += ["-o", output]

    ran = call(*arguments)

    assert secret not in ran.out + ran.err
    assert ran.code in (0, 1, 2, 4, 5, 65)
    # If it was taken for something else, it was not stored; as a value it is in the right place.
    if ran.code:
        assert (tmp_path / "config.json").read_text() == CONFIG_TEXT
    assert not [path for path in tmp_path.rglob("*") if secret in path.name]


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (("--value", "“SENTINEL”"), {"value-quoted"}),
        (("--value", "SENTINEL\u200b"), {"value-unseen-characters"}),
        (("--value", "%SENTINEL%"), {"value-unexpanded"}),
        (("--value", "SENTINELé"), {"value-not-ascii"}),
        (("--value", "@SENTINEL"), {"value-file"}),
        (("--value-env", "A0123456789ABCDEF0123456789ABCDEF"), {"reference-looks-secret"}),
    ],
)
def test_what_nobody_means_is_refused_with_its_code(
    call: Any, tmp_path: Path, arguments: tuple[str, ...], codes: set[str]
) -> None:
    write_config(tmp_path)

    ran = call("create", "openai", *arguments, "-o", "json")

    assert ran.code == 65
    assert {fault["code"] for fault in ran.error["faults"]} == codes
    assert (tmp_path / "config.json").read_text() == CONFIG_TEXT


@pytest.mark.parametrize(
    ("provider", "value", "code"),
    [
        ("openai", "os.environ/OPENAI_API_KEY", "value-foreign-reference"),
        ("openai", "OPENAI_API_KEY", "value-variable-name"),
        ("openai", "changeme", "value-placeholder"),
        ("openai", "sk-ant-SENTINEL", "value-other-provider"),
        ("openai", "sk-bf-SENTINEL", "value-virtual-key"),
        ("openai", SECRET, "value-duplicate"),
        ("openai", "vault.secret/openai", "reference-vault"),
    ],
)
def test_what_is_odd_is_stored_with_a_warning_that_check_repeats(
    call: Any, tmp_path: Path, provider: str, value: str, code: str
) -> None:
    write_config(tmp_path)

    ran = call("create", provider, "--value-stdin", "-o", "json", stdin=value)

    assert ran.code == 0, ran.err
    assert code in {warning["code"].replace("_", "-") for warning in ran.json["warnings"]}
    found = call("check", "-o", "json").json["files"][0]["findings"]
    assert code in {finding["code"] for finding in found}


def test_two_servers_may_have_one_secret(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    for number in (1, 2):
        options = ("--url", f"http://h{number}:8000", "--model-name", "m", "--model", "m")
        ran = call("create", "vllm", "--value-env", "K", *options, "-o", "json")
        assert ran.code == 0, ran.err
    assert ran.json["warnings"] == []
    ran = call("create", "vllm", "--value-env", "K", *options, "-o", "json")
    assert [warning["code"] for warning in ran.json["warnings"]] == ["value-duplicate"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "bedrock", "--region", "us-east-1", "--access-key", "env.A", "--secret-key", "SENTINEL/1"),
        ("update", "openai/one", "--value", "sk-SENTINEL-1"),
    ],
)
def test_a_person_is_told_that_an_argument_can_be_seen(
    run: Any, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_config(tmp_path)

    shown = " ".join(run.on_terminal(*arguments, env={"NO_COLOR": "1"}).out.split())

    assert shown.count("note: a secret on the command line shows in ps and the history") == 1
    assert json.loads((tmp_path / "config.json").read_text())
