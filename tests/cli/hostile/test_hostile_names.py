"""Odd names and values: invisible or misleading ones are refused, the rest is taken literally."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import assert_refused, remains, write_config
from tests.keys import ONE as KEY
from tests.sentinel import SECRET

NAMING = {
    "create": lambda name: ("create", "openai", "--value-env", "A", f"--name={name}"),
    "rename": lambda name: ("rename", "openai/one", "--", name),
    "set": lambda name: ("set", "--value-env", "A", "--", f"openai/{name}"),
}
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
REFUSED = {
    "blank": " ",
    "no-break space": "\N{NO-BREAK SPACE}",
    "white space at an edge": " prod",
    "line end": "a\nb",
    "carriage return": "a\rb",
    "tab": "a\tb",
    "ESC": "\x1b[31mred",
    "bell": "a\x07",
    "delete": "a\x7f",
    "CSI in one byte": "a\x9b31m",
    "bidirectional override": "a\N{RIGHT-TO-LEFT OVERRIDE}b",
    "bidirectional isolate": "a\N{LEFT-TO-RIGHT ISOLATE}b",
    "zero-width space": "a\N{ZERO WIDTH SPACE}b",
    "zero-width joiner": "a\N{ZERO WIDTH JOINER}b",
    "byte order mark": "\N{ZERO WIDTH NO-BREAK SPACE}a",
    "line separator": "a\N{LINE SEPARATOR}b",
    "256 characters": "n" * 256,
    "100,000 characters": "n" * 100_000,
    "an option": "--help",
    "a secret": SECRET,
    "another secret": "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7SENTINEL",
}
LITERAL = [
    "[bold]x",
    "[/]",
    "[link=file:///etc/passwd]x",
    ":smile:",
    "prod[1]",
    "-rf",
    "a/b",
    "$HOME",
    "`id`",
    "*",
    "日本語",
    "ключ",
    "🔑",
    "e\N{COMBINING ACUTE ACCENT}",
    'quo"te',
    "back\\slash",
    "n" * 255,
]


@pytest.mark.parametrize("command", NAMING.values(), ids=NAMING)
@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED)
def test_a_name_that_cannot_be_seen_or_trusted_is_refused(
    call: Any, tmp_path: Path, command: Any, name: str
) -> None:
    config = write_config(tmp_path)
    before = config.read_bytes()

    done = call(*command(name))

    assert_refused(done, 65, "name")
    assert not ACTS.search(done.err.replace("\n", ""))
    assert remains(tmp_path) == {"config.json": before}


@pytest.mark.parametrize(("command", "said"), [("create", "empty"), ("rename", "empty"), ("set", "a name")])
def test_an_empty_name_is_refused(call: Any, tmp_path: Path, command: str, said: str) -> None:
    code = 2 if command == "set" else 65  # for set, a provider alone does not select a key
    before = write_config(tmp_path).read_bytes()

    assert_refused(call(*NAMING[command]("")), code, "name", said)
    assert remains(tmp_path) == {"config.json": before}


@pytest.mark.parametrize("command", NAMING.values(), ids=NAMING)
@pytest.mark.parametrize("name", LITERAL)
def test_a_name_that_looks_like_something_else_is_stored_and_shown_literally(
    call: Any, tmp_path: Path, command: Any, name: str
) -> None:
    config = write_config(tmp_path)

    done = call("-o", "json", *command(name))

    assert done.code == 0, done.err
    entries = json.loads(config.read_text())["providers"]["openai"]["keys"]
    assert [entry["name"] for entry in entries].count(name) == 1
    assert done.json["changes"][0]["key"]["name"] == name
    assert f"openai/{name}\n" in call("list", "-o", "name").out
    assert name in call("list").out
    for selector in (f"openai/{name}", name):
        assert call("get", "--field", "name", "--", selector).out == f"{name}\n"
    assert name in call("get", "--", f"openai/{name}").out
    assert call("delete", "--yes", "--", f"openai/{name}").code == 0


def test_odd_names_of_the_file_are_listed_escaped(call: Any, tmp_path: Path) -> None:
    odd = [name for name in REFUSED.values() if len(name) < 200 and "SENTINEL" not in name]
    keys = [{**KEY, "id": f"id-{name}", "name": name} for name in odd]
    custom = {"custom_provider_config": {"base_provider_type": "openai"}, "keys": keys}
    write_config(tmp_path, json.dumps({"providers": {"own\x1b[31m\nprovider": custom}}))

    for form in ("table", "json", "name"):
        done = call("list", "-o", form)

        assert done.code == 0
        assert not ACTS.search(done.out)
        assert all(line == line.rstrip("\r") for line in done.out.split("\n"))
    assert call("list", "-o", "name").out.count("\n") == len(odd)
    for name in odd:
        for form in ("table", "json", "name"):
            done = call("get", f"own\x1b[31m\nprovider/{name}", "-o", form)
            assert (done.code, ACTS.search(done.out)) == (0, None)
    assert [each["key"]["name"] for each in call("list", "-o", "json").json["keys"]] == odd


def test_an_odd_provider_is_named_escaped_by_every_command(call: Any, tmp_path: Path) -> None:
    odd = "own\x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}\nprovider"
    custom = {"custom_provider_config": {"base_provider_type": "openai"}, "keys": [KEY]}
    write_config(tmp_path, json.dumps({"providers": {odd: custom}}))
    new = {"name": "new", "value": "env.A"}
    (tmp_path / "wanted.json").write_text(json.dumps({"providers": {odd: {"keys": [new]}}}))

    changes = [
        ["apply", "wanted.json"],
        ["apply", "wanted.json", "--prune", "--diff"],
        ["update", "one", "--weight", "2"],
        ["rename", "one", "uno"],
        ["disable", "one"],
        ["delete", "one", "--yes"],
        ["create", odd, "--name", "new", "--value-env", "A"],
        ["set", f"{odd}/set", "--value-env", "A"],
    ]
    reads = [["explain", odd, "m"], ["status"], ["hash"], ["export"]]
    for arguments in (*reads, *([*change, "--dry-run"] for change in changes)):
        for form in ("table", "json", "name"):
            done = call(*arguments, "-o", form)
            assert done.code == 0, (arguments, done.err)
            assert not ACTS.search(done.out + done.err), arguments


def test_odd_text_in_any_field_never_acts(call: Any, tmp_path: Path) -> None:
    odd = "[bold]\x1b]0;title\x07[/]\N{RIGHT-TO-LEFT OVERRIDE}\n"
    key = {
        **KEY,
        "models": [odd],
        "blacklisted_models": [odd],
        "aliases": {odd: odd},
        "azure_key_config": {"endpoint": odd, "scopes": [odd]},
        "status": odd,
        "description": odd,
        "config_hash": odd,
        odd: 1,
    }
    config = {"providers": {"azure": {"keys": [key]}}, "governance": {odd: odd}}
    write_config(tmp_path, json.dumps(config))

    for arguments in (["list"], ["get", "one"], ["update", "one", "--weight", "2", "--dry-run"], ["check"]):
        for form in ("table", "json", "name"):
            done = call(*arguments, "-o", form)
            assert not ACTS.search(done.out + done.err), arguments


@pytest.mark.parametrize("command", NAMING.values(), ids=NAMING)
def test_names_that_differ_only_by_normalisation_are_taken(call: Any, tmp_path: Path, command: Any) -> None:
    composed, decomposed = "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"
    for there, wanted in ((composed, decomposed), (decomposed, composed)):
        keys = [KEY, {**KEY, "id": "id-2", "name": there}]
        config = write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys}}}))
        before = config.read_bytes()

        assert_refused(call(*command(wanted)), 5, "taken")
        assert remains(tmp_path) == {"config.json": before}


VALUES = {
    "blank": " ",
    "no-break space": "\N{NO-BREAK SPACE}",
    "only a line end": "\n",
    "two line ends": "\n\n",
    "inner line end": "sk-SEN\nTINEL",
    "inner carriage return": "sk-SENTINEL\rx",
    "NUL": "sk-SENTINEL\0x",
    "tab": "sk-SENTINEL\tx",
    "inner space": "sk-SENTINEL x",
    "leading space": " sk-SENTINEL",
    "ESC": "sk-SENTINEL\x1b[0m",
    "quotes": '"sk-SENTINEL"',
    "single quotes": "'sk-SENTINEL'",
    "Bearer": "Bearer sk-SENTINEL",
    "unexpanded": "$OPENAI_API_KEY",
    "unexpanded in braces": "${OPENAI_API_KEY}",
    "stars": "********",
    "the gateway's preview": "sk-t************************0001",
    "<redacted>": "<Redacted>",
    "[REDACTED]": "[redacted]",
    "three stars inside": "SENTINEL***SENTINEL",
    "larger than 64 KiB": "S" * (64 * 1024 + 1),
    "a reference to nothing": "env.",
    "a reference to a secret": "env.sk-SENTINEL0123456789abcdef",
    "a reference to no variable": "env.1-2",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_that_cannot_be_a_secret_is_refused_from_every_source(
    call: Any, tmp_path: Path, sentinel: Any, value: str
) -> None:
    config = write_config(tmp_path)
    before = config.read_bytes()
    sentinel.allow("secret")
    (tmp_path / "secret").write_bytes(value.encode() + b"\n")
    body = json.dumps({"name": "new", "value": value})
    created = ["create", "openai"]
    rotated = ["rotate", "openai/one"]

    for command in (created, rotated):
        tries = [
            call(*command, "--value-file", "secret"),
            call(*command, "--value-stdin", stdin=f"{value}\r\n"),
        ]
        if "\0" not in value and len(value) < 65_536:
            tries.append(call(*command, "--value", value))
        if command is created:
            tries.append(call(*command, "--from-file", "-", stdin=body))
        for done in tries:
            assert_refused(done, 65)
    assert sorted(remains(tmp_path)) == ["config.json", "secret"]
    assert config.read_bytes() == before


def test_only_one_final_line_end_is_dropped(call: Any, tmp_path: Path) -> None:
    for text, code in ((f"{SECRET}\n", 0), (f"{SECRET}\r\n", 0), (f"{SECRET}\n\n", 65), (f"{SECRET}\r", 65)):
        config = write_config(tmp_path)

        assert call("create", "openai", "--value-stdin", stdin=text).code == code
        if code == 0:
            assert json.loads(config.read_text())["providers"]["openai"]["keys"][-1]["value"] == SECRET


@pytest.mark.parametrize("value", ['SENTINEL"\\', "SENTINEL\\u0041", "SENTINEL</script>&", "SENTINEL\\/"])
def test_a_value_is_stored_raw_and_reads_back_equal(call: Any, tmp_path: Path, value: str) -> None:
    config = write_config(tmp_path)

    assert call("create", "openai", "--value-stdin", "--name", "new", stdin=value).code == 0

    assert json.loads(config.read_text())["providers"]["openai"]["keys"][-1]["value"] == value
    raw = value.replace("\\", "\\\\").replace('"', '\\"')
    assert f'"value": "{raw}"' in config.read_text()


def test_a_value_beyond_ascii_is_refused_by_itself_and_stored_from_a_document(
    call: Any, tmp_path: Path
) -> None:
    config = write_config(tmp_path)
    before = config.read_bytes()
    body = json.dumps({"name": "new", "value": "SENTINEL🔑é"})

    for source in (("create", "openai"), ("rotate", "one"), ("update", "one"), ("set", "openai/new")):
        done = call(*source, "--value-stdin", stdin="SENTINEL🔑é")
        assert_refused(done, 65, "non-ASCII")
    done = call("update", "one", "--client-secret", "SENTINELé", "-o", "json")
    assert "value-not-ascii" in [fault["code"] for fault in done.error["faults"]]
    assert config.read_bytes() == before
    assert call("create", "openai", "--from-file", "-", stdin=body).code == 0
    assert '"value": "SENTINEL🔑é"' in config.read_text()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[]",
        b"null",
        b'{"value": "sk-SENTINEL", "value": "sk-SENTINEL"}',
        b'{"value": "sk-SENTINEL", "azure_key_config": {"endpoint": "x", "endpoint": "y"}}',
        b'{"value": "sk-SENTINEL"} {}',
        b'{"value": "sk-SENTINEL", "weight": NaN}',
        b'{"value": "sk-SENTINEL", "weight": 1e400}',
        b'{"value": "sk-SENTINEL", "weight": true}',
        b'{"value": "sk-SENTINEL", "models": "a"}',
        b'{"value": "sk-SENTINEL", "models": [1]}',
        b'{"value": "sk-SENTINEL", "enabled": 1}',
        b'{"value": "sk-SENTINEL", "unknown": 1}',
        b'{"Value": "sk-SENTINEL"}',
        b'{"value": {"value": "sk-SENTINEL", "more": 1}}',
        b'{"value": {"value": 1}}',
        b'{"value": ["sk-SENTINEL"]}',
        b'{"value": "sk-SENTINEL", "name": "a\\ud800"}',
        b'{"value": "sk-SENTINEL\\ud800"}',
        b'{"value": "sk-SENTINEL\xff"}',
        b'\xef\xbb\xbf{"value": "sk-SENTINEL"}',
        b'{"value": "sk-SENTINEL", "aliases": {"a": 1}}',
        b'{"value": "sk-SENTINEL", "aliases": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b'{"value": "sk-SENTINEL", "weight": ' + b"1" * 5_000 + b"}",
        b'{"value": "sk-SENTINEL", "name": "' + b"n" * (1 << 20) + b'"}',
    ],
    ids=range(27),
)
def test_a_bad_request_body_is_refused_whole(call: Any, tmp_path: Path, body: bytes) -> None:
    config = write_config(tmp_path)
    before = config.read_bytes()

    done = call("create", "openai", "--from-file", "-", stdin=body)

    assert (done.code, done.out) == (65, ""), done.err
    assert remains(tmp_path) == {"config.json": before}
    assert done.seconds < 1


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ({"value": SECRET, "env_var": "", "from_env": False}, SECRET),
        ({"value": "", "env_var": "env.A", "from_env": True}, "env.A"),
        ({"value": "resolved-SENTINEL", "env_var": "env.A", "from_env": True}, "env.A"),
        ({"value": SECRET, "type": "plain_text"}, SECRET),
        ({"value": "", "ref": "env.A", "type": "env"}, "env.A"),
        ({"value": "", "ref": "vault.a/b", "type": "vault"}, "vault.a/b"),
        ({"value": SECRET}, SECRET),
    ],
)
def test_the_pages_objects_become_the_string_form(
    call: Any, tmp_path: Path, value: dict[str, Any], stored: str
) -> None:
    config = write_config(tmp_path)

    assert call("create", "openai", "--from-file", "-", stdin=json.dumps({"value": value})).code == 0

    assert json.loads(config.read_text())["providers"]["openai"]["keys"][-1]["value"] == stored


@pytest.mark.parametrize(
    "value",
    [
        {"value": "", "env_var": "", "from_env": True},
        {"value": SECRET, "env_var": "OPENAI_API_KEY", "from_env": True},
        {"value": "", "ref": "OPENAI_API_KEY", "type": "env"},
        {"value": SECRET, "type": "service_account"},
        {"value": SECRET, "from_env": "true"},
        {"type": "service_account", "private_key": "SENTINEL"},
        {"value": 7},
        {"value": SECRET, "env_var": 7, "from_env": True},
    ],
)
def test_an_object_that_is_none_of_the_pages_is_refused(
    call: Any, tmp_path: Path, value: dict[str, Any]
) -> None:
    write_config(tmp_path)
    azure = {"value": value, "azure_key_config": {"endpoint": "https://x"}}
    vertex = {"vertex_key_config": {"project_id": "p", "region": "r", "auth_credentials": value}}

    assert call("create", "azure", "--from-file", "-", stdin=json.dumps(azure)).code == 65
    assert call("create", "vertex", "--from-file", "-", stdin=json.dumps(vertex)).code == 65


def test_null_is_absent_everywhere_in_a_body(call: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    buckets = {"buckets": [{"bucket_name": "b", "prefix": None}]}
    inner = {"region": "r", "arn": None, "access_key": {"value": None}, "batch_s3_config": buckets}
    nulls = dict.fromkeys(("id", "name", "models", "weight", "enabled", "aliases", "azure_key_config"))
    body = {**nulls, "value": {"value": None, "env_var": None}, "bedrock_key_config": inner}

    assert call("create", "bedrock", "--from-file", "-", stdin=json.dumps(body)).code == 0

    entry = json.loads(config.read_text())["providers"]["bedrock"]["keys"][0]
    assert "value" not in entry
    kept = {"region": "r", "batch_s3_config": {"buckets": [{"bucket_name": "b"}]}}
    assert entry["bedrock_key_config"] == kept


def test_an_option_beside_a_body_wins(call: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    body = {"name": "body", "value": 7, "weight": 3, "models": ["a"], "id": "body-id"}

    done = call(
        *("create", "openai", "--from-file", "-", "--name", "option", "--value-env", "B", "--model", "b"),
        stdin=json.dumps(body),
    )

    assert done.code == 0, done.err
    entry = json.loads(config.read_text())["providers"]["openai"]["keys"][-1]
    del entry["config_hash"]
    wanted = {"id": "body-id", "name": "option", "value": "env.B", "models": ["b"], "weight": 3}
    assert entry == {**wanted, "enabled": True}


def test_a_retry_loop_adds_one_key(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    command = ("create", "openai", "--name", "new", "--value-env", "A", "--if-not-exists", "-o", "json")

    runs = [call(*command) for _ in range(3)]

    assert [(run.code, run.json["changed"]) for run in runs] == [(0, True), (0, False), (0, False)]
    assert runs[1].json["warnings"] == []


@pytest.mark.parametrize("name", [None, 7, [], {}, True, "", "a\nb"])
def test_a_bad_name_of_a_wanted_key_is_refused(call: Any, tmp_path: Path, name: Any) -> None:
    config = write_config(tmp_path)
    before = config.read_bytes()
    desired = {"providers": {"openai": {"keys": [{"id": "id-one", "name": name, "weight": 2}]}}}

    done = call("apply", "-", stdin=json.dumps(desired))

    assert (done.code, config.read_bytes() == before) == ((0, False) if name is None else (65, True)), (
        done.err
    )
