"""What a run must not load: the guard of its start-up time, which measures no time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.gateway_database import columns, make_database
from tests.program import Program

_SHOW = """
import sys
before = set(sys.modules)
from bifrost_keys.__main__ import run
code = run(sys.argv[1:])
assert not code, code
sys.stderr.write("\\n" + " ".join(sorted(set(sys.modules) - before)))
"""
FRAMEWORK = {"typer", "pydantic", "pydantic_core", "rich", "filelock", "sqlite3"}
NEVER = {
    "asyncio",
    "unittest",
    "sqlite3",
    "multiprocessing",
    "concurrent",
    "xml",
    "http",
    "urllib3",
}
COSTLY = {"typing", "dataclasses", "inspect", "pathlib", "shlex", "argparse", "subprocess", "tempfile"}
CREATE = ("create", "openai", "--name", "new", "--value-env", "OPENAI_API_KEY", "--init")


def loaded(run: Program, *arguments: str) -> set[str]:
    """The modules that a run loads, beyond those of an interpreter that does nothing."""
    done = subprocess.run(
        [sys.executable, "-c", _SHOW, *arguments],
        cwd=run.root,
        env=run.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


def tops(modules: set[str]) -> set[str]:
    """The packages that these modules are of."""
    return {name.partition(".")[0] for name in modules}


def test_version_loads_nothing_but_itself(run: Program) -> None:
    assert loaded(run, "--version") <= {"__future__", "bifrost_keys", "bifrost_keys.__main__"}


@pytest.mark.parametrize("line", ["keys ", "keys create azure --", "keys list -o "])
def test_completion_of_words_loads_its_table_and_nothing_of_the_library(run: Program, line: str) -> None:
    found = loaded(run, "__complete", "bash", line)
    assert {name for name in found if not name.startswith("bifrost_keys")} <= {"__future__"}
    assert {name for name in found if name.startswith("bifrost_keys.")} <= {
        "bifrost_keys.__main__",
        "bifrost_keys.cli",
        "bifrost_keys.cli.completion",
        "bifrost_keys.cli.completion.answer",
        "bifrost_keys.cli.completion.table",
        "bifrost_keys.cli.completion.shell_quoting",
    }


def test_completion_of_names_loads_little_more_than_json(run: Program) -> None:
    run("init", "--config", "config.json")
    found = tops(loaded(run, "__complete", "bash", "keys get --config config.json "))
    assert found & (FRAMEWORK | NEVER | COSTLY) == set()


@pytest.mark.parametrize("output", ["json", "name", "table"])
def test_create_without_a_terminal_loads_no_table_library_and_no_database(run: Program, output: str) -> None:
    assert tops(loaded(run, *CREATE, "-o", output)) & (NEVER | {"rich"}) == set()


@pytest.mark.parametrize("output", ["json", "name"])
def test_list_for_programs_loads_no_table_library_and_no_lock(run: Program, output: str) -> None:
    run(*CREATE)
    found = loaded(run, "list", "-o", output)
    assert tops(found) & (NEVER | {"rich", "filelock"}) == set()
    assert "bifrost_keys.gateway.fields.schema" not in found


@pytest.mark.parametrize("database", [False, True])
def test_nothing_is_loaded_while_the_lock_is_held(run: Program, *, database: bool) -> None:
    """Others wait for the lock, and not for this run's imports."""
    if database:
        make_database(run.root / "config.db", columns("groq", {"name": "k"}), wal=True)
    watch = _SHOW.replace(
        "code = run(",
        "import bifrost_keys.stores.files.lock as lock\n"
        "real = lock.locked\n"
        "import contextlib\n"
        "@contextlib.contextmanager\n"
        "def watched(*given, **named):\n"
        "    with real(*given, **named):\n"
        "        held = set(sys.modules)\n"
        "        yield\n"
        "        sys.stderr.write('\\n@' + ' '.join(sorted(set(sys.modules) - held)) + '\\n')\n"
        "lock.locked = watched\n"
        "code = run(",
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, *CREATE, "--config", "config.json"],
        cwd=run.root,
        env=run.environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    held = [line.removeprefix("@") for line in done.stderr.splitlines() if line.startswith("@")]
    assert held == [""]


@pytest.mark.parametrize("arguments", [("list",), ("status",), ("providers",), ("check",), ("hash",)])
def test_tables_without_a_terminal_load_no_table_library(run: Program, arguments: tuple[str, ...]) -> None:
    run(*CREATE)
    assert "rich" not in tops(loaded(run, *arguments))


@pytest.mark.parametrize("arguments", [CREATE, ("list",), ("check",), ("delete", "new", "--yes")])
def test_a_command_for_a_file_loads_nothing_of_the_gateway(run: Program, arguments: tuple[str, ...]) -> None:
    if arguments != CREATE:
        run(*CREATE)
    found = loaded(run, *arguments)
    gateway = ("bifrost_keys.stores.gateway_api", "bifrost_keys.stores.http", "bifrost_keys.cli.gateway_")
    assert {name for name in found if name.startswith(gateway)} == set()
    assert tops(found) & {"urllib3", "ssl", "socket", "http"} == set()
