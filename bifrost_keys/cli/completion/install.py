"""Install the completion scripts in the directories where each shell looks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from bifrost_keys.errors import ConflictError, NotFoundError
from bifrost_keys.stores.files.atomic_write import write_atomically
from bifrost_keys.stores.files.new_file import parent_directories
from bifrost_keys.stores.files.open_file import (
    Identity,
    close_reader,
    open_regular,
    read_all,
    real_path,
    regular_file_status,
    status_of,
)
from bifrost_keys.stores.files.os_errors import explained

SHELLS: Final = ("bash", "zsh", "fish")
# In the first lines of every script, so that nothing else is overwritten or removed.
_OURS: Final = b"completion for keys and bifrost-keys"
_BASH_COMPLETION: Final = ("/usr/share", "/usr/local/share", "/run/current-system/sw/share")


@dataclass(frozen=True)
class Installation:
    """The scripts of a shell, whether one of them was written or removed, and the remaining manual step."""

    paths: tuple[str, ...]
    changed: bool
    to_do: str


def script(shell: str) -> str:
    """Return the script for one of ``SHELLS``."""
    return files("bifrost_keys").joinpath("cli", "completion", "scripts", f"keys.{shell}").read_text("utf-8")


def install(shell: str, *, environ: Mapping[str, str], home: str) -> Installation:
    """Write the script of ``shell`` where the shell looks for it, creating directories.

    A second run changes nothing. Raise ConflictError if another file has the name, and whatever a write of a
    file raises.
    """
    paths = _places(shell, environ, home)
    text = script(shell)
    # Check all files before the first one is written.
    outdated = [path for path in paths if _content(path) != text.encode()]
    for path in outdated:
        _write(real_path(path), text)
    return Installation(paths, bool(outdated), _to_do(shell, environ, home))


def uninstall(shell: str, *, environ: Mapping[str, str], home: str) -> Installation:
    """Remove what ``install`` wrote, if anything.

    Raise ConflictError if another file has the name, AccessDeniedError, IOFailureError.
    """
    paths = _places(shell, environ, home)
    there = [path for path in paths if _content(path) is not None]
    for path in there:
        try:
            os.unlink(path)
        except OSError as error:
            raise explained(error, "remove", path) from None
    return Installation(paths, bool(there), "")


def _places(shell: str, environ: Mapping[str, str], home: str) -> tuple[str, ...]:
    if not os.path.isabs(home):
        hint = f"keys completion {shell} prints the script"
        raise NotFoundError("no home directory is known", code="home-unknown", hint=hint)
    if shell == "zsh":
        return (os.path.join(_zsh_folder(environ, home), "_keys"),)
    if shell == "fish":
        base = os.path.join(_directory(environ, "XDG_CONFIG_HOME", home, ".config"), "fish")
        return tuple(os.path.join(base, "completions", f"{name}.fish") for name in ("keys", "bifrost-keys"))
    data = os.path.join(_directory(environ, "XDG_DATA_HOME", home, ".local/share"), "bash-completion")
    base = _directory(environ, "BASH_COMPLETION_USER_DIR", home, data)
    return tuple(os.path.join(base, "completions", name) for name in ("keys", "bifrost-keys"))


def _directory(environ: Mapping[str, str], variable: str, home: str, default: str) -> str:
    """Return the first directory in the variable; None if it is relative."""
    named = environ.get(variable, "").partition(":")[0]
    return named if os.path.isabs(named) else os.path.join(home, default)


def _zsh_folder(environ: Mapping[str, str], home: str) -> str:
    return os.path.join(_directory(environ, "ZDOTDIR", home, ""), ".zfunc")


def _content(path: str) -> bytes | None:
    """Return the content of the script, None if there is none; raise ConflictError for another file."""
    target = real_path(path)
    if regular_file_status(target) is None:
        return None
    descriptor = open_regular(target)
    try:
        content = read_all(descriptor, target)
    finally:
        close_reader(descriptor)
    if _OURS not in content[:200]:
        hint = "move it away, or print the script and save it in another file"
        raise ConflictError(f"{path} is not a script of this program", code="file-not-ours", hint=hint)
    return content


def _write(path: str, text: str) -> None:
    if regular_file_status(path) is None:
        with parent_directories(path):
            write_atomically(path, text, source=None, read=None)
        return
    source = open_regular(path)
    try:
        write_atomically(path, text, source=source, read=Identity.of(status_of(source, path)))
    finally:
        close_reader(source)


def _to_do(shell: str, environ: Mapping[str, str], home: str) -> str:
    """Return the remaining manual step for the shell; empty if there is none."""
    if shell == "bash" and not any(map(os.path.exists, _loaders(environ))):
        line = 'eval "$(keys completion bash)"'
        return f"install the package bash-completion, which loads the script, or add to ~/.bashrc: {line}"
    if shell == "zsh":
        folder = _zsh_folder(environ, home)
        start = os.path.join(os.path.dirname(folder), ".zshrc")
        text = _text(start)
        if ".zfunc" not in text:
            line = f"fpath=({_shortened(folder, home)} $fpath)"
            if "compinit" in text or "oh-my-zsh" in text:
                return f"add to {_shortened(start, home)}, above what runs compinit: {line}"
            return f"add to {_shortened(start, home)}: {line}; autoload -Uz compinit; compinit"
    return ""


def _shortened(path: str, home: str) -> str:
    """Return the path with ``~`` for the home directory, which the shell expands."""
    return f"~{path[len(home) :]}" if path.startswith(os.path.join(home, "")) else path


def _loaders(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the possible paths of the package bash-completion."""
    for folder in (*_BASH_COMPLETION, *environ.get("XDG_DATA_DIRS", "").split(":")):
        yield os.path.join(folder, "bash-completion", "bash_completion")


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(1 << 20)
    except OSError:
        return ""
