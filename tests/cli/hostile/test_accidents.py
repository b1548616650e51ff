"""Reported accidents with JSON configuration and credentials, and their outcome.

Each input is from public documentation or reports of other programs: byte order marks of PowerShell, secrets
with the line end of ``echo``, quotes of ``docker --env-file``, unresolved merges.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.commands import CONFIG_TEXT, remains, write_config
from tests.sentinel import SECRET

GOOD = {
    "$schema": "https://www.getbifrost.ai/schema",
    "config_store": {"enabled": False},
    "providers": {
        "openai": {
            "keys": [{"id": "id-one", "name": "one", "value": "env.ONE", "models": ["*"], "weight": 1}]
        }
    },
}
TEXT = json.dumps(GOOD, indent=2) + "\n"
LINES = TEXT.splitlines()
MERGE = "\n".join([*LINES[:7], "<<<<<<< HEAD", LINES[7], "=======", LINES[7], ">>>>>>> theirs", *LINES[8:]])
SECRET_BASE64 = "c2stdGVzdC1TRU5USU5FTC0wMTIzNDU2Nzg5YWJjZGVm"
ONE = GOOD["providers"]["openai"]["keys"][0]  # type: ignore[index]


class File(NamedTuple):
    """A damaged config.json: the exit code of a change and of ``list``, and the message of both."""

    name: str
    content: str | bytes
    code: int
    said: tuple[str, ...]


FILES = [
    File("PowerShell 5 saved it with a mark", b"\xef\xbb\xbf" + TEXT.encode(), 78, ("byte order mark",)),
    File("PowerShell 5 redirected into it", b"\xff\xfe" + TEXT.encode("utf-16-le"), 78, ("UTF-16",)),
    File("an editor saved it as Latin-1", TEXT.replace("one", "é").encode("latin-1"), 78, ("not UTF-8",)),
    File("jq wrote into the file that it read", "", 78, ("empty",)),
    File("a disk was full", TEXT[:200], 78, ("ends too early",)),
    File("a merge was not resolved", MERGE, 78, (":8:", "conflict marker", "resolve the merge")),
    File("a comma was left behind", TEXT.replace('"weight": 1', '"weight": 1,'), 78, ("trailing comma",)),
    File("a comma was forgotten", TEXT.replace('"one",', '"one"'), 78, ("delimiter",)),
    File("a comment was added", TEXT.replace("{\n", "{ // ours\n", 1), 78, ("a comment",)),
    File("a comment of YAML was added", TEXT.replace("{\n", "{\n# ours\n", 1), 78, ("a comment",)),
    File("a word processor had it", TEXT.replace('"name"', "“name”"), 78, ("typographic quotation",)),
    File("Python printed it", TEXT.replace('"id-one"', "'id-one'"), 78, ("other quotation marks",)),
    File("Python's words are in it", TEXT.replace("false", "False"), 78, ("true, false or null",)),
    File("a template was not rendered", TEXT.replace('"env.ONE"', "{{ key }}"), 78, ("not rendered",)),
    File("envsubst did not run", TEXT.replace('"env.ONE"', "${KEY}"), 78, ("not rendered",)),
    File("names have no quotes", TEXT.replace('"name"', "name"), 78, ("property name",)),
    File("two documents are in it", TEXT + TEXT, 78, ("nothing more expected",)),
    File("a text goes over two lines", TEXT.replace("env.ONE", "env.\nONE"), 78, ("control character",)),
    File("a path of Windows is in it", TEXT.replace("id-one", "C:\\k"), 78, ("escape",)),
    File(
        "a block was pasted twice",
        TEXT.replace('"providers"', '"providers": {}, "providers"'),
        78,
        ("twice",),
    ),
    File("keys became an object", TEXT.replace("[\n        {", "{\n        {", 1), 78, ("property name",)),
    File(
        "providers became a list",
        '{"$schema": "https://www.getbifrost.ai/schema", "providers": []}',
        78,
        ("list",),
    ),
    File("a key became a text", TEXT.replace('"keys": [', '"keys": ["x", '), 78, ("object expected",)),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_damaged_file_is_refused_with_its_fault(call: Any, tmp_path: Path, file: File) -> None:
    content = file.content if isinstance(file.content, bytes) else file.content.encode()
    write_config(tmp_path, content)
    for command in (["update", "openai/one", "--weight", "2"], ["list"], ["get", "openai/one"]):
        done = call(*command, "--config", "config.json")
        assert done.code == file.code, done.err
        assert [part for part in file.said if part not in done.err] == []
    assert call("check", "config.json").code == 1
    assert remains(tmp_path) == {"config.json": content}


class Given(NamedTuple):
    """An input: a command, the content of ``{input}`` or standard input, the exit code and the message."""

    name: str
    command: str
    text: str
    code: int
    said: tuple[str, ...]


CREATE = "create openai --name new "
GIVEN = [
    Given("echo ended it with a line end", CREATE + "--value-stdin", f"{SECRET}\n", 0, ()),
    Given("Windows ended it with a line end", CREATE + "--value-stdin", f"{SECRET}\r\n", 0, ()),
    Given("two line ends", CREATE + "--value-stdin", f"{SECRET}\n\n", 65, ("line break",)),
    Given("base64 broke the line", CREATE + "--value-stdin", f"{SECRET}\n{SECRET}\n", 65, ("line break",)),
    Given("Kubernetes encoded it", CREATE + "--value-stdin", SECRET_BASE64, 0, ("Base64",)),
    Given("docker keeps the quotes", CREATE + "--value-stdin", f'"{SECRET}"', 65, ("quotes",)),
    Given("a chat has other quotes", CREATE + "--value-stdin", f"“{SECRET}”", 65, ("quotes",)),
    Given("a web page hid a character", CREATE + "--value-stdin", f"sk-\u200b{SECRET}", 65, ("character",)),
    Given("a hard space was copied", CREATE + "--value-stdin", f"{SECRET}\u00a0", 65, ("white space",)),
    Given("a dash became a long one", CREATE + "--value-stdin", SECRET.replace("-", "–"), 65, ("ASCII",)),
    Given("a mark of PowerShell", CREATE + "--value-stdin", f"\ufeff{SECRET}", 65, ("byte order mark",)),
    Given("a line of code was copied", CREATE + "--value-stdin", f"{SECRET},", 0, ("comma",)),
    Given("JSON's escape was copied", CREATE + "--value-stdin", f"{SECRET}\\n", 0, ("line of code",)),
    Given("a line of .env was copied", CREATE + "--value-stdin", f"OPENAI_API_KEY={SECRET}", 65, ("NAME=",)),
    Given(
        "a header was copied", CREATE + "--value-stdin", f"Authorization: Bearer {SECRET}", 65, ("Bearer",)
    ),
    Given("the shell had single quotes", CREATE + "--value {input}", "${OPENAI_API_KEY}", 65, ("expanded",)),
    Given("the key is in braces", CREATE + "--value {input}", f"${{{SECRET}}}", 65, ("expanded",)),
    Given("LiteLLM's reference", CREATE + "--value {input}", "os.environ/OPENAI_API_KEY", 0, ("reference",)),
    Given("1Password's reference", CREATE + "--value {input}", "op://vault/openai/key", 0, ("reference",)),
    Given("a file of Docker", CREATE + "--value {input}", "/run/secrets/openai", 0, ("reference",)),
    Given("SOPS encrypted it", CREATE + "--value {input}", "ENC[AES256_GCM,data:x]", 0, ("reference",)),
    Given("curl's sign for a file", CREATE + "--value {input}", "@key.txt", 65, ("--value-file",)),
    Given(
        "a preview was copied",
        CREATE + "--value {input}",
        "sk-t************************cdef",
        65,
        ("redacted",),
    ),
    Given("the secret in place of a name", CREATE + "--value-env {input}", SECRET, 65, ("leaked",)),
    Given("a name with env.", CREATE + "--value-env {input}", "env.ONE", 65, ("env.",)),
    Given("an unset variable", CREATE + "--value {input}", "", 65, ("empty",)),
    Given("a provider of another name", "create google --value-env {input}", "A", 4, ("gemini",)),
    Given("a weight in percent", "update openai/one --weight {input}", "50%", 65, ("number",)),
    Given("a weight with a comma", "update openai/one --weight {input}", "0,5", 65, ("number",)),
    Given("models in one option", "update openai/one --model {input}", "gpt-4o,o3", 65, ("comma",)),
    Given("a wildcard of the shell", "update openai/one --model {input}", "gpt-*", 65, ("regex:",)),
    Given("desired state in YAML", "apply -", "providers:\n  openai:\n", 65, ("yq",)),
    Given("a comma was left in it", "apply -", '{"providers": {},}', 65, ("trailing comma", "column 18")),
    Given("a merge was left in it", "apply -", "{\n<<<<<<< HEAD\n}", 65, ("conflict marker",)),
    Given("PowerShell saved the input", "apply -", '\ufeff{"providers": {}}', 65, ("byte order mark",)),
    Given("a comment in the key's file", CREATE + "--from-file -", "{ // ours\n}", 65, ("comment",)),
    Given("a line of .env without =", "import -", "OPENAI_API_KEY\nnot a line\n", 65, ("line",)),
    Given("quotes in .env", "import - --literal", f'GROQ_API_KEY="{SECRET}"\n', 0, ()),
    Given(
        "rotate to the variable's secret", "rotate openai/one --value-env {input}", SECRET, 65, ("leaked",)
    ),
    Given(
        "a misspelt member",
        "apply -",
        '{"providers": {"openai": {"keys": [{"name": "one", "wieght": 2}]}}}',
        65,
        ("weight",),
    ),
    Given("another name for a member", "apply -", '{"keys": {"openai": "x"}}', 65, ("providers",)),
]


@pytest.mark.parametrize("given", GIVEN, ids=lambda given: given.name)
def test_accidental_inputs(call: Any, tmp_path: Path, given: Given) -> None:
    config = write_config(tmp_path, TEXT)
    words = [given.text if word == "{input}" else word for word in given.command.split()]
    stdin = "" if "{input}" in given.command else given.text

    done = call(*words, "--config", "config.json", stdin=stdin)

    assert done.code == given.code, done.err
    assert [part for part in given.said if part not in done.err] == []
    assert given.code == 0 or config.read_text() == TEXT
    if given.code == 0 and SECRET in given.text and "\\n" not in given.text and "," not in given.text:
        values = [
            key["value"]
            for its in json.loads(config.read_text())["providers"].values()
            for key in its["keys"]
        ]
        assert SECRET in values


def test_the_names_of_both_tables_are_of_their_own_and_many() -> None:
    names = [each.name for each in (*FILES, *GIVEN)]
    assert len(set(names)) == len(names) >= 40


def test_a_base_url_is_not_a_reference(call: Any, tmp_path: Path) -> None:
    settings = {"network_config": {"base_url": "env.BASE_URL"}, "keys": [ONE]}
    write_config(tmp_path, json.dumps({**GOOD, "providers": {"openai": settings}}))
    done = call("check", "config.json")
    assert (done.code, "is not resolved" in done.out) == (0, True)


def test_one_name_at_every_provider_is_reported(call: Any, tmp_path: Path) -> None:
    providers = {name: {"keys": [{**ONE, "id": name, "name": "default"}]} for name in ("openai", "groq")}
    write_config(tmp_path, json.dumps({**GOOD, "providers": providers}))
    done = call("check", "config.json")
    assert (done.code, "[name-duplicate]" in done.out) == (1, True)


def test_a_backup_of_an_editor_is_never_read(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path, CONFIG_TEXT)
    for name in ("config.json~", ".config.json.swp", "config.json.orig", "#config.json#"):
        (tmp_path / name).write_bytes(b"\0not JSON")
    assert call("update", "openai/one", "--weight", "3").code == 0
    assert {"config.json~", ".config.json.swp", "config.json.orig", "#config.json#"} <= set(remains(tmp_path))
