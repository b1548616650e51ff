"""``keys completion SHELL --install``: a new shell completes, and no file of anybody else is changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bifrost_keys.cli.completion.install import SHELLS, script
from tests.program import Program, listing
from tests.shells import SHOW_LINE, ShellTerminal, path_with_keys

LOADER = Path("/usr/share/bash-completion/bash_completion")
PLACES = {
    "bash": [
        ".local/share/bash-completion/completions/keys",
        ".local/share/bash-completion/completions/bifrost-keys",
    ],
    "zsh": [".zfunc/_keys"],
    "fish": [".config/fish/completions/keys.fish", ".config/fish/completions/bifrost-keys.fish"],
}


def home_of(run: Program) -> Path:
    return Path(run.environ["HOME"])


@pytest.mark.parametrize("shell", SHELLS)
def test_a_new_shell_completes_after_install_and_what_it_asks_for(run: Program, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    if shell == "bash" and not LOADER.exists():
        pytest.skip("the package bash-completion is not installed")
    done = run("completion", shell, "--install")
    assert done.code == 0
    home = home_of(run)
    (home / ".bashrc").write_text(f". {LOADER}\n")
    asked = done.err.partition(": add to ~/.zshrc: ")[2]
    (home / ".zshrc").write_text(asked)
    assert bool(asked) == (shell == "zsh")
    with ShellTerminal([shell, "-i"], run, path_with_keys(run.root / "bin")) as terminal:
        terminal.type(SHOW_LINE[shell] + "; echo rea''dy\r", until="ready\r")
        lines = {line: terminal.completed(line).rstrip() for line in ("keys crea", "bifrost-keys exter")}
    assert lines == {"keys crea": "keys create", "bifrost-keys exter": "bifrost-keys externalize"}


@pytest.mark.parametrize("shell", SHELLS)
def test_install_twice_and_uninstall_twice(run: Program, shell: str) -> None:
    paths = [home_of(run) / place for place in PLACES[shell]]
    first = run("completion", shell, "--install", "-o", "json")
    assert (first.json["changed"], first.json["files"]) == (True, [str(path) for path in paths])
    assert [path.read_text() for path in paths] == [script(shell)] * len(paths)
    before = [path.stat().st_ino for path in paths]
    assert run("completion", shell, "--install", "-o", "json").json["changed"] is False
    assert [path.stat().st_ino for path in paths] == before
    assert run("completion", shell, "--uninstall", "-o", "json").json["changed"] is True
    assert [path for path in paths if path.exists()] == []
    again = run("completion", shell, "--uninstall")
    assert (again.code, again.out.count("nothing to remove")) == (0, len(paths))


@pytest.mark.parametrize("shell", SHELLS)
def test_an_older_script_is_replaced_through_its_link(run: Program, shell: str) -> None:
    place = home_of(run) / PLACES[shell][0]
    place.parent.mkdir(parents=True)
    dotfile = run.root / "dotfile"
    dotfile.write_text(script(shell)[:120])
    place.symlink_to(dotfile)
    assert run("completion", shell, "--install").code == 0
    assert (place.is_symlink(), dotfile.read_text()) == (True, script(shell))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("option", ["--install", "--uninstall"])
def test_somebody_elses_file_is_left_alone(run: Program, shell: str, option: str) -> None:
    place = home_of(run) / PLACES[shell][-1]
    place.parent.mkdir(parents=True)
    place.write_text("# mine\n")
    before = listing(home_of(run))
    refused = run("completion", shell, option, "-o", "json")
    assert (refused.code, refused.error["code"]) == (5, "file-not-ours")
    assert listing(home_of(run)) == before


def test_variables_of_the_shells_move_the_places(run: Program) -> None:
    moved = run.root / "moved"

    def files(shell: str, **env: str) -> list[str]:
        return run("completion", shell, "--install", "-o", "json", env=env).json["files"]

    data = str(moved / "data")
    assert files("bash", XDG_DATA_HOME=data)[0] == f"{data}/bash-completion/completions/keys"
    own = f"{moved}/own:/usr/share/other"
    assert files("bash", BASH_COMPLETION_USER_DIR=own)[0] == f"{moved}/own/completions/keys"
    assert files("zsh", ZDOTDIR=str(moved / "z")) == [f"{moved}/z/.zfunc/_keys"]
    assert files("fish", XDG_CONFIG_HOME=str(moved))[0] == f"{moved}/fish/completions/keys.fish"
    home = run.environ["HOME"]
    assert files("fish", XDG_CONFIG_HOME="relative")[0] == f"{home}/.config/fish/completions/keys.fish"


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        ("", "add to ~/.zshrc: fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit"),
        ("compinit\n", "add to ~/.zshrc, above what runs compinit: fpath=(~/.zfunc $fpath)"),
        ("fpath+=~/.zfunc\ncompinit\n", "start a new shell to use it"),
    ],
)
def test_zsh_gets_a_hint_about_its_start_file(run: Program, there: str, asked: str) -> None:
    (home_of(run) / ".zshrc").write_text(there)
    assert run("completion", "zsh", "--install", "-o", "json").json["hint"] == asked


def test_a_place_that_cannot_be_written_is_named(run: Program) -> None:
    (home_of(run) / ".zfunc").write_text("")
    refused = run("completion", "zsh", "--install")
    assert refused.code == 74
    assert str(home_of(run) / ".zfunc") in refused.err


def test_install_and_uninstall_together_are_refused(run: Program) -> None:
    refused = run("completion", "zsh", "--install", "--uninstall", "-o", "json")
    assert (refused.code, refused.error["code"]) == (2, "install-and-uninstall")
    assert os.listdir(home_of(run)) == []
