"""Rules about the rooms beyond the import contracts: who imports whom, commits changes, and opens files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bifrost_keys

PACKAGE = Path(bifrost_keys.__file__).parent


def calls(room: str) -> Iterator[tuple[str, str]]:
    """Return the names of the functions and methods that each module of a room calls."""
    for path in sorted((PACKAGE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                yield path.relative_to(PACKAGE).as_posix(), name


# Who opens a file outside of stores, and why: none of them writes a config.
OPENING = {
    "cli/completion/config_names.py",  # answers a shell before anything else is imported
    "cli/completion/install.py",  # looks into a shell's own start file
    "cli/completion/make_table.py",  # for developers, as the two of the contract
    "cli/man_pages.py",
    "cli/output/contract/examples.py",
    "cli/output/contract/make.py",
    "cli/output/streams.py",  # the null device
}


@pytest.mark.parametrize("library", ["jsontext", "stores/files", "stores/http"])
def test_a_library_of_its_own_imports_nothing_of_ours_but_errors(library: str) -> None:
    own = f"bifrost_keys.{library.replace('/', '.')}"
    imported = {
        node.module or ""
        for path in (PACKAGE / library).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and [each.name for each in node.names] != ["__version__"]
    }
    ours = {name for name in imported if name.split(".")[0] == "bifrost_keys"}
    assert {name for name in ours if not name.startswith(own)} <= {"bifrost_keys.errors"}


def test_every_change_is_committed_by_one_function() -> None:
    """``operations/test.py`` passes on the changes of that function, to ask the providers first."""
    committing = {path for path, name in calls("") if name == "commit" and not path.startswith("stores/")}
    assert committing == {"operations/planning/plan.py", "operations/test.py"}


def test_only_stores_open_files() -> None:
    opening = {path for path, name in calls("") if name in ("open", "fdopen", "mkstemp", "write_text")}
    assert {path for path in opening if not path.startswith("stores/")} == OPENING


def test_no_command_asks_which_kind_of_store_it_has() -> None:
    """An import contract keeps them from the stores, but these words would ask nevertheless."""
    asking = {"is_gateway", "FileStore", "FileSnapshot", "GatewayStore", "GatewaySnapshot", "StreamStore"}
    for room in ("cli/commands", "cli/input"):
        for path in sorted((PACKAGE / room).rglob("*.py")):
            tree = ast.parse(path.read_text())
            words = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            words |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            chosen = {
                node.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and getattr(node.value, "attr", "") == "options"
            }
            assert not (words & asking) | (chosen & {"gateway", "live"}), path
