"""Errors and hints for an invalid command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bifrost_keys.cli.command_line import GivenOption, Line, spellings
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.gateway.secrets.detection import harmless, shown_argument

_SECRET_HINT: Final = "set the secret with --value-env NAME, --value-stdin or --value-file PATH"  # noqa: S105
_TAKING_SECRET: Final = frozenset({"create", "set", "update", "rotate"})
_TAKING_KEY: Final = frozenset({"set", "update", "rotate", "rename"})
# Values that other programs take for an option that is on or off.
_SWITCHED: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
# Names that other programs use for the option for the secret.
_MEANING_SECRET: Final = frozenset(
    {"key", "api-key", "apikey", "secret", "secret-value", "token", "api-token", "password", "k"}
)


def unknown_option_hint(name: str, context: Any) -> str:
    """Return the next step for an option that the command does not have."""
    from bifrost_keys.cli.suggestions import meant_option

    options = [each for parameter in context.command.params for each in spellings(parameter)]
    meant = name.lstrip("-").replace("_", "-").lower()
    if meant in _MEANING_SECRET and "--value-env" in options:
        return _SECRET_HINT
    arguments = {each.name: _shown(each) for each in context.command.params if not spellings(each)}
    if meant == "name" and "name" in arguments:
        return "keys rename changes the name of a key"
    if meant in arguments:
        return f"use {arguments[meant]} without an option; {_help(context)}"
    return meant_option(name, options) or _help(context)


def missing_values(missing: Sequence[Any], context: Any) -> UsageError:
    """Return the error for missing arguments and options that a command requires."""
    first = missing[0]
    kind = "option" if spellings(first) else "argument"
    named = [_shown(each) for each in missing if bool(spellings(each)) == bool(spellings(first))]
    message = f"missing {kind}{'s' if len(named) > 1 else ''} {' and '.join(named)}"
    return UsageError(message, code="argument-missing", hint=_help(context))


def unexpected_argument(word: str, words: Sequence[str], line: Line, context: Any) -> UsageError:
    """Return the error for an excess argument."""
    message = f"unexpected argument {shown_argument(word)}"
    return UsageError(message, code="argument-unexpected", hint=_argument_hint(word, words, line, context))


def _argument_hint(word: str, words: Sequence[str], line: Line, context: Any) -> str:
    before = words[words.index(word) - 1] if word in words[1:] else None
    for option in line.options:
        if option.parameter.multiple and option.value == before and not option.joined:
            return f"repeat {option.spelling} for each one"
        if option.parameter.is_flag and option.spelling == before and word.lower() in _SWITCHED:
            return _switch_hint(option, on=_SWITCHED[word.lower()])
    command, first = context.info_name.rpartition(" ")[2], line.arguments[0]
    if command == "create":
        if built_in(word) is not None and built_in(first) is None and harmless(first):
            return f"did you mean keys create {word} --name {first}?"
        if not harmless(word):
            return _SECRET_HINT
        has_secret = any(option.spelling.startswith("--value") for option in line.options)
        return f"set the name with --name {word}" + ("" if has_secret else f"; {_SECRET_HINT}")
    if command == "get" or (command in _TAKING_KEY and built_in(first) is not None):
        if harmless(first) and harmless(word):
            return f"did you mean {first}/{word}?"
        return "a key is named PROVIDER/NAME"
    return _SECRET_HINT if command in _TAKING_SECRET else _help(context)


def _switch_hint(option: GivenOption, *, on: bool) -> str:
    parameter = option.parameter
    if on:
        return f"use {option.spelling} by itself"
    opposite = parameter.opts if option.spelling in parameter.secondary_opts else parameter.secondary_opts
    return f"use {opposite[0]} by itself" if opposite else f"omit {option.spelling}"


def _shown(parameter: Any) -> str:
    if spellings(parameter):
        return str(parameter.opts[0])
    return str(parameter.metavar or parameter.name.upper())


def _help(context: Any) -> str:
    return f"see {context.command_path} --help"
