"""The documentation is true: pages, tables, the picture and every command line in it."""

from __future__ import annotations

import html
import re
import shlex
from pathlib import Path

import pytest

from bifrost_keys import errors
from bifrost_keys.cli.commands.help import TOPICS, page
from bifrost_keys.cli.main import COMMANDS, load_command, main, split
from bifrost_keys.errors import BifrostKeysError
from tests.picture import PICTURE, TITLE, plain, session

README = Path("README.md").read_text(encoding="utf-8")
CONTRIBUTING = Path("CONTRIBUTING.md").read_text(encoding="utf-8")
DOCUMENTS = {"README.md": README, "CONTRIBUTING.md": CONTRIBUTING, **{name: page(name) for name in TOPICS}}


def command_lines() -> list[str]:
    """Return every call of keys in a shell block or in quotes of every document."""
    found = []
    for text in DOCUMENTS.values():
        for block in re.findall(r"```sh\n(.*?)```", text, re.S):
            found += [
                part for line in block.splitlines() for part in re.findall(r"(?:^|\| )(keys [^|>]+)", line)
            ]
        found += re.findall(r"`(keys [a-z][^`|…]*)`", text)
    for name in COMMANDS:
        examples = (load_command(name).help or "").partition("Examples:\n")[2]
        found += re.findall(r"\b(keys [^|>()<\n]+)", examples)
    return sorted(set(found))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_page_with_a_title(topic: str) -> None:
    assert page(topic).startswith("# ")


def test_exit_codes_are_one_table_and_the_readme_names_none_that_is_not_in_it() -> None:
    rows = re.findall(r"^\| [\d, ]+ \|.*$", page("exit-codes"), re.M)
    documented = {int(code) for row in rows for code in re.findall(r"\d+", row.split("|")[1])}
    kinds = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, BifrostKeysError)
    }
    assert kinds <= documented
    sentence = README.partition("The exit code says what happened:")[2].partition("[all of them]")[0]
    assert {int(code) for code in re.findall(r"\d+", sentence)} <= documented


@pytest.mark.parametrize("line", command_lines())
def test_command_lines_in_the_documentation_name_real_commands_and_options(line: str) -> None:
    words = shlex.split(line.replace("<", "").replace(">", ""))[1:]
    _, command, _ = split(words)
    assert command is not None
    options = {
        option
        for parameter in load_command(command).params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    options |= {"-h", "--help"}
    assert {word for word in words if re.match(r"--?[a-z]", word)} <= options


def test_every_command_is_in_the_readme_and_has_an_example_in_its_help() -> None:
    for name in COMMANDS:
        assert re.search(rf"`[^`]*\b{name}\b", README), name
        text = load_command(name).help or ""
        sentence, _, examples = text.partition("\n\nExamples:\n")
        assert sentence.rstrip().endswith("."), name
        assert re.search(r"^  .*\bkeys ", examples), name


def test_links_lead_to_files() -> None:
    for text in (README, CONTRIBUTING):
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert Path(target).exists(), target


def test_contributing_names_files_that_exist() -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", CONTRIBUTING))
    assert len(named) > 20
    assert [
        name for name in named if not (Path("bifrost_keys") / name).exists() and not Path(name).exists()
    ] == []


def test_contributing_draws_every_room() -> None:
    drawing = CONTRIBUTING.partition("## The rooms")[2].partition("## The way of a value")[0]
    rooms = {path.parent.name for path in Path("bifrost_keys").rglob("*.py")} - {"scripts"}
    assert [room for room in rooms if f"{room}/" not in drawing] == []


def test_picture_shows_what_the_program_prints() -> None:
    drawn = html.unescape("".join(re.findall(r">([^<>]*)</text>", PICTURE.read_text(encoding="utf-8"))))
    squeezed = re.sub(r"\s", "", drawn.replace("\xa0", " "))
    assert squeezed == TITLE + re.sub(r"\s", "", plain(session())), "run: python -m tests.picture"


def test_unknown_topic_is_not_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "secret"]) == 4
    assert "secrets" in capsys.readouterr().err
