"""Read a secret from its only source; standard input is read only if an option requests it."""

from __future__ import annotations

import sys
from typing import Final

from bifrost_keys.cli.input.named import file_name
from bifrost_keys.cli.key_options import SecretOptions
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.output.screen import is_terminal
from bifrost_keys.cli.output.streams import print_to_stderr
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import InvalidInputError, UsageError
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.secret import MAX_SECRET_BYTES, given_faults
from bifrost_keys.gateway.secrets.detection import is_reference

# A placeholder for a secret that is still to be typed, while everything else is checked.
STAND_IN: Final = "env.SECRET"
SOURCE_NAMES: Final = "--value-env NAME, --value-stdin or --value-file PATH"


def value_source(options: SecretOptions) -> str | None:
    """Return the option for the source of the secret, None without one; raise UsageError for two."""
    sources = (
        ("--value-env", options.value_env is not None),
        ("--value-stdin", options.value_stdin),
        ("--value-file", options.value_file is not None),
        ("--value-command", options.value_command is not None),
        ("--value", options.value is not None),
    )
    named = [option for option, given in sources if given]
    if len(named) > 1:
        raise UsageError(f"two sources for the secret: {' and '.join(named)}", code="source-twice")
    return named[0] if named else None


def stdin_source(options: SecretOptions) -> str | None:
    """Return the option that reads the secret from standard input, or None. Raise UsageError for two."""
    source = value_source(options)
    if source == "--value" and options.value == "-":
        return "--value -"
    return source if source == "--value-stdin" else None


def read_value(session: Session, options: SecretOptions) -> str | None:
    """Return the secret or reference from its only source; None if no source was given.

    An empty text is returned, because it depends on the provider whether a key needs a secret.
    """
    stdin = stdin_source(options)
    if stdin is not None:
        return _from_stdin(session, stdin)
    if options.value_env is not None:
        return f"env.{options.value_env}"
    if options.value_file is not None:
        return secret_file(options.value_file, "--value-file")
    if options.value_command is not None:
        return secret_of_command(session, options.value_command)
    if options.value is None:
        return None
    text = without_line_end(options.value)
    if text and not is_reference(text):
        advise_against_argument(session, SOURCE_NAMES)
    return text


def value_faults(options: SecretOptions, value: str) -> list[Fault]:
    """Return the faults of the secret that ``options`` gave.

    ``--value=--text`` is an intended secret that begins like an option. As two words it was refused when the
    command line was read.
    """
    faults = given_faults(value, ("value",))
    on_purpose = options.value not in (None, "-")
    return [fault for fault in faults if not on_purpose or fault.code != "value-option"]


def advise_against_argument(session: Session, better: str) -> None:
    """Tell a person at a terminal where a literal secret on the command line is visible."""
    if session.advises:
        message = f"a secret on the command line shows in ps and the history; use {better} instead"
        say("note", message, screen=session.err)


def secret_file(path: str, option: str) -> str:
    """Return the secret in a file without its final line end."""
    from bifrost_keys.stores.files.bounded_input import read_file

    return _text(read_file(path, limit=MAX_SECRET_BYTES + 2, name=file_name(path, option)), option)


def secret_of_command(session: Session, command: str) -> str:
    """Return the secret that a command prints, without its final line end."""
    from bifrost_keys.cli.input.value_command import command_output

    # With -o json, standard error is one JSON object, so that a program can read it.
    silent = session.format.structured and not is_terminal(sys.stderr)
    limit = MAX_SECRET_BYTES + 2
    output = command_output(command, limit=limit, terminal=session.interactive, silent=silent)
    return _text(output, "--value-command")


def ask(session: Session, what: str, key: str) -> str:
    """Return the secret for ``key`` (its label), typed without echo at the terminal and stripped.

    Ask again if it is empty. Raise UsageError without a terminal or if the input ends, and InvalidInputError
    if it is not UTF-8.
    """
    missing = UsageError(f"no {what} was given", code="value-missing", hint=f"use {SOURCE_NAMES}")
    if not session.interactive:
        raise missing
    from bifrost_keys.cli.input.hidden_prompt import read_unseen

    prompt = f"{what.capitalize()} for {shown(key)} (not shown): "
    while True:
        typed = read_unseen(prompt, limit=MAX_SECRET_BYTES)
        if typed is None:
            raise missing
        try:
            text = typed.decode("utf-8").strip()
        except UnicodeDecodeError:
            message, code = f"the {what} is not UTF-8", "value-not-utf8"
            raise InvalidInputError(message, code=code, field="value") from None
        if text:
            return text
        print_to_stderr(f"nothing was entered; type the {what}, or press Ctrl-C to stop")


def without_line_end(text: str) -> str:
    """Return the text without its final LF or CRLF."""
    if text.endswith("\r\n"):
        return text[:-2]
    return text.removesuffix("\n")


def _from_stdin(session: Session, option: str) -> str:
    if session.stdout:
        raise UsageError(f"{option} cannot be used with --config - --stdout", code="stdin-twice")
    session.claim_stdin(option)
    from bifrost_keys.stores.files.bounded_input import read_stdin

    return _text(read_stdin(limit=MAX_SECRET_BYTES + 2), option)


def _text(data: bytes, option: str) -> str:
    try:
        return without_line_end(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise InvalidInputError(
            f"{option}: the secret is not UTF-8", code="value-not-utf8", field=option
        ) from None
