"""A provider added to a copy of the package by CONTRIBUTING's recipe works like the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.package_copy import PackageCopy
from tests.program import Program
from tests.sentinel import SECRET

OBJECT = """
MADE_UP: Final = ConfigObject(
    "made_up_key_config",
    "made-up",
    (
        Field("site", "--site", "Address of the site.", shown=True, required=True),
        Field("passphrase", "--passphrase", "Passphrase of the site.", kind="secret", omit="absent"),
        Field("retries", "--site-retries", "How often to try.", kind="integer", shown=True, omit="empty"),
        Field("eager", "--eager", "Do not wait.", kind="boolean", shown=True, omit="empty"),
        Field("zones", "--zone", "Zone of the site; repeat for more.", kind="list", shown=True, omit="empty"),
        Field(
            "inner",
            help="What is inside.",
            kind="object",
            shown=True,
            omit="absent",
            column="inner_json",
            fields=(Field("owner", "--site-owner", "Owner of the site.", omit="absent"),),
        ),
    ),
    since=(9, 1, 0),
)
"""
ENTRY = '    Provider("made-up", since=(9, 1, 0), value_optional=True),\n'


def test_a_provider_that_is_added_by_the_recipe_needs_nothing_else(run: Program, tmp_path: Path) -> None:
    copy = PackageCopy(tmp_path)
    copy.insert("gateway/fields/config_objects.py", f"{OBJECT}\n", before="# In the order of the hash;")
    copy.insert("gateway/fields/config_objects.py", "    MADE_UP,\n", before="    GITHUB_COPILOT,\n)")
    copy.insert("gateway/providers/table.py", ENTRY, before='    Provider("mistral"),\n')
    run = copy.program(run)
    config = tmp_path / "config.json"
    assert run("init", "--config", "config.json").code == 0
    own = ["--site", "https://s.example.com", "--passphrase", SECRET, "--site-retries", "3", "--eager"]
    own += ["--zone", "a", "--zone", "b", "--site-owner", "owner-SENTINEL"]
    made = run("create", "made-up", "--name", "k", *own, "-o", "json")
    assert made.code == 0, made.err
    shown = made.json["changes"][0]["key"]["made_up_key_config"]
    assert (shown["site"]["value"], shown["retries"], shown["zones"]) == (
        "https://s.example.com",
        3,
        ["a", "b"],
    )

    def entry() -> dict[str, Any]:
        (key,) = json.loads(config.read_text())["providers"]["made-up"]["keys"]
        assert isinstance(key, dict)
        return key

    assert entry()["made_up_key_config"] == {
        "site": "https://s.example.com",
        "passphrase": SECRET,
        "retries": 3,
        "eager": True,
        "zones": ["a", "b"],
        "inner": {"owner": "owner-SENTINEL"},
    }
    assert run("check", "--strict", "config.json").code == 0
    (hashed,) = run("hash", "-o", "json").json["keys"]
    assert (hashed["match"], hashed["hash"]) == (True, entry()["config_hash"])

    changed = run(
        "update", "made-up/k", "--no-eager", "--clear", "inner.owner", "--site-retries", "4", "--diff"
    )
    assert changed.code == 0, changed.err
    assert "- made_up_key_config.inner.owner: " in changed.out
    assert entry()["made_up_key_config"] == {
        "site": "https://s.example.com",
        "passphrase": SECRET,
        "retries": 4,
        "eager": False,
        "zones": ["a", "b"],
    }
    assert entry()["config_hash"] not in (None, hashed["hash"])

    wrong = entry()
    wrong["made_up_key_config"] |= {"retries": "4", "site": "", "odd": 1}
    config.write_text(json.dumps({"providers": {"made-up": {"keys": [wrong]}}}))
    checked = run("check", "-o", "json", "config.json")
    found = {each["code"]: each["path"] for each in checked.json["files"][0]["findings"]}
    place = "providers.made-up.keys[0].made_up_key_config"
    assert checked.code == 1
    assert {code: found[code] for code in ("type-wrong", "config-field-missing", "config-field-unknown")} == {
        "type-wrong": f"{place}.retries",
        "config-field-missing": f"{place}.site",
        "config-field-unknown": f"{place}.odd",
    }

    told = run("providers", "made-up", "-o", "json")
    assert [each for each in ("9.1.0", "--site", "--site-owner") if each not in told.out] == []
    assert "made-up\t" in run("__complete", "zsh", "create", "made").out
    assert "--site-owner\t" in run("__complete", "zsh", "create", "made-up", "--site-o").out
    assert "--site-owner\t" not in run("__complete", "zsh", "create", "openai", "--site-o").out
