"""Run a program that prints the secret, such as a password manager."""

from __future__ import annotations

import os
import shlex
from typing import Final

from bifrost_keys.errors import BifrostKeysError, InvalidInputError, UsageError
from bifrost_keys.gateway.secrets.detection import shown_argument

_OPTION: Final = "--value-command"
_SHELL_SYNTAX: Final = ("|", "&", ";", "<", ">", "$", "`", "~")


def command_output(command: str, *, limit: int, terminal: bool, silent: bool) -> bytes:
    """Return the standard output of ``command``, which is split as by a shell but run without one.

    ``terminal``: the command may prompt on standard input, which is otherwise empty. Its standard error is
    that of this program, or discarded if ``silent``. Raise UsageError for an empty command, and
    InvalidInputError if it cannot be run, fails, or prints more than ``limit`` bytes; no error repeats the
    output.
    """
    import subprocess

    words = _split(command)
    program = shown_argument(words[0])
    try:
        process = subprocess.Popen(  # noqa: S603 - the user names the command, and no shell reads it
            words,
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if silent else None,
        )
    except FileNotFoundError:
        raise _refused(f"cannot run {program}: no such program", "value-command-not-run", words) from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise _refused(f"cannot run {program}: {reason}", "value-command-not-run", words) from None
    with process:
        assert process.stdout is not None
        try:
            output = process.stdout.read(limit + 1)
        except BaseException:
            process.kill()
            raise
        if len(output) > limit:
            process.kill()
    if len(output) > limit:
        raise _refused(f"{program} printed more than {limit // 1024} KiB", "value-too-long", words)
    code = process.returncode
    if code:
        ended = f"exited with {code}" if code > 0 else f"was ended by signal {-code}"
        raise _refused(f"{program} {ended}; nothing was written", "value-command-failed", words)
    return output


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError:
        message, code = f"{_OPTION}: a quote or a backslash is not closed", "value-command-open"
        raise UsageError(message, code=code, field=_OPTION) from None
    if not words or not words[0]:
        raise UsageError(f"{_OPTION} does not name a command", code="value-command-empty", field=_OPTION)
    return words


def _refused(message: str, code: str, words: list[str]) -> BifrostKeysError:
    meant_for_shell = any(mark in word for word in words for mark in _SHELL_SYNTAX)
    hint = None
    if meant_for_shell and not words[0].endswith("sh"):
        hint = "no shell reads the command; to use one, write sh -c '…'"
    return InvalidInputError(f"{_OPTION}: {message}", code=code, field=_OPTION, hint=hint)
