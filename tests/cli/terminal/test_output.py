"""The form of output: long lists, odd fields, absent fields, and the change that init makes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import write_config
from tests.program import Program


@pytest.mark.parametrize("locale", ["C.UTF-8", "POSIX"])
def test_long_json_is_the_same_value_with_an_element_a_line(run: Program, locale: str) -> None:
    entry = '{"name": "caf\u00e9 \U0001f511 %d", "models": ["*", "\u202e"], "weight": 0.5}'
    names = ",".join(entry % number for number in range(1200))
    (run.root / "config.json").write_text(
        f'{{"providers": {{"ollama": {{"keys": [{names}]}}}}}}', encoding="utf-8"
    )
    environ = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = run("list", "-o", "json", env=environ)
    few = run("list", "-o", "json", "--disabled", env=environ)
    assert (ran.json["total"], len(ran.json["keys"])) == (1200, 1200)
    assert ran.json["keys"][7]["key"]["name"] == "caf\u00e9 \U0001f511 7"
    assert ran.json["keys"][7]["key"]["models"] == ["*", "\u202e"]
    assert ran.out.count("\n") == 1200 + 5
    assert "\u202e" not in ran.out
    assert few.out == '{\n  "keys": [],\n  "total": 0\n}\n'


@pytest.mark.parametrize(("fails_at", "printed"), [(2, False), (1100, True)])
def test_a_list_that_fails_half_way_says_so_and_is_not_complete(
    run: Program, monkeypatch: pytest.MonkeyPatch, fails_at: int, printed: bool
) -> None:
    """Long lists are printed while they are made."""
    keys = [{"name": f"k{number}", "value": "env.K", "models": ["*"]} for number in range(1200)]
    config = write_config(run.root, json.dumps({"providers": {"openai": {"keys": keys}}}))
    left = iter(range(fails_at))

    def failing(view: Any) -> Any:
        if next(left, None) is None:
            raise RuntimeError("SENTINEL")
        return {"provider": view.provider, "key": {"name": view.name, "note": "x" * 100}}

    monkeypatch.setattr("bifrost_keys.cli.commands.list._key_json", failing)
    ran = run.inside("list", "--config", str(config), "-o", "json")
    assert (ran.code, ran.error["code"]) == (70, "internal")
    assert (bool(ran.out), "total" in ran.out, "k1100" in ran.out) == (printed, False, False)


def test_the_json_of_many_findings_has_one_finding_per_line(call: Any, tmp_path: Path) -> None:
    members = "".join(f', "x{number}": "\u00e9"' for number in range(1200))
    bad = tmp_path / "bad.json"
    key = f'{{"name": "k", "value": "env.K"{members}}}'
    bad.write_text(f'{{"providers": {{"openai": {{"keys": [{key}]}}}}}}')
    small = tmp_path / "small.json"
    small.write_text('{"$schema": "https://www.getbifrost.ai/schema", "providers": {}}')
    ran = call("check", str(small), str(bad), "-o", "json")
    one, other = ran.json["files"]
    assert one == {"path": str(small), "verdict": "ok", "findings": []}
    lines = [json.loads(line.strip(" ,")) for line in ran.out.splitlines() if '"code"' in line]
    assert lines == other["findings"]
    assert sum(line["code"] == "field-unknown" for line in lines) == 1200


def test_a_stray_field_is_shown_though_a_config_field_has_its_name(call: Any, tmp_path: Path) -> None:
    vllm = {"url": "http://inner", "model_name": "m"}
    key = {"name": "one", "id": "id-one", "models": ["*"], "weight": 1, "vllm_key_config": vllm, "url": 7}
    write_config(tmp_path, json.dumps({"providers": {"vllm": {"keys": [key]}}}))

    rows = [line.split() for line in call("get", "one").out.splitlines()]

    assert [row[1] for row in rows if row and row[0] == "url"] == ["http://inner", "7"]


def test_a_terminal_that_reports_no_width_shows_whole_tables(run: Program, tmp_path: Path) -> None:
    key = {"name": "one", "id": "id-one", "value": "env.A", "models": ["*"], "weight": 1}
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": [key]}}}))

    assert run.on_terminal("list", columns=0).out == run.on_terminal("list", columns=80).out


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("enabled", "true\n"),
        ("blacklisted_models", "[]\n"),
        ("use_for_batch_api", "false\n"),
        ("id", ""),
        ("models", ""),
    ],
)
def test_an_absent_field_is_shown_as_the_gateways_default(
    call: Any, tmp_path: Path, field: str, told: str
) -> None:
    write_config(
        tmp_path, json.dumps({"providers": {"openai": {"keys": [{"name": "one", "Models": ["m"]}]}}})
    )

    done = call("get", "one", "--field", field)

    assert (done.code, done.out) == (0 if told else 4, told)
    assert f"did you mean {field}" not in done.err


def test_init_reports_its_change_like_every_other_command(call: Any, tmp_path: Path) -> None:
    made = call("init", "--config", "a.json", "-o", "json").json
    created = call("create", "openai", "--value-env", "A", "--init", "--config", "b.json", "-o", "json").json

    assert made.keys() == created.keys()
    assert made["config"].keys() == created["config"].keys()
    digest = hashlib.sha256((tmp_path / "a.json").read_bytes()).hexdigest()
    assert (made["changed"], made["config"]["sha256_after"]) == (True, digest)


@pytest.mark.parametrize("command", [["apply", "nothing.json"], ["import", "nothing.env"]], ids=" ".join)
def test_init_makes_the_file_though_there_is_nothing_to_add(
    call: Any, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "nothing.json").write_text('{"providers": {}}')
    (tmp_path / "nothing.env").write_text("# none\n")

    dry = call(*command, "--init", "--config", "new.json", "--dry-run", "-o", "json")
    assert (dry.code, dry.json["changed"], (tmp_path / "new.json").exists()) == (0, True, False)
    done = call(*command, "--init", "--config", "new.json", "-o", "json")
    assert (done.code, done.json["changed"], (tmp_path / "new.json").stat().st_mode & 0o777) == (
        0,
        True,
        0o600,
    )
    assert call(*command, "--init", "--config", "new.json", "-o", "json").json["changed"] is False


def test_a_terminal_shows_the_home_directory_as_a_tilde_in_every_message(
    run: Program, tmp_path: Path
) -> None:
    home = Path(run.environ["HOME"])
    folder = home / ".config/bifrost"
    missing = run.on_terminal("list").out
    folder.mkdir(parents=True)
    write_config(
        folder, '{"providers": {"openai": {"keys": [{"name": "one", "value": "env.A", "models": []}]}}}'
    )

    assert "no file ~/.config/bifrost/config.json" in missing
    assert 'no key named "nope" in ~/.config' in run.on_terminal("get", "nope").out
    assert run.on_terminal("check").out.startswith("~/.config/bifrost/config.json:1:")
    assert "database: none at ~/.config/bifrost/config.db" in run.on_terminal("status").out
    assert f"{folder}/config.json:1:" in run("check").out  # a program gets the whole path


def test_check_names_a_file_as_it_was_typed(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path, '{"providers": {"openai": {"keys": [{"name": "one", "value": "env.A"}]}}}')
    for form in ("table", "name"):
        assert call("check", "./config.json", "-o", form).out.startswith("./config.json:1:")
    assert call("check", "./config.json", "-o", "json").json["files"][0]["path"] == f"{tmp_path}/config.json"


def test_a_fact_about_every_change_is_printed_once(call: Any, tmp_path: Path) -> None:
    keys = [{"name": f"k{n}", "value": f"env.K{n}", "models": ["*"], "weight": 1} for n in range(5)]
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys}}}))
    done = call("disable", "--all")
    assert (done.code, done.out.count("every model is blacklisted too")) == (0, 1)
    assert call("disable", "k1").out.startswith(f"unchanged openai/k1 in {tmp_path}")


def test_two_secrets_on_the_command_line_are_one_note(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path)
    words = ("--region", "us-east-1", "--access-key", "SENTINELACCESSKEY000", "--secret-key", "SENTINEL/0")
    shown = run.on_terminal("create", "bedrock", *words).out
    assert "--access-key-file PATH and --secret-key-file PATH" in " ".join(shown.split())
    assert shown.count("note: ") == 1


def test_an_empty_table_of_hashes_has_no_header(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path, '{"providers": {}}')
    assert run.on_terminal("hash").out.split() == ["0", "keys"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("apply", "d.yaml"), "yq -o json FILE | keys apply -"),
        (("apply", "folder"), "folder is a directory; name the files in it"),
        (("create", "openai", "--value-env", "X", "--id", "1"), "the id is taken by openai/one"),
    ],
)
def test_an_input_of_the_wrong_kind_gets_the_next_step(
    call: Any, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    entry = {"id": "1", "name": "one", "value": "env.A", "models": ["*"], "weight": 1}
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": [entry]}}}))
    (tmp_path / "d.yaml").write_text("a: b\n")
    (tmp_path / "folder").mkdir()
    done = call(*words)
    assert done.code != 0
    assert said in done.err


def test_a_different_secret_with_the_same_mask_is_reported_as_different(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    secrets = ("sk-SENTINEL-first-0123456789", "sk-SENTINEL-other-0123456789")
    first, second = (call("update", "openai/one", f"--value={secret}").out for secret in secrets)
    assert "→" in first
    assert "sk-S****6789 (another secret)" in second


def test_the_first_run_warns_of_nothing(call: Any) -> None:
    first = call("create", "openai", "--value-env", "A", "--init", "--name", "one")
    other = call("create", "groq", "--value-env", "B", "--init", "--name", "two")
    for done in (first, other):
        assert (done.code, done.out.startswith("created "), "warning: " in done.err) == (0, True, False)
    assert "note: config_hash assumes a gateway of release" in first.err
    assert call("create", "groq", "--value-env", "C", "-q").err == ""


def test_apply_shows_the_fields_that_change_and_a_dry_run_what_would_be_done(
    call: Any, tmp_path: Path
) -> None:
    write_config(tmp_path)
    new = {"name": "new", "value": "env.NEW"}
    keys = [{"name": "one", "weight": 7}, new]
    wanted = json.dumps({"providers": {"openai": {"keys": keys}}})
    planned, done = call("apply", "-", "--dry-run", stdin=wanted).out, call("apply", "-", stdin=wanted).out
    assert "→ 7" in planned
    assert "→ 7" in done
    assert "1 to create, 1 to update in " in planned
    assert "1 created, 1 updated in " in done


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_the_list_of_help_pages_breaks_no_word(run: Program, columns: int) -> None:
    shown = run.on_terminal("help", columns=columns, env={"NO_COLOR": "1"}).out.replace("\r\n", "\n")
    assert max(map(len, shown.splitlines())) <= columns
    assert {"secrets", "promises", "environment", "variables"} <= set(shown.split())


@pytest.mark.parametrize(
    ("field", "order"),
    [
        ("name", ["a", "B", "c"]),
        ("provider", ["B", "c", "a"]),
        ("value", ["c", "a", "B"]),
        ("weight", ["B", "c", "a"]),
        ("enabled", ["a", "c", "B"]),
    ],
)
def test_a_list_can_be_sorted(call: Any, tmp_path: Path, field: str, order: list[str]) -> None:
    def key(name: str, value: str, weight: float, **more: Any) -> dict[str, Any]:
        return {"name": name, "value": value, "weight": weight, "models": ["*"], **more}

    groq, openai = [key("B", "env.Z", 2, enabled=False)], [key("a", "env.B", 0.5), key("c", "env.A", 2)]
    providers = {"openai": {"keys": openai[:1]}, "groq": {"keys": [*groq, openai[1]]}}
    write_config(tmp_path, json.dumps({"providers": providers}))
    listed = call("list", "--sort", field, "-o", "json").json["keys"]
    assert [each["key"]["name"] for each in listed] == order
    wrong = call("list", "--sort", "size")
    assert (wrong.code, wrong.err) == (2, "error: --sort: must be provider, name, value, weight or enabled\n")


def test_a_field_that_is_not_there_is_named_and_nothing_far_is_suggested(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    assert call("get", "one", "--field", "nope").err.startswith('error: no field named "nope"; keys get')
    assert (
        '--clear: "nope" is not a field of a key; keys get NAME'
        in call("update", "one", "--clear", "nope").err
    )
    assert "did you mean weight?" in call("get", "one", "--field", "wieght").err
