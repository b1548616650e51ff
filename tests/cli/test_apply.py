"""Many keys at once: apply."""

from __future__ import annotations

import difflib
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from tests.gateway_database import make_database, rows
from tests.program import Program
from tests.sentinel import SECRET, Sentinel


def entry(name: str, **fields: Any) -> dict[str, Any]:
    made = {"name": name, "value": SECRET, "models": ["*"], "weight": 1, "enabled": True, **fields}
    return {"id": f"id-{name}", **made, "config_hash": key_hash(made)}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a file with two providers, a reference to one of the keys, and no database."""
    path = tmp_path / "config.json"
    data = {
        "config_store": {"enabled": False},
        "providers": {
            "openai": {"keys": [entry("one"), entry("two"), entry("three")]},
            "azure": {"keys": [entry("four", azure_key_config={"endpoint": "https://x", "scopes": ["s"]})]},
        },
        "governance": {"routing_rules": [{"targets": [{"provider": "openai", "provider_key_name": "two"}]}]},
    }
    path.write_text(json.dumps(data, indent=2) + "\n")
    path.chmod(0o600)
    return path


def desired(path: Path, providers: dict[str, list[dict[str, Any]]]) -> str:
    file = path.parent / "desired.json"
    file.write_text(json.dumps({"providers": {name: {"keys": keys} for name, keys in providers.items()}}))
    return str(file)


def changed_lines(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


def test_a_mixed_change_has_a_plan_and_moves_only_what_changed(call: Any, config: Path) -> None:
    old = config.read_text()
    file = desired(
        config,
        {
            "OpenAI": [{"name": "one", "weight": 2}, {"name": "two"}, {"name": "new", "value": "env.NEW"}],
            "azure": [{"id": "id-four", "azure_key_config": {"endpoint": "https://y"}}],
        },
    )
    ran = call("apply", file, "--prune", "-o", "json")
    assert ran.code == 0, ran.err
    assert ran.json["plan"] == {"created": 1, "updated": 2, "unchanged": 1, "deleted": 1}
    actions = [(change["action"], change["key"]["name"]) for change in ran.json["changes"]]
    assert actions == [
        ("updated", "one"),
        ("unchanged", "two"),
        ("created", "new"),
        ("deleted", "three"),
        ("updated", "four"),
    ]
    new = config.read_text()
    keys = json.loads(new)["providers"]
    one, two, made = keys["openai"]["keys"]
    assert one == {**entry("one", weight=2)}
    assert two == entry("two")
    assert list(made) == ["id", "name", "value", "models", "weight", "enabled", "config_hash"]
    assert keys["azure"]["keys"] == [
        entry("four", azure_key_config={"endpoint": "https://y", "scopes": ["s"]})
    ]
    assert len(changed_lines(old, new)) == 16  # two in "one", four in "three" that made room, two in "four"
    assert call("list", "openai", "-o", "name").out == "openai/one\nopenai/two\nopenai/new\n"


def test_the_second_run_leaves_inode_and_mtime_alone(call: Any, config: Path) -> None:
    file = desired(config, {"openai": [{"name": "one", "weight": 2}, {"name": "new", "value": "env.NEW"}]})
    assert call("apply", file).code == 0
    before = os.stat(config)
    ran = call("apply", "-f", file, "--exit-code", "-o", "json")
    assert (ran.code, ran.json["changed"]) == (0, False)
    assert ran.json["plan"] == {"created": 0, "updated": 0, "unchanged": 2, "deleted": 0}
    after = os.stat(config)
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_one_key_that_needs_no_change_is_reported_as_unchanged(call: Any, config: Path) -> None:
    ran = call("apply", desired(config, {"openai": [{"name": "one"}]}))
    assert (ran.code, ran.out) == (0, f"unchanged openai/one in {config}\n")


def test_exit_code_applies_only_to_a_dry_run(call: Any, config: Path) -> None:
    file = desired(config, {"openai": [{"name": "one", "weight": 2}]})
    assert call("apply", file, "--exit-code", "--dry-run").code == 10
    assert call("apply", file, "--exit-code").code == 0
    assert '"weight": 2' in config.read_text()
    assert call("apply", file, "--exit-code", "--dry-run").code == 0


def test_a_dry_run_with_exit_code_reports_differences_and_writes_nothing(call: Any, config: Path) -> None:
    old = config.read_bytes()
    file = desired(config, {"openai": [{"name": "one", "value": f"{SECRET}-x"}]})
    ran = call("apply", file, "--dry-run", "--exit-code", "--diff")
    assert ran.code == 10
    assert ran.out.splitlines() == [
        f"would update openai/one in {config}",
        '- value: "sk-t************************cdef"',
        '+ value: "sk-t************************ef-x"',
        "nothing was written: dry run",
    ]
    assert config.read_bytes() == old
    Path(file).unlink()


def test_every_fault_of_every_entry_is_reported_and_nothing_is_written(call: Any, config: Path) -> None:
    old = config.read_bytes()
    keys: list[dict[str, Any]] = [{"name": f"key-{n}", "value": "env.X"} for n in range(50)]
    keys[36]["weight"] = -1
    keys[40]["models"] = ["*", "gpt-4o"]
    keys[41]["name"] = "key-1"
    keys[42]["name"] = "four"
    keys[43]["value"] = "sk-t************************cdef"
    keys[44]["wieght"] = 3
    del keys[45]["name"]
    ran = call("apply", desired(config, {"openai": keys}), "-o", "json")
    assert ran.code == 65
    assert [
        (fault["field"].removeprefix("providers.openai."), fault["code"]) for fault in ran.error["faults"]
    ] == [
        ("keys[41].name", "name-duplicate"),
        ("keys[36].weight", "weight-negative"),
        ("keys[40].models", "model-wildcard-mixed"),
        ("keys[41].name", "name-taken"),
        ("keys[42].name", "name-taken"),
        ("keys[43].value", "value-redacted"),
        ("keys[44].wieght", "field-misspelt"),
        ("keys[45].name", "name-missing"),
    ]
    assert config.read_bytes() == old


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("[]", 65, None),
        ("{", 65, None),
        ("{}", 65, "providers"),
        ('{"providers": {"openai": {"keys": [{"name": "a", "name": "b"}]}}}', 65, None),
        ('{"providers": {"openai": {"keys": {}}}}', 65, "providers.openai.keys"),
        ('{"providers": {"openai": {"keys": [1]}}}', 65, "providers.openai.keys[0]"),
        ('{"providers": {"openai": {"keys": []}, "OpenAI": {"keys": []}}}', 65, "providers.OpenAI"),
        ('{"providers": {"openai": {"Keys": []}}}', 65, "providers.openai"),
        ('{"providers": {"nosuch": {"keys": []}}}', 4, "providers.nosuch"),
        ('{"providers": {"sk-SENTINEL-0123456789abcdef": {"keys": []}}}', 4, "providers['********']"),
        (
            '{"providers": {"openai": {"keys": [{"name": "a", "value": "x\\ud800"}]}}}',
            65,
            "providers.openai.keys[0].value",
        ),
        (
            '{"providers": {"openai": {"keys": [{"name": "\\ud800", "value": "x"}]}}}',
            65,
            "providers.openai.keys[0].name",
        ),
        ('{"providers": {"openai": {"keys": [{"name": "a", "value": "x", "weight": NaN}]}}}', 65, None),
        ('{"a": ' * 2000 + "1" + "}" * 2000, 65, None),
        ('{"providers": {"openai": {"keys": [{"name": "four"}]}}}', 5, "providers.openai.keys[0].name"),
        (
            '{"providers": {"openai": {"keys": [{"id": "id-four", "name": "x"}]}}}',
            5,
            "providers.openai.keys[0].id",
        ),
        (
            '{"providers": {"openai": {"keys": [{"id": "other", "name": "one"}]}}}',
            5,
            "providers.openai.keys[0].id",
        ),
    ],
)
def test_input_that_means_nothing_certain_is_refused(
    call: Any, config: Path, text: str, code: int, place: str | None
) -> None:
    old = config.read_bytes()
    ran = call("apply", "-", "-o", "json", stdin=text)
    assert (ran.code, ran.error["field"]) == (code, place)
    assert config.read_bytes() == old


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n", "{name} is empty"),
        ('{\n "providers": nothing}', "{name} is not JSON: line 2, column 15"),
        ("{}", "{name} does not contain keys"),
    ],
)
def test_a_refused_input_is_named(call: Any, config: Path, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "wanted.json").write_text(text)
    for name, source in (("wanted.json", "wanted.json"), ("standard input", "-")):
        ran = call("apply", source, "-o", "json", stdin=text)
        assert (ran.code, ran.error["message"]) == (65, message.format(name=name))


def test_input_larger_than_64_mib_is_refused(call: Any, config: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as stream:
        stream.truncate(64 * 1024 * 1024 + 1)
    ran = call("apply", str(large), "-o", "json")
    assert (ran.code, ran.error["code"]) == (65, "input-too-large")
    large.unlink()


def test_prune_keeps_what_is_referred_to_and_the_last_key(call: Any, config: Path) -> None:
    old = config.read_bytes()
    ran = call("apply", desired(config, {"openai": [{"name": "one"}]}), "--prune", "-o", "json")
    assert (ran.code, ran.error["code"]) == (5, "key-referenced")
    assert "governance.routing_rules[0].targets[0].provider_key_name" in ran.error["message"]
    empty = desired(config, {"azure": []})
    ran = call("apply", empty, "--prune", "-o", "json")
    assert (ran.code, ran.error["code"]) == (5, "provider-would-be-empty")
    assert config.read_bytes() == old
    assert call("apply", empty, "--prune", "--allow-empty").code == 0
    assert json.loads(config.read_text())["providers"]["azure"] == {"keys": []}


def test_a_provider_with_a_fault_is_not_also_reported_to_lose_keys(call: Any, config: Path) -> None:
    ran = call(
        "apply", desired(config, {"openai": [{"id": "id-two", "name": "one"}]}), "--prune", "-o", "json"
    )
    assert ran.code == 5
    assert "referred to" not in ran.err


def test_a_given_option_is_not_suggested(call: Any, config: Path) -> None:
    data = json.loads(config.read_text())
    del data["config_store"]
    config.write_text(json.dumps(data))
    make_database(config.parent / "config.db", *rows({"openai": [entry("web")]}))
    file = desired(config, {"openai": [{"name": "new", "id": "id-web", "value": "env.A"}]})
    for options in ([], ["--overwrite-web"]):
        ran = call("apply", file, *options)
        assert (ran.code, "--overwrite-web" in ran.err) == (5, not options)


def test_the_gateways_own_notes_of_the_input_are_not_copied(call: Any, config: Path) -> None:
    key = {"name": "new", "value": "env.N", "config_hash": "x", "status": "success", "description": "d"}
    assert call("apply", desired(config, {"openai": [key]})).code == 0
    made = json.loads(config.read_text())["providers"]["openai"]["keys"][3]
    assert made["config_hash"] == key_hash(made)
    assert not {"status", "description"} & made.keys()


def test_ids_are_the_same_for_the_same_input(call: Any, tmp_path: Path) -> None:
    text = '{"providers": {"openai": {"keys": [{"name": "a", "value": "env.A"}]}}}'
    for name in ("x.json", "y.json"):
        assert call("apply", "-", "--init", "--config", str(tmp_path / name), stdin=text).code == 0
    assert (tmp_path / "x.json").read_bytes() == (tmp_path / "y.json").read_bytes()
    made = json.loads((tmp_path / "x.json").read_text())["providers"]["openai"]["keys"][0]
    assert made["id"] == "455cb703-ca69-54c8-aeff-6eedd61fc074"


def test_another_name_for_an_id_takes_the_references_along(call: Any, config: Path) -> None:
    assert call("apply", desired(config, {"openai": [{"id": "id-two", "name": "second"}]})).code == 0
    data = json.loads(config.read_text())
    assert data["providers"]["openai"]["keys"][1] == entry("second") | {"id": "id-two"}
    assert data["governance"]["routing_rules"][0]["targets"][0]["provider_key_name"] == "second"


@pytest.mark.parametrize(
    "keys",
    [
        [{"id": "id-two", "name": "second"}, {"name": "two", "value": "env.B"}],
        [{"name": "two", "value": "env.B"}, {"id": "id-two", "name": "second"}],
        [{"name": "two", "enabled": False}, {"id": "id-two", "enabled": True}],
    ],
)
def test_two_wanted_keys_that_are_one_of_the_file_are_refused(
    call: Any, config: Path, keys: list[dict[str, Any]]
) -> None:
    """One of the two changes would be lost, or references would keep a name that does not exist any more."""
    before = config.read_bytes()
    ran = call("apply", desired(config, {"openai": keys}), "-o", "json")
    assert (ran.code, ran.error["code"]) == (5, "key-twice")
    assert "providers.openai.keys[1]" in ran.error["message"]
    assert config.read_bytes() == before


def test_a_key_changed_in_the_web_page_is_a_conflict(call: Any, config: Path) -> None:
    data = json.loads(config.read_text())
    del data["config_store"]
    config.write_text(json.dumps(data))
    keys = {name: provider["keys"] for name, provider in data["providers"].items() if name == "openai"}
    make_database(config.parent / "config.db", *rows(keys, {"one": {"weight": 7}}))
    file = desired(config, {"openai": [{"name": "one", "models": ["gpt-4o"]}, {"name": "two"}]})
    ran = call("apply", file, "-o", "json")
    assert (ran.code, ran.error["code"]) == (5, "key-changed-in-web")
    assert call("apply", file, "--overwrite-web").code == 0


def test_a_provider_that_takes_no_keys_may_have_the_wanted_ones(call: Any, config: Path) -> None:
    keyless = {"base_provider_type": "openai", "is_key_less": True}
    data = json.loads(config.read_text())
    data["providers"] |= {
        "acme": {"custom_provider_config": keyless, "keys": [entry("five")]},
        "unknown": {"keys": [entry("six")]},
    }
    config.write_text(json.dumps(data))
    ran = call("apply", "--prune", "-", "-o", "json", stdin=call("export").out)
    assert (ran.code, ran.json["changed"], ran.json["plan"]["unchanged"]) == (0, False, 6)
    ran = call("apply", desired(config, {"acme": [{"name": "five", "weight": 2}]}), "-o", "json")
    assert (ran.code, ran.error["code"]) == (65, "provider-keyless")


def test_filter_mode_changes_the_stream(run: Program, config: Path, sentinel: Sentinel) -> None:
    file = desired(config, {"openai": [{"name": "one", "weight": 2}]})
    config.write_text(config.read_text().replace(SECRET, "env.X"))
    text = config.read_text()
    ran = run("--config", "-", "--stdout", "apply", file, stdin=text)
    assert (ran.code, changed_lines(text, ran.out)[0].strip("- ")) == (0, '"weight": 1,')
    again = run("--config", "-", "--stdout", "apply", file, stdin=ran.out)
    assert (again.code, again.out) == (0, ran.out)
    both = run("--config", "-", "--stdout", "apply", "-", stdin=text)
    assert (both.code, both.out) == (2, "")
    assert config.read_text() == text


class Impatient(Program):
    """The program with a progress bar that is shown immediately."""

    def command(self, *arguments: str | bytes) -> list[str | bytes]:
        code = "import sys, bifrost_keys.cli.output.progress as p; p._PATIENCE_SECONDS = -1.0; "
        code += "from bifrost_keys.cli.main import main; sys.exit(main(sys.argv[1:], final=True))"
        return [sys.executable, "-c", code, *arguments]


def test_a_progress_bar_is_for_terminals_only(
    run: Program, config: Path, tmp_path: Path, sentinel: Sentinel
) -> None:
    impatient = Impatient(run.root, sentinel)
    file = desired(config, {"groq": [{"name": f"key-{n}", "value": "env.X"} for n in range(10)]})
    shown = impatient.on_terminal("apply", file, "--dry-run")
    assert (shown.code, "━" in shown.out) == (0, True)
    with (tmp_path / "err").open("wb") as err:
        quiet = impatient.on_terminal("apply", file, "--dry-run", stderr=err)
    assert (quiet.code, "━" in quiet.out) == (0, False)
    assert "━" not in (tmp_path / "err").read_text(encoding="utf-8")
    piped = impatient("apply", file)
    assert (piped.code, "━" in piped.err) == (0, False)


ACME = {
    "custom_provider_config": {"base_provider_type": "openai"},
    "network_config": {"base_url": "https://acme.example/v1", "max_retries": 2},
    "keys": [{"name": "a", "value": "env.ACME"}, {"name": "b", "value": "env.ACME_B"}],
}


def wanted_provider(path: Path, name: str, provider: dict[str, Any]) -> str:
    file = path.parent / "wanted.json"
    file.write_text(json.dumps({"providers": {name: provider}}))
    return str(file)


def test_a_custom_provider_is_created_with_the_settings_that_decide_where_its_keys_go(
    call: Any, config: Path
) -> None:
    ran = call("apply", wanted_provider(config, "acme", ACME), "-o", "json")
    assert ran.code == 0, ran.err
    made = json.loads(config.read_text())["providers"]["acme"]
    assert made["custom_provider_config"] == ACME["custom_provider_config"]
    assert made["network_config"] == {"base_url": "https://acme.example/v1"}
    assert [key["name"] for key in made["keys"]] == ["a", "b"]
    assert [warning["code"] for warning in ran.json["warnings"]] == ["provider-settings-ignored"]
    assert call("apply", wanted_provider(config, "acme", ACME), "-o", "json").json["changed"] is False


def test_a_base_url_goes_with_the_first_key_of_a_built_in_provider(call: Any, config: Path) -> None:
    groq = {
        "network_config": {"base_url": "https://proxy.example"},
        "keys": [{"name": "g", "value": "env.G"}],
    }
    assert call("apply", wanted_provider(config, "groq", groq)).code == 0
    made = json.loads(config.read_text())["providers"]["groq"]
    assert made["network_config"] == {"base_url": "https://proxy.example"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"network_config": {"base_url": "https://other.example"}}, "network_config"),
        ({"custom_provider_config": {"base_provider_type": "cohere"}}, "custom_provider_config"),
    ],
)
def test_a_key_is_not_applied_if_it_would_be_sent_elsewhere(
    call: Any, config: Path, settings: dict[str, Any], named: str
) -> None:
    old = config.read_bytes()
    openai = {**settings, "keys": [{"name": "new", "value": "env.NEW"}]}
    ran = call("apply", wanted_provider(config, "openai", openai), "-o", "json")
    assert (ran.code, ran.error["faults"][0]["code"]) == (5, "provider-settings-differ")
    assert named in ran.error["message"]
    assert config.read_bytes() == old


def test_a_config_applied_to_itself_changes_nothing_and_warns_of_nothing(call: Any, config: Path) -> None:
    assert call("apply", wanted_provider(config, "acme", ACME)).code == 0
    ran = call("apply", str(config), "-o", "json")
    assert (ran.json["changed"], ran.json["warnings"]) == (False, [])


def test_several_files_are_one_transaction(call: Any, config: Path, tmp_path: Path) -> None:
    for name, key in (
        ("a.json", {"name": "a", "value": "env.A"}),
        ("b.json", {"name": "b", "value": "env.B"}),
    ):
        (tmp_path / name).write_text(json.dumps({"providers": {"groq": {"keys": [key]}}}))
    ran = call("apply", "a.json", "-f", "b.json", "-o", "json")
    assert [change["key"]["name"] for change in ran.json["changes"]] == ["a", "b"]
    old = config.read_bytes()
    twice = call("apply", "a.json", "a.json", "-o", "json")
    assert (twice.code, config.read_bytes()) == (65, old)


def test_a_fault_in_one_of_several_files_names_the_file(call: Any, config: Path, tmp_path: Path) -> None:
    for name, key in (
        ("a.json", {"name": "a", "value": "$A"}),
        ("b.json", {"name": "b", "value": "$A"}),
        ("c.json", {"name": "a", "value": "env.C"}),
        ("d.json", 1),
    ):
        (tmp_path / name).write_text(json.dumps({"providers": {"groq": {"keys": [key]}}}))

    both = call("apply", "a.json", "b.json", "d.json", "-o", "json").error["faults"]
    assert [fault["field"] for fault in both] == [
        "d.json: providers.groq.keys[0]",
        "a.json: providers.groq.keys[0].value",
        "b.json: providers.groq.keys[0].value",
    ]
    twice = call("apply", "a.json", "c.json")
    assert (
        "c.json: providers.groq.keys[0].name: is also the name of a.json: providers.groq.keys[0]" in twice.err
    )
    assert "a.json" not in call("apply", "a.json").err


def test_yaml_is_answered_with_its_conversion(call: Any, config: Path, tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text("providers:\n  openai:\n    keys: []\n")
    ran = call("apply", "d.yaml")
    assert ran.code == 65
    assert "yq -o json" in ran.err


def test_each_of_two_equal_keys_without_names_is_one_of_the_desired(call: Any, config: Path) -> None:
    nameless = {"value": "env.GROQ_API_KEY", "models": ["*"], "weight": 1}
    config.write_text(json.dumps({"providers": {"groq": {"keys": [nameless, nameless]}}}))
    before = config.read_bytes()
    done = call("apply", desired(config, {"groq": [nameless, nameless]}), "--prune", "--config", str(config))
    assert done.code == 0
    assert config.read_bytes() == before
