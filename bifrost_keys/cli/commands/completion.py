"""keys completion: what a shell runs to complete the words of ``keys`` and ``bifrost-keys``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from bifrost_keys.cli.completion.install import SHELLS, install, script, uninstall
from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import emit, emit_json
from bifrost_keys.cli.session import Session, print_to_stderr
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.secrets.detection import shown_argument


def completion(
    session: Session,
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="The shell.")],
    to_install: Annotated[
        bool, flag("--install", "Write the script where the shell looks for it.", OPTIONS_PANEL)
    ] = False,
    to_remove: Annotated[
        bool, flag("--uninstall", "Remove the script that --install wrote.", OPTIONS_PANEL)
    ] = False,
) -> int:
    """Print or install the script that completes commands, options and names in a shell.

    Examples:
      keys completion bash --install
      eval "$(keys completion bash)"
      keys completion fish | source
    """
    if shell not in SHELLS:
        message = f"no completion for {shown_argument(shell)}"
        raise UsageError(message, code="shell-unknown", hint="bash, zsh or fish")
    if to_install and to_remove:
        message = "--install and --uninstall were given"
        raise UsageError(message, code="install-and-uninstall", hint="leave one of them out")
    if not to_install and not to_remove:
        text = script(shell)
        if session.output == "json":
            emit_json({"shell": shell, "script": text})
        else:
            emit(text)
        return 0
    from bifrost_keys.stores.config_file.locate import home_directory

    change = install if to_install else uninstall
    done = change(shell, environ=os.environ, home=home_directory(os.environ))
    hint = done.to_do or ("start a new shell to use it" if to_install and done.changed else "")
    if session.output == "json":
        emit_json({"shell": shell, "changed": done.changed, "files": done.paths, "hint": hint or None})
    elif not session.quiet:
        outcome = ("installed already", "installed") if to_install else ("nothing to remove", "removed")
        emit("".join(f"{outcome[done.changed]}: {shown(path)}\n" for path in done.paths))
        if hint:
            print_to_stderr(f"hint: {shown(hint)}")
    return 0
