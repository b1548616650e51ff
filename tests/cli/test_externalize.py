"""Move secrets from the file into an environment file: externalize."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from tests.cli.commands import assert_refused, remains
from tests.program import Program
from tests.sentinel import SECRET, Sentinel


@pytest.fixture
def config(tmp_path: Path, sentinel: Sentinel) -> Path:
    """Return a file with literal secrets, in a value and in a config object."""
    sentinel.allow("gateway.env")
    path = tmp_path / "config.json"
    bedrock = {"access_key": "AKIA-SENTINEL", "secret_key": f"{SECRET}+/=", "region": "us-east-1"}
    data = {
        "config_store": {"enabled": False},
        "providers": {
            "openai": {
                "keys": [
                    {"id": "1", "name": "prod", "value": SECRET, "models": ["*"], "weight": 1},
                    {"name": "OPENAI_API_KEY", "value": f"{SECRET}2", "models": ["*"], "weight": 1},
                    {"name": "odd", "value": f"{SECRET}$x", "models": ["*"], "weight": 1},
                ]
            },
            "bedrock": {
                "keys": [{"name": "bedrock-1", "models": ["*"], "weight": 1, "bedrock_key_config": bedrock}]
            },
        },
    }
    path.write_text(json.dumps(data, indent=2))
    return path


def keys_of(config: Path) -> dict[str, dict[str, Any]]:
    providers = json.loads(config.read_text())["providers"].values()
    return {key["name"]: key for provider in providers for key in provider["keys"]}


def test_secrets_move_to_the_environment_file(call: Any, config: Path) -> None:
    env = config.parent / "gateway.env"
    ran = call(
        "externalize", "prod", "OPENAI_API_KEY", "bedrock-1", "--env-file", "gateway.env", "-o", "json"
    )
    assert ran.code == 0, ran.err
    assert env.read_text() == (
        f"OPENAI_PROD_API_KEY={SECRET}\nOPENAI_API_KEY={SECRET}2\n"
        f"BEDROCK_1_ACCESS_KEY=AKIA-SENTINEL\nBEDROCK_1_SECRET_KEY={SECRET}+/=\n"
    )
    assert env.stat().st_mode & 0o777 == 0o600
    keys = keys_of(config)
    assert keys["prod"]["value"] == "env.OPENAI_PROD_API_KEY"
    assert keys["prod"]["config_hash"] == key_hash(keys["prod"])
    assert keys["OPENAI_API_KEY"]["value"] == "env.OPENAI_API_KEY"
    assert keys["bedrock-1"]["bedrock_key_config"] == {
        "access_key": "env.BEDROCK_1_ACCESS_KEY",
        "secret_key": "env.BEDROCK_1_SECRET_KEY",
        "region": "us-east-1",
    }
    assert (
        ran.json["added"] == ran.json["variables"] == [line.split("=")[0] for line in env.read_text().split()]
    )


def test_a_second_run_changes_neither_file(call: Any, config: Path) -> None:
    arguments = ("externalize", "openai/prod", "--env-file", "gateway.env")
    assert call(*arguments).code == 0
    before = [os.stat(config.parent / name).st_mtime_ns for name in ("config.json", "gateway.env")]
    assert call(*arguments).code == 0
    assert [os.stat(config.parent / name).st_mtime_ns for name in ("config.json", "gateway.env")] == before


def test_lines_that_are_there_stay_and_an_equal_variable_is_used(call: Any, config: Path) -> None:
    env = config.parent / "gateway.env"
    env.write_text(f'# mine\r\nexport OPENAI_PROD_API_KEY="{SECRET}"\nLAST=x')
    env.chmod(0o600)
    assert call("externalize", "prod", "OPENAI_API_KEY", "--env-file", "gateway.env").code == 0
    expected = f'# mine\r\nexport OPENAI_PROD_API_KEY="{SECRET}"\nLAST=x\nOPENAI_API_KEY={SECRET}2\n'
    assert env.read_bytes() == expected.encode()


@pytest.mark.parametrize(
    ("names", "text", "mode", "code", "kind"),
    [
        (["odd", "prod"], None, 0o600, 65, "value-needs-quotes"),
        (["prod"], "OPENAI_PROD_API_KEY=other\n", 0o600, 5, "variable-differs"),
        (["prod"], "", 0o644, 5, "env-file-exposed"),
        (["nosuch"], None, 0o600, 4, "key-not-found"),
    ],
)
def test_a_refusal_leaves_both_files_as_they_were(
    call: Any, config: Path, names: list[str], text: str | None, mode: int, code: int, kind: str
) -> None:
    env = config.parent / "gateway.env"
    if text is not None:
        env.write_text(text)
        env.chmod(mode)
    old = config.read_bytes()
    ran = call("externalize", *names, "--env-file", "gateway.env", "-o", "json")
    assert (ran.code, ran.error["code"]) == (code, kind)
    assert config.read_bytes() == old
    assert (env.read_text() if env.exists() else None) == text


def test_a_dry_run_writes_no_secret_anywhere(call: Any, config: Path) -> None:
    old = config.read_bytes()
    ran = call("externalize", "prod", "--env-file", "gateway.env", "--dry-run", "-o", "json")
    assert (ran.code, ran.json["variables"]) == (0, ["OPENAI_PROD_API_KEY"])
    assert config.read_bytes() == old
    assert not (config.parent / "gateway.env").exists()


KILLED = """
import os, signal, sys
import bifrost_keys.stores.config_file.store as store
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
store.write_atomically = die
from bifrost_keys.cli.main import main
sys.exit(main(sys.argv[1:], final=True))
"""


def test_killed_between_the_two_files_the_secret_is_in_both(run: Program, config: Path) -> None:
    old = config.read_bytes()
    arguments = ["externalize", "prod", "--env-file", "gateway.env"]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments],
        cwd=run.root,
        env=run.environ,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    env = config.parent / "gateway.env"
    assert env.read_text() == f"OPENAI_PROD_API_KEY={SECRET}\n"
    assert config.read_bytes() == old
    assert run(*arguments).code == 0
    assert env.read_text() == f"OPENAI_PROD_API_KEY={SECRET}\n"
    assert keys_of(config)["prod"]["value"] == "env.OPENAI_PROD_API_KEY"


def test_without_a_place_for_the_changed_file_nothing_is_written(call: Any, config: Path) -> None:
    text = config.read_text()
    ran = call("--config", "-", "externalize", "prod", "--env-file", "gateway.env", stdin=text)
    assert (ran.code, ran.out) == (2, "")
    assert not (config.parent / "gateway.env").exists()


def test_the_environment_file_has_to_be_named(call: Any, config: Path) -> None:
    ran = call("externalize", "prod", "-o", "json")
    assert (ran.code, ran.error["message"]) == (2, "missing option --env-file")


@pytest.mark.parametrize(
    ("place", "code"), [("./config.json", 2), ("link", 2), ("config.json.lock", 2), ("", 2)]
)
def test_the_config_and_its_lock_are_refused_as_environment_file(
    call: Any, config: Path, place: str, code: int
) -> None:
    (config.parent / "link").symlink_to("config.json")
    before = remains(config.parent, lock=False)

    assert_refused(call("externalize", "prod", f"--env-file={place}"), code, "--env-file")
    assert remains(config.parent, lock=False) == before


PLACES = {
    "fifo": (65, os.mkfifo),
    "directory": (65, os.mkdir),
    "loop": (65, lambda place: os.symlink("gateway.env", place)),
    "device": (65, lambda place: os.symlink("/dev/null", place)),
    "not UTF-8": (65, lambda place: place.write_bytes(b"A=\xff\n")),
    "huge": (65, lambda place: (place.touch(), os.truncate(place, 8 << 30))),
    "file-hard-linked": (65, lambda place: (place.touch(), os.link(place, f"{place}.other"))),
    "lock is a fifo": (74, lambda place: os.mkfifo(f"{place}.lock")),
}


@pytest.mark.parametrize(("code", "make"), PLACES.values(), ids=PLACES)
def test_an_odd_environment_file_is_refused_at_once_and_neither_file_changes(
    call: Any, config: Path, code: int, make: Callable[[Path], object]
) -> None:
    place = config.parent / "gateway.env"
    make(place)
    if place.is_file() and not place.is_symlink():
        place.chmod(0o600)
    before = remains(config.parent)

    assert_refused(call("externalize", "prod", "--env-file", "gateway.env"), code)
    assert remains(config.parent) == before


def test_a_config_that_cannot_be_written_leaves_its_secrets_and_says_what_was_added(
    call: Any, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = config.read_bytes()
    rename = os.rename

    def only_the_environment_file(source: str, target: str, **directories: int) -> None:
        if target == config.name:
            raise OSError(errno.ENOSPC, "injected")
        rename(source, target, **directories)

    monkeypatch.setattr(os, "rename", only_the_environment_file)
    done = call("externalize", "prod", "--env-file", "gateway.env")

    assert_refused(done, 74, "no space left", "OPENAI_PROD_API_KEY had already been added")
    assert remains(config.parent) == {
        "config.json": old,
        "gateway.env": f"OPENAI_PROD_API_KEY={SECRET}\n".encode(),
    }


@pytest.mark.parametrize(("name", "other"), [("prod", "Prod"), ("prod", "pr.od")])
def test_a_variable_that_something_refers_to_never_gets_another_secret(
    call: Any, config: Path, name: str, other: str
) -> None:
    data = json.loads(config.read_text())
    base = {"models": ["*"], "weight": 1}
    referring = {"name": other, "value": "env.OPENAI_PROD_API_KEY", **base}
    data["providers"]["openai"]["keys"].append(referring)
    config.write_text(json.dumps(data))
    before = config.read_bytes()

    ran = call("externalize", name, "--env-file", "gateway.env", "-o", "json")

    assert (ran.code, ran.error["code"]) == (5, "variable-referred")
    assert f"openai/{other}" in ran.error["message"]
    assert (config.read_bytes(), (config.parent / "gateway.env").exists()) == (before, False)


def test_two_keys_of_one_secret_may_share_its_variable(call: Any, config: Path) -> None:
    data = json.loads(config.read_text())
    twin = {"name": "Prod", "value": SECRET, "models": ["*"], "weight": 1}
    data["providers"]["openai"]["keys"].append(twin)
    config.write_text(json.dumps(data))

    for name in ("prod", "Prod"):
        assert call("externalize", name, "--env-file", "gateway.env").code == 0

    assert {keys_of(config)[name]["value"] for name in ("prod", "Prod")} == {"env.OPENAI_PROD_API_KEY"}
    assert (config.parent / "gateway.env").read_text() == f"OPENAI_PROD_API_KEY={SECRET}\n"


def test_a_killed_run_leaves_an_environment_file_that_the_next_run_repairs(call: Any, config: Path) -> None:
    env, left = config.parent / "gateway.env", ".gateway.env.0123456789abcdef.bifrost-keys.tmp"
    env.write_text("A=b\n")
    env.chmod(0o600)
    (config.parent / left).hardlink_to(env)

    for more in (["--dry-run"], []):
        ran = call("externalize", "prod", "--env-file", "gateway.env", *more)
        assert ran.code == 0, ran.err
    assert not (config.parent / left).exists()


def test_a_name_without_letters_makes_no_variable(call: Any, config: Path) -> None:
    config.write_text(config.read_text().replace('"prod"', '"ключ"'))
    ran = call("externalize", "ключ", "--env-file", "gateway.env")
    assert (ran.code, "no variable name can be made" in ran.err) == (65, True)


@pytest.mark.parametrize("line", ["# it's", "A=b # it's", 'A="b c"', "A='b'\"c\"", "; C:\\"])
def test_a_complete_value_is_not_an_obstacle(call: Any, config: Path, line: str) -> None:
    env = config.parent / "gateway.env"
    env.write_text(f"{line}\n")
    env.chmod(0o600)
    assert call("externalize", "prod", "--env-file", "gateway.env").code == 0
    assert env.read_text() == f"{line}\nOPENAI_PROD_API_KEY={SECRET}\n"


def test_a_byte_order_mark_hides_no_variable(call: Any, config: Path) -> None:
    env = config.parent / "gateway.env"
    env.write_text("\N{ZERO WIDTH NO-BREAK SPACE}OPENAI_PROD_API_KEY=other\n")
    env.chmod(0o600)
    assert call("externalize", "prod", "--env-file", "gateway.env").code == 5


@pytest.mark.parametrize(
    "end",
    [
        "A=it's\n",
        'A="b\nB=c"\n',
        'A="b\\"\n',
        'CERT="x\nabc=\n',
        "A=b\\",
        "A=b\\\n",
        "A='b\n",
        'A="b\n\n',
        'A="',
    ],
)
def test_nothing_is_appended_to_a_value_that_is_not_ended(call: Any, config: Path, end: str) -> None:
    env = config.parent / "gateway.env"
    env.write_text(f"FIRST=1\n{end}")
    env.chmod(0o600)
    before = config.read_bytes()

    for more in (["--dry-run"], []):
        ran = call("externalize", "prod", "--env-file", "gateway.env", "-o", "json", *more)
        assert (ran.code, ran.error["code"]) == (5, "env-file-open")
    assert (config.read_bytes(), env.read_text()) == (before, f"FIRST=1\n{end}")


def test_a_stream_is_not_an_environment_file(call: Any, config: Path) -> None:
    ran = call("externalize", "prod", "--env-file", "-")
    assert (ran.code, (config.parent / "-").exists()) == (2, False)


@pytest.mark.parametrize(
    ("fields", "variable"),
    [
        ({"VALUE": SECRET}, "OPENAI_ODD_CASE_API_KEY"),
        ({"Value": "plain-SENTINEL"}, "OPENAI_ODD_CASE_API_KEY"),
    ],
)
def test_a_literal_under_a_wrongly_cased_name_is_reported(
    call: Any, config: Path, fields: dict[str, str], variable: str
) -> None:
    data = json.loads(config.read_text())
    data["providers"]["openai"]["keys"].append({"name": "odd-case", "models": ["*"], "weight": 1, **fields})
    config.write_text(json.dumps(data, indent=2))

    ran = call("externalize", "odd-case", "--env-file", "gateway.env")

    assert_refused(ran, 65, "keys check --fix")
    assert call("check", "--fix").code == 0
    assert call("externalize", "odd-case", "--env-file", "gateway.env").code == 0
    assert keys_of(config)["odd-case"]["value"] == f"env.{variable}"


@pytest.mark.parametrize(
    ("provider", "fields", "place"),
    [
        ("openai", {"value": 47110815}, "value"),
        ("openai", {"value": {"value": SECRET}}, "value"),
        ("ollama", {"ollama_key_config": {"url": "http://u:SENTINEL@h:1"}}, "ollama_key_config.url"),
        ("ollama", {"ollama_key_config": {"url": "http://h:1/?pwd=SENTINEL"}}, "ollama_key_config.url"),
        ("azure", {"azure_key_config": {"endpoint": f"https://h/{SECRET}"}}, "azure_key_config.endpoint"),
        ("azure", {"azure_key_config": {"client_secret": ["SENTINEL"]}}, "azure_key_config.client_secret"),
    ],
)
def test_a_literal_that_cannot_be_moved_is_named(
    call: Any, config: Path, provider: str, fields: dict[str, Any], place: str
) -> None:
    data = json.loads(config.read_text())
    data["providers"][provider] = {"keys": [{"name": "odd", "models": ["*"], "weight": 1, **fields}]}
    config.write_text(json.dumps(data, indent=2))
    before = config.read_bytes()

    ran = call("externalize", f"{provider}/odd", "--env-file", "gateway.env")

    assert_refused(ran, 65, f"providers.{provider}.keys[0].{place}", "can become a reference")
    assert config.read_bytes() == before
    assert not (config.parent / "gateway.env").exists()


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize(
    "command",
    [
        ("externalize", "noted", "--env-file", "gateway.env"),
        ("rotate", "noted", "--value-env", "NEW"),
        ("rotate", "noted", "--value", "other-0001"),
        ("update", "noted", "--value-env", "NEW", "--weight", "2"),
        ("set", "openai/noted", "--value-env", "NEW"),
        ("apply", "desired.json"),
    ],
)
def test_a_change_of_the_secret_takes_it_out_of_the_gateways_notes(
    call: Any, config: Path, command: tuple[str, ...], output: str, sentinel: Sentinel
) -> None:
    # It does not look like a secret: only the key shows that it is one.
    secret = "correct horse SENTINEL".replace(" ", "")
    key = {"name": "noted", "value": secret, "models": ["*"], "weight": 1, "description": f"401: {secret}!"}
    data = {"config_store": {"enabled": False}, "providers": {"openai": {"keys": [key]}}}
    config.write_text(json.dumps(data, indent=2))
    desired = {"providers": {"openai": {"keys": [{"name": "noted", "value": "env.NEW"}]}}}
    (config.parent / "desired.json").write_text(json.dumps(desired))

    assert "note-repeats-secret" in call("check", "-o", "name").out
    assert call(*command, "--diff", "--dry-run", "-o", output).code == 0
    assert call(*command, "-o", output).code == 0

    assert "SENTINEL" not in config.read_text()
    assert keys_of(config)["noted"]["description"] == "401: ********!"
    for reading in (("get", "noted"), ("list",), ("get", "noted", "--field", "description")):
        assert call(*reading, "-o", output).code == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_filter_that_cannot_print_says_that_the_environment_file_was_written(
    run: Program, config: Path
) -> None:
    env = config.parent / "gateway.env"
    with open("/dev/full", "wb") as full:
        arguments = ("externalize", "prod", "--env-file", str(env), "--config", "-", "--stdout")
        ran = run(*arguments, stdin=config.read_bytes(), stdout=full)

    assert (ran.code, env.exists()) == (74, True)
    assert f"the changed file could not be printed; {env} was written" in ran.err
