"""Read the values of the global options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bifrost_keys.cli.output.formats import DEFAULT_FORMAT, FORMATS
from bifrost_keys.errors import InvalidInputError, UsageError

DEFAULT_LOCK_TIMEOUT: Final = 10.0
RELEASE_VARIABLE: Final = "BIFROST_KEYS_GATEWAY_RELEASE"


def bad_value(option: str, message: str, *, hint: str | None = None) -> UsageError:
    """Return the error for an invalid value of an option, without repeating the value."""
    return UsageError(f"{option}: {message}", code="option-value", field=option, hint=hint)


def wanted_output(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the output form that a command line requests, even if the line has errors."""
    wanted = [DEFAULT_FORMAT, environ.get("BIFROST_KEYS_OUTPUT", DEFAULT_FORMAT)]
    for index, argument in enumerate(argv):
        if argument == "--":
            break
        if argument in ("-o", "--output") and index + 1 < len(argv):
            wanted.append(argv[index + 1])
        elif argument.startswith("--output="):
            wanted.append(argument.removeprefix("--output="))
        elif argument.startswith("-o") and not argument.startswith("--"):
            wanted.append(argument[2:].removeprefix("="))
    return next(each for each in reversed(wanted) if each in FORMATS)


def output_value(option: str | None, variable: str | None) -> str:
    """Return the form of output that the option or the variable names. Raise UsageError."""
    text = option if option is not None else variable or DEFAULT_FORMAT
    if text not in FORMATS:
        where = "--output" if option is not None else "BIFROST_KEYS_OUTPUT"
        *most, last = FORMATS
        raise bad_value(where, f"must be {', '.join(most)} or {last}")
    return text


def seconds_value(text: str | None) -> float:
    """Return the time limit for the lock; raise UsageError unless it is 0 to 86400 seconds."""
    if text is None:
        return DEFAULT_LOCK_TIMEOUT
    from bifrost_keys.gateway.key import number_of

    seconds = number_of(text)
    if seconds is None or not 0 <= seconds <= 86_400:
        raise bad_value("--lock-timeout", "must be a number of seconds from 0 to 86400")
    return seconds


def release_value(option: str | None, variable: str | None) -> str | None:
    """Return the release of the gateway that the option or the variable names; raise UsageError."""
    text = option if option is not None else variable or None
    if text is not None:
        from bifrost_keys.gateway.releases import parse_release

        try:
            parse_release(text)
        except InvalidInputError as error:
            where = "--gateway-release" if option is not None else RELEASE_VARIABLE
            raise bad_value(where, error.message, hint=error.hint) from None
    return text
