"""Odd texts of a config.json: ambiguous ones are refused with their position, the rest is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.stores.config_file.document import Document
from tests.cli.commands import CHANGING, CONFIG_TEXT, READING, assert_refused, remains, write_config

pytestmark = pytest.mark.usefixtures("bulk_inputs")
# What check --fix changes, and which entries it leaves alone, has tests of its own.
ONE_KEY = {name: command for name, command in CHANGING.items() if name != "check --fix"}
changing = pytest.mark.parametrize("command", ONE_KEY.values(), ids=ONE_KEY)
EVERY = [*CHANGING.values(), *READING.values()]
SMALL = '{"providers": {"openai": {"keys": [%s]}}}'
ONE = '{"name": "one", "value": "sk-SENTINEL", "models": ["*"], "weight": 1, "enabled": true}'
TWO = '{"name": "two", "value": "sk-SENTINEL", "models": ["*"], "weight": 1, "enabled": false}'

NOT_JSON = {
    "byte order mark": (b"\xef\xbb\xbf" + CONFIG_TEXT.encode(), "1:1", "byte order mark"),
    "UTF-16": (CONFIG_TEXT.encode("utf-16"), "1:1", "UTF-16"),
    "UTF-16 without a mark": (CONFIG_TEXT.encode("utf-16-le"), "1:", ""),
    "invalid UTF-8": (b'{"providers":\n {"a\xff": {}}}', "2:5", "byte 18"),
    "half a character": (CONFIG_TEXT.encode() + b"\xe2\x82", "", "not UTF-8"),
    "trailing comma in an object": (b'{\n "providers": {},\n}', "3:1", ""),
    "trailing comma in a list": (
        b'{"providers": {"openai": {"keys": [\n' + ONE.encode() + b",\n]}}}",
        "3:1",
        "",
    ),
    "line comment": (b'{\n // comment\n "providers": {}}', "2:2", ""),
    "block comment": (b'{"providers": /* x */ {}}', "1:15", ""),
    "hash comment": (b'# comment\n{"providers": {}}', "1:1", ""),
    "single quotes": (b"{'providers': {}}", "1:2", ""),
    "two documents": (b"{}\n{}", "2:1", "nothing more expected"),
    "bytes after the end": (b'{"providers": {}} x', "1:19", "nothing more expected"),
    "NUL after the end": (b'{"providers": {}}\n\x00', "2:1", "nothing more expected"),
    "cut off": (CONFIG_TEXT.encode()[:-4], "", "ends too early"),
    "a raw line end in a string": (b'{"providers": {}, "a": "x\ny"}', "1:26", ""),
    "an unknown escape": (rb'{"providers": {}, "a": "\x"}', "1:25", ""),
    "NaN": (b'{"providers": {},\n "a": NaN}', "2:7", "number"),
    "Infinity": (b'{"providers": {}, "a": [-Infinity]}', "1:25", "Infinity"),
    "1e400": (b'{"providers": {}, "a": 1e400}', "1:24", "number"),
    "a leading zero": (b'{"providers": {}, "a": 01}', "1:25", ""),
    "a bare word": (b'{"providers": {}, "a": True}', "1:24", ""),
    "another white space": ('{"providers":\N{NO-BREAK SPACE}{}}'.encode(), "1:14", ""),
}


@pytest.mark.parametrize(("text", "place", "said"), NOT_JSON.values(), ids=NOT_JSON)
def test_text_that_is_not_json_is_refused_with_line_and_column(
    call: Any, tmp_path: Path, text: bytes, place: str, said: str
) -> None:
    config = write_config(tmp_path, text)

    for command in EVERY:
        done = call(*command, "--config", "config.json")

        assert_refused(done, 78, f"{config}:{place}", said)
    assert remains(tmp_path) == {"config.json": text}


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'], ids=["lists", "objects", "both"])
@pytest.mark.parametrize("depth", [501, 1_000, 100_000])
@pytest.mark.parametrize(
    "where", ['{"providers": {}, "x": %s}', '{"providers": {"openai": %s}}', "%s", SMALL]
)
def test_deep_nesting_is_refused_without_a_recursion_error(
    call: Any, tmp_path: Path, where: str, depth: int, opening: str
) -> None:
    closing = {"[": "]", '{"a":': "}", '[{"a":': "}]"}[opening]
    text = where % (opening * depth + "1" + closing * depth)
    config = write_config(tmp_path, text)

    for command in (CHANGING["create"], READING["list"]):
        done = call(*command, "--config", "config.json")

        assert_refused(done, 78, f"{config}:1:")
        assert "recursion" not in done.err.lower()
    assert remains(tmp_path) == {"config.json": text.encode()}


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command[0])
def test_no_command_recurses_into_deep_nesting(call: Any, tmp_path: Path, command: tuple[str, ...]) -> None:
    text = SMALL % f'{{"name": "one", "value": "sk-SENTINEL", "note": {"[" * 100_000}{"]" * 100_000}}}'
    config = write_config(tmp_path, text)

    assert_refused(call(*command, "--config", "config.json"), 78, f"{config}:1:")
    assert remains(tmp_path) == {"config.json": text.encode()}


@pytest.mark.parametrize("text", ["[]", "null", '"x"', "7", "true"])
def test_the_top_level_must_be_an_object(call: Any, tmp_path: Path, text: str) -> None:
    config = write_config(tmp_path, text)

    for command in EVERY:
        assert_refused(call(*command, "--config", "config.json"), 78, f"{config}:1:1", "object expected")
    assert remains(tmp_path) == {"config.json": text.encode()}


WRONG_TYPES = {
    '{"providers": []}': "providers",
    '{"providers": null}': "providers",
    '{"providers": "x"}': "providers",
    '{"providers": {"openai": []}}': "providers.openai",
    '{"providers": {"openai": null}}': "providers.openai",
    '{"providers": {"openai": {"keys": {}}}}': "providers.openai.keys",
    '{"providers": {"openai": {"keys": null}}}': "providers.openai.keys",
    SMALL % "7": "providers.openai.keys[0]",
    SMALL % f"{ONE}, null": "providers.openai.keys[1]",
}


@pytest.mark.parametrize(("text", "path"), WRONG_TYPES.items(), ids=WRONG_TYPES)
def test_a_wrong_type_in_a_necessary_place_is_refused_naming_the_path(
    call: Any, tmp_path: Path, text: str, path: str
) -> None:
    config = write_config(tmp_path, text)

    for command in EVERY:
        assert_refused(call(*command, "--config", "config.json"), 78, f"{config}:1:", f"at {path}, found")
    assert remains(tmp_path) == {"config.json": text.encode()}


DOUBLED = {
    "top level": '{"providers": {},\n "providers": {}}',
    "providers": '{"providers": {"openai": {"keys": []},\n "openai": {"keys": []}}}',
    "provider": '{"providers": {"openai": {"keys": [],\n "keys": []}}}',
    "entry": SMALL % '{"name": "one",\n "name": "one"}',
    "entry, escaped": SMALL % '{"name": "one",\n "\\u006eame": "one"}',
}
IN_OTHER_CASE = {
    "top level": '{"providers": {},\n "Providers": {}}',
    "top level alone": '{\n "Providers": {}}',
    "provider": '{"providers": {"openai": {"keys": [],\n "KEYS": []}}}',
    "provider alone": '{"providers": {"openai": {\n "Keys": []}}}',
    "two providers": '{"providers": {"openai": {"keys": []},\n "OpenAI": {"keys": []}}}',
    "entry": SMALL % '{"name": "one",\n "Name": "two"}',
}


@pytest.mark.parametrize("text", DOUBLED.values(), ids=DOUBLED)
def test_a_doubled_member_that_we_must_read_is_refused_naming_both_lines(
    call: Any, tmp_path: Path, text: str
) -> None:
    config = write_config(tmp_path, text)

    for command in EVERY:
        assert_refused(call(*command, "--config", "config.json"), 78, f"{config}:2:", "lines 1 and 2")
    assert remains(tmp_path) == {"config.json": text.encode()}


@pytest.mark.parametrize("text", IN_OTHER_CASE.values(), ids=IN_OTHER_CASE)
def test_field_names_that_differ_only_in_case_are_refused(call: Any, tmp_path: Path, text: str) -> None:
    config = write_config(tmp_path, text)

    for command in CHANGING.values():
        assert_refused(call(*command, "--config", "config.json"), 78, f"{config}:2:")
    assert remains(tmp_path) == {"config.json": text.encode()}


# Deleting an entry takes no certainty about what it means.
EDITING = [command for name, command in ONE_KEY.items() if name not in ("create", "delete", "import")]
UNCLEAR = {
    "a doubled field": '"weight": 1, "weight": 3',
    "a field in other case": '"Weight": 1',
    "a doubled unknown field": '"note": 1, "note": 2',
    "half a surrogate pair": '"note": "\\ud83d"',
    "half a surrogate pair in a name": '"\\udc00": 1',
}


@pytest.mark.parametrize("member", UNCLEAR.values(), ids=UNCLEAR)
def test_an_entry_that_is_not_certain_is_not_edited(call: Any, tmp_path: Path, member: str) -> None:
    text = SMALL % (
        f'{{{member}, "name": "one", "value": "sk-SENTINEL", "models": ["*"], "enabled": true}},\n'
        f'{{{member}, "name": "two", "value": "env.A", "models": ["*"], "enabled": false}}'
    )
    config = write_config(tmp_path, text)

    for command in EDITING:
        assert_refused(call(*command, "--config", "config.json"), 78, f"{config}:")
    assert remains(tmp_path) == {"config.json": text.encode()}


def test_an_unclear_entry_does_not_stop_the_edit_of_another(call: Any, tmp_path: Path) -> None:
    for member in ('"weight": 1, "weight": 3', '"note": "\\ud83d"'):
        text = SMALL % f'{{{member}, "name": "odd"}},\n {ONE}, {TWO}'
        for command in ONE_KEY.values():
            config = write_config(tmp_path, text)

            done = call(*command)

            assert done.code == 0, done.err
            assert config.read_text().startswith(text[: text.index(ONE)])


KEPT = [
    "12345678901234567890",
    "1.0",
    "1e5",
    "1.10",
    "-0",
    "0.123456789012345678901234567890",
    "1E+2",
    "1e-400",
]
STYLES = {
    "two spaces": json.dumps(json.loads(SMALL % f"{ONE}, {TWO}"), indent=2) + "\n",
    "tabs": json.dumps(json.loads(SMALL % f"{ONE}, {TWO}"), indent="\t"),
    "four spaces": json.dumps(json.loads(SMALL % f"{ONE}, {TWO}"), indent=4) + "\n\n\n",
    "minified": json.dumps(json.loads(SMALL % f"{ONE}, {TWO}"), separators=(",", ":")),
    "line ends of Windows": (json.dumps(json.loads(SMALL % f"{ONE}, {TWO}"), indent=2) + "\n").replace(
        "\n", "\r\n"
    ),
    "a key a line": SMALL % f"\n  {ONE},\n  {TWO}\n",
    "odd white space": SMALL % f" \n\n{ONE}\t, \r\n {TWO} ",
}


@changing
@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_all_else_is_kept_to_the_byte(call: Any, tmp_path: Path, command: list[str], text: str) -> None:
    numbers = ", ".join(KEPT)
    extra = f'"unknown": [{numbers}, "\\u00e9\\/ \\ud83d\\ude00", "{{[\\"]}}"], '
    text = text.replace("{", "{" + extra, 1)
    config = write_config(tmp_path, text)

    done = call(*command, "-o", "json")

    assert done.code == 0, done.err
    after = config.read_bytes().decode()
    assert after != text
    assert after.startswith(f"{{{extra}")
    before, now = Document(text), Document(after)
    touched = {change["key"]["name"] for change in done.json["changes"]} | {"one", "other"}
    rest = {ref.name: text[ref.start : ref.end] for ref in before.all_entries() if ref.name not in touched}
    kept = {ref.name: after[ref.start : ref.end] for ref in now.all_entries() if ref.name in rest}
    assert kept == rest
    ending = text[len(text.rstrip()) :]
    assert after[len(after.rstrip()) :] == ending
    if text.count("\r\n") == text.count("\n"):
        assert after.count("\r\n") == after.count("\n")


@changing
def test_a_wrong_recorded_hash_stops_no_edit_of_something_else(
    call: Any, tmp_path: Path, command: list[str]
) -> None:
    stale = '{"name": "stale", "value": "env.A", "models": ["*"], "weight": 1, "config_hash": "0000"}'
    config = write_config(tmp_path, SMALL % f"{stale}, {ONE}, {TWO}")

    assert call(*command).code == 0
    assert stale in config.read_text()


@pytest.mark.parametrize(
    "text",
    [
        SMALL % '{"name": "a\\ud800", "value": "env.A", "models": ["*"], "weight": 1}',
        SMALL % '{"name": "a", "value": "env.A", "models": ["*"], "weight": 1, "note": ["\\udfff"]}',
    ],
)
def test_check_reports_half_a_surrogate_pair_in_a_key(call: Any, tmp_path: Path, text: str) -> None:
    write_config(tmp_path, text)

    done = call("check", "-o", "json")

    assert done.code in (0, 1)
    codes = [finding["code"] for finding in done.json["files"][0]["findings"]]
    assert [code for code in codes if "surrogate" in code or "text" in code], codes
