"""keys completion."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from bifrost_keys.cli.completion.install import SHELLS, install, script, uninstall
from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import Document, show, show_document
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Line, Part
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.secrets.detection import shown_argument

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import Completion, CompletionFiles


def completion(
    session: Session,
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="The shell.")],
    to_install: Annotated[
        bool,
        flag("--install", "Install the script in the directory where the shell looks for it.", OPTIONS_PANEL),
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
        raise UsageError(message, code="shell-unknown", hint="use bash, zsh or fish")
    if to_install and to_remove:
        message = "--install and --uninstall were both given"
        raise UsageError(message, code="install-and-uninstall", hint="use only one of them")
    if not to_install and not to_remove:
        text = script(shell)
        told: Completion = {"shell": shell, "script": text}
        show_document(session, Document(text, told))
        return 0
    from bifrost_keys.stores.config_file.default_file import home_directory

    change = install if to_install else uninstall
    done = change(shell, environ=os.environ, home=home_directory(os.environ))
    hint = done.to_do or ("start a new shell to use it" if to_install and done.changed else "")
    outcome = ("installed already", "installed") if to_install else ("nothing to remove", "removed")
    result = _Installed(shell, done.changed, tuple(done.paths), outcome[done.changed], hint)
    show(session, result, written=done.changed)
    if hint and not session.quiet and not session.format.structured:
        say("hint", hint, screen=session.err)
    return 0


@dataclass(frozen=True)
class _Installed:
    """The outcome for the files of a shell's completion."""

    shell: str
    changed: bool
    files: Sequence[str]
    outcome: str
    hint: str

    def json(self) -> "CompletionFiles":
        """Return the files, and whether they were written or removed."""
        files, hint = list(self.files), self.hint or None
        return {"shell": self.shell, "changed": self.changed, "files": files, "hint": hint}

    def names(self) -> Iterable[str]:
        """Return the files."""
        return map(shown, self.files)

    def parts(self, _: Screen) -> Iterable[Part]:
        """Yield a line for each file."""
        return [Line(((self.outcome, "green"), (f" {path}", ""))) for path in self.files]
