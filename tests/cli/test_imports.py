"""The modules that a run must not load, which guards its start-up time without measuring it."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

import bifrost_keys
from bifrost_keys.cli.main import COMMANDS
from tests.cli.commands import write_config
from tests.gateway_database import columns, make_database
from tests.keys import ONE as KEY
from tests.keys import TWO
from tests.program import Program
from tests.sentinel import Sentinel

# A fork for each line, before anything of the program is loaded: Python starts once for all of them.
_EACH = """
import os, sys
for line in sys.stdin:
    where, *argv = line.rstrip("\\n").split("\\x1f")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        streams = os.openpty() if where == "terminal" else [os.open(os.devnull, os.O_RDWR)]
        for number in range(3):
            os.dup2(streams[-1], number)
        before = set(sys.modules)
        from bifrost_keys.__main__ import run
        code = run(argv)
        os.write(writer, f"{code} {' '.join(sorted(set(sys.modules) - before))}".encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as told:
        print(told.read(), flush=True)
    os.waitpid(child, 0)
"""
_ENTRIES = [{**KEY, "value": "env.ONE"}, {**TWO, "value": "env.TWO"}]
_CONFIG = json.dumps({"providers": {"openai": {"keys": _ENTRIES}}})
_CREATE = ("create", "openai", "--value-env", "OPENAI_API_KEY")
# By name: the destination of standard output, and the command line.
LINES: Mapping[str, tuple[str, ...]] = {
    "--version": ("pipe", "--version"),
    "completion of words": ("pipe", "__complete", "bash", "keys create azure --"),
    "completion of values": ("pipe", "__complete", "bash", "keys list -o "),
    "completion of names": ("pipe", "__complete", "bash", "keys get --config config.json "),
    "list": ("pipe", "list", "--model", "x"),
    "list, table": ("pipe", "list", "-o", "table"),
    "list, JSON": ("pipe", "list", "-o", "json"),
    "list, terminal": ("terminal", "list"),
    "get": ("pipe", "get", "openai/one"),
    "get, field": ("pipe", "get", "openai/one", "--field", "weight"),
    "get, terminal": ("terminal", "get", "openai/one"),
    "path": ("pipe", "path", "--explain"),
    "providers": ("pipe", "providers"),
    "status": ("pipe", "status"),
    "export": ("pipe", "export"),
    "explain": ("pipe", "explain", "openai", "gpt-4o"),
    "help": ("pipe", "help", "json"),
    "completion": ("pipe", "completion", "bash"),
    "--help": ("pipe", "--help"),
    "create --help": ("pipe", "create", "--help"),
    "check --help": ("pipe", "check", "--help"),
    "create": ("pipe", *_CREATE, "--name", "a"),
    "create, JSON": ("pipe", *_CREATE, "--name", "b", "-o", "json"),
    "create, terminal": ("terminal", *_CREATE, "--name", "c"),
    "update": ("pipe", "update", "openai/one", "--weight", "2"),
    "delete": ("pipe", "delete", "openai/two", "--yes"),
    "check": ("pipe", "check"),
    "hash": ("pipe", "hash"),
}
AT_ONCE = {"--version", *(name for name in LINES if name.startswith("completion of"))}
HELP = {"--help", "create --help", "check --help"}
WITHOUT_FILE = {"help", "completion", "providers", "path", *HELP}
READING = {name for name in LINES if name.partition(",")[0] in ("list", "get", "status", "export", "explain")}
CHANGING = {name for name in LINES if name.partition(",")[0] in ("create", "update", "delete")}
CREATING = {name for name in LINES if name.partition(",")[0] == "create"}

ROOMS = "bifrost_keys."
BESIDE_A_DATABASE = (
    f"{ROOMS}stores.config_file.restart.row_effects",
    f"{ROOMS}stores.config_file.restart.web_guard",
)
GATEWAY = (
    f"{ROOMS}stores.gateway_api",
    f"{ROOMS}stores.http",
    f"{ROOMS}cli.gateway_connection",
    f"{ROOMS}cli.gateway_selection",
)
# Modules, and whole packages, that these lines never load.
NEVER: tuple[tuple[set[str], tuple[str, ...]], ...] = (
    (set(LINES), ("pydantic", "sqlite3", "ssl", "_ssl", "socket", "urllib3", "http", "email", *GATEWAY)),
    (set(LINES), ("asyncio", "concurrent", "multiprocessing", "unittest", "xml", "argparse")),
    (set(LINES) - HELP, ("rich", "typer.rich_utils", "markdown_it", "pygments")),
    (AT_ONCE, ("typer", "typing", "dataclasses", "inspect", "pathlib", "subprocess", "tempfile")),
    (AT_ONCE | WITHOUT_FILE | READING, ("pydantic_core", "filelock", f"{ROOMS}gateway.fields.schema")),
    (AT_ONCE | WITHOUT_FILE | READING, (f"{ROOMS}stores.config_file.transaction", f"{ROOMS}jsontext.edit")),
    (WITHOUT_FILE, (f"{ROOMS}operations.planning", f"{ROOMS}operations.check", f"{ROOMS}gateway.rules.key")),
    (WITHOUT_FILE, (f"{ROOMS}stores.config_file.document", f"{ROOMS}cli.input.key")),
    (set(LINES) - AT_ONCE - HELP, (f"{ROOMS}cli.completion.table",)),
    (set(LINES), (f"{ROOMS}stores.config_file.database_tables", f"{ROOMS}stores.config_file.database_rows")),
    (
        {"list, table", "list, JSON", "list, terminal", "export"},
        (f"{ROOMS}gateway.restart.drift", f"{ROOMS}gateway.references"),
    ),
    (CHANGING, (f"{ROOMS}gateway.restart.next_starts", *BESIDE_A_DATABASE)),
    (CREATING | {"update"}, (f"{ROOMS}gateway.references",)),
    (CREATING | {"update"}, (f"{ROOMS}gateway.rules.secret_mistakes", f"{ROOMS}gateway.models.patterns")),
    (CREATING | {"update"}, (f"{ROOMS}gateway.secrets.gateway_messages", f"{ROOMS}operations.check")),
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """Return the modules that each line loads, beyond those of an idle interpreter."""
    root = tmp_path_factory.mktemp("imports")
    write_config(root, _CONFIG)
    lines = "".join("\x1f".join(line) + "\n" for line in LINES.values())
    found = _python(Program(root, Sentinel(root)), _EACH, stdin=lines).splitlines()
    told = dict(zip(LINES, (line.split() for line in found), strict=True))
    assert {name: code for name, (code, *_) in told.items() if code != "0"} == {}
    return {name: set(modules) for name, (_, *modules) in told.items()}


def _python(run: Program, code: str, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=run.root,
        env=run.environ,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", LINES)
def test_a_line_does_not_load_what_it_does_not_need(loaded: Mapping[str, set[str]], name: str) -> None:
    unwanted = tuple(f"{each}." for lines, modules in NEVER if name in lines for each in modules)
    assert {module for module in loaded[name] if f"{module}.".startswith(unwanted)} == set()


def test_the_guard_sees_what_is_loaded(loaded: Mapping[str, set[str]]) -> None:
    assert {name for name, modules in loaded.items() if "rich" in modules} == HELP
    assert {name for name, modules in loaded.items() if "typer" in modules} == set(LINES) - AT_ONCE
    writing = {name for name, modules in loaded.items() if "filelock" in modules}
    assert writing == (CREATING | {"update", "delete"}) - HELP


def test_version_loads_nothing_but_itself(loaded: Mapping[str, set[str]]) -> None:
    assert loaded["--version"] <= {"__future__", "bifrost_keys", "bifrost_keys.__main__"}


def test_a_module_of_records_does_not_postpone_annotations() -> None:
    """Python would compile the annotation of each field again in every run."""
    modules = {path: path.read_text() for path in Path(bifrost_keys.__file__).parent.rglob("*.py")}
    records = {path for path, text in modules.items() if "(NamedTuple):" in text}
    assert len(records) > 40
    assert {path for path in records if "from __future__ import annotations" in modules[path]} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_are_not_compiled_in_every_run(name: str) -> None:
    entry = COMMANDS[name]
    module = import_module(f"bifrost_keys.cli.commands.{entry.module}")
    options = inspect.signature(getattr(module, entry.function)).parameters.values()
    assert [each.name for each in options if isinstance(each.annotation, str)] == []


@pytest.mark.parametrize("name", ["completion of words", "completion of values"])
def test_completion_of_words_loads_its_table_and_nothing_of_the_library(
    loaded: Mapping[str, set[str]], name: str
) -> None:
    rooms = {"", ".__main__", ".cli", ".cli.completion", ".cli.completion.answer"}
    rooms |= {".cli.completion.table", ".cli.completion.shell_quoting"}
    assert loaded[name] <= {"__future__", *(f"bifrost_keys{room}" for room in rooms)}


def test_completion_of_names_in_the_default_file_loads_what_it_does_for_a_named_one(
    run: Program, loaded: Mapping[str, set[str]]
) -> None:
    """Most lines name no file, and most directories have none."""
    default = Path(run.environ["HOME"], ".config", "bifrost")
    default.mkdir(parents=True)
    write_config(default, _CONFIG)
    argv = ("__complete", "bash", "keys get ")
    (code, *modules) = _python(run, _EACH, stdin="\x1f".join(("pipe", *argv)) + "\n").split()
    assert code == "0"
    assert set(modules) - loaded["completion of names"] <= {
        "collections.abc",
        "bifrost_keys.stores",
        "bifrost_keys.stores.config_file",
        "bifrost_keys.stores.config_file.default_file",
    }
    assert "one" in run("__complete", "bash", "keys get ").out.split()


@pytest.mark.parametrize(
    ("line", "database"),
    [
        (_CREATE, False),
        (_CREATE, True),
        (("update", "openai/one", "--weight", "2"), False),
        (("update", "openai/one", "--weight", "2"), True),
        (("rename", "openai/one", "other"), False),
        (("rename", "openai/one", "other"), True),
        (("disable", "openai/one"), False),
        (("apply", "--prune", "--yes", "desired.json"), False),
        (("delete", "openai/one", "--yes"), False),
        (("delete", "openai/one", "--yes"), True),
        (("check", "--fix"), False),
    ],
)
def test_nothing_is_loaded_while_the_lock_is_held(
    run: Program, line: tuple[str, ...], database: bool
) -> None:
    """Others wait for the lock, so they must not wait for imports."""
    write_config(run.root, _CONFIG)
    renamed = {**_ENTRIES[0], "id": KEY["id"], "name": "other"}
    (run.root / "desired.json").write_text(json.dumps({"providers": {"openai": {"keys": [renamed]}}}))
    if database:
        make_database(run.root / "config.db", columns("openai", {**_ENTRIES[0], "weight": 3}), wal=True)
    watch = """
import contextlib, sys
from bifrost_keys.__main__ import run
import bifrost_keys.stores.files.lock as lock
real = lock.locked

@contextlib.contextmanager
def watched(*given, **named):
    with real(*given, **named):
        held = set(sys.modules)
        yield
        print("while locked:", *(set(sys.modules) - held))

lock.locked = watched
sys.exit(run(sys.argv[1:]))
"""
    told = _python(run, watch, *line, "--config", "config.json")
    assert [line for line in told.splitlines() if line.startswith("while")] == ["while locked:"]
