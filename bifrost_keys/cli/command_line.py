"""Parse the words of a command line, and refuse options whose value was probably not intended.

Typer declares the options. Its own parser would accept some mistakes silently, and repeat the value, which
may be a secret, in its messages about others.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from bifrost_keys.errors import InvalidInputError, UsageError
from bifrost_keys.gateway.fields.table import CONFIG_OBJECTS
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.secrets.detection import harmless, shown_argument

# Options whose value is the name of a key or a model, which never begins with --.
_NAMING: Final = frozenset({"--name", "--model", "--add-model", "--remove-model", "--blacklisted-model"})
_SECRETS: Final = frozenset(
    {"--value", *(field.option for config in CONFIG_OBJECTS for _, field in config.members() if field.secret)}
)
# Commands whose arguments are paths, which may contain any bytes.
_TAKING_PATHS: Final = frozenset({"check", "validate", "lint", "apply", "import"})


class GivenOption(NamedTuple):
    """An option on the command line; ``joined`` if the value is in the same word, as in ``--name=value``."""

    parameter: Any
    spelling: str
    value: str | None = None
    joined: bool = False


class UnknownOptionError(UsageError):
    """An option that the command does not have; ``name`` is its spelling."""

    def __init__(self, name: str) -> None:
        # The dashes are not part of a possible secret.
        bare = name.lstrip("-")
        text = name if harmless(bare) else shown_argument(bare)
        super().__init__(f"unknown option {text}", code="option-unknown")
        self.name = name


class Line(NamedTuple):
    """The words after a command's name: its options in order, and its arguments."""

    options: list[GivenOption]
    arguments: list[str]


def read_line(words: Sequence[str], parameters: Iterable[Any], *, to_first_argument: bool = False) -> Line:
    """Return the options and arguments in ``words``.

    With ``to_first_argument``, every word after the first argument is an argument too. Raise
    UnknownOptionError, and UsageError if the value of an option is missing: the next word is an option too,
    or there is none. An unset shell variable leads to such a line, and the option after it must not become a
    secret.
    """
    options = {spelling: parameter for parameter in parameters for spelling in spellings(parameter)}
    line = Line([], [])
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            line.arguments.extend(rest)
            break
        if to_first_argument and (word == "-" or not word.startswith("-")):
            line.arguments.extend([word, *rest])
            break
        if word.startswith("--"):
            line.options.append(_option(word, rest, options))
        elif word.startswith("-") and word != "-":
            line.options.extend(_short_options(word, rest, options))
        else:
            line.arguments.append(word)
    return line


def line_values(line: Line, parameters: Iterable[Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the values by the names of their parameters, without those not given, and excess arguments.

    A value is text as typed, True or False for a flag, or a list for a parameter that may be repeated.
    """
    values: dict[str, Any] = {}
    for option in line.options:
        parameter = option.parameter
        if parameter.is_flag:
            values[parameter.name] = option.spelling not in parameter.secondary_opts
        elif parameter.multiple:
            values.setdefault(parameter.name, []).append(option.value)
        else:
            values[parameter.name] = option.value
    rest = line.arguments
    for parameter in parameters:
        if rest and not spellings(parameter):
            repeated = parameter.nargs < 0
            values[parameter.name], rest = (rest, []) if repeated else (rest[0], rest[1:])
    return values, rest


def spellings(parameter: Any) -> tuple[str, ...]:
    """Return the spellings of an option; an argument has none."""
    if parameter.param_type_name != "option":
        return ()
    return (*parameter.opts, *parameter.secondary_opts)


def refuse_second(given: Sequence[GivenOption], *, but: Iterable[str]) -> None:
    """Raise UsageError if an option with a single value is given twice, unless it is in ``but``."""
    seen = set(but)
    for option in given:
        parameter = option.parameter
        if parameter.is_flag or parameter.multiple:
            continue
        if parameter.name in seen and parameter.name not in but:
            message = f"{parameter.opts[0]} is given twice"
            raise UsageError(message, code="option-twice", hint="use only one of them")
        seen.add(parameter.name)


def refuse_mistyped_options(given: Sequence[GivenOption], parameters: Iterable[Any]) -> None:
    """Raise InvalidInputError if a secret, or the name of a key or model, is a mistyped option.

    ``--value=--text`` is accepted, because it states the intention.
    """
    faults = []
    for option in given:
        name, value = option.parameter.opts[0], option.value or ""
        secret = name in _SECRETS
        like_option = value.startswith("--") and not value.startswith(
            "-----BEGIN "
        )  # PEM text begins with dashes
        if like_option and (name in _NAMING or (secret and not option.joined)):
            faults.append(_like_an_option(name, value, parameters, secret=secret))
    if faults:
        raise InvalidInputError("the command line has values that are mistyped options", faults=faults)


def _like_an_option(name: str, value: str, parameters: Iterable[Any], *, secret: bool) -> Fault:
    from bifrost_keys.cli.suggestions import spelled_like

    near = spelled_like(value.partition("=")[0], [each for one in parameters for each in spellings(one)])
    hints = [f"did you mean {near[0]}?"] if near else []
    if secret:
        hints.append(f"use {name}=TEXT if the secret really begins with --")
    code = "value-option" if secret else "name-option"
    return Fault(code, (name,), "error", "begins with -- like an option", " ".join(hints))


def as_text(argv: Sequence[str]) -> list[str]:
    """Return the words as text; bytes that the locale cannot decode are decoded as UTF-8.

    Raise InvalidInputError for other bytes. Paths stay unchanged, because they may contain any bytes.
    """
    texts = []
    paths = not _TAKING_PATHS.isdisjoint(argv)
    for before, word in zip(("", *argv), argv, strict=False):
        option = word.partition("=")[0] if word.startswith("--") else before
        is_path = option in ("--config", "--app-dir") or option.endswith("-file") or paths
        odd = any("\ud800" <= c <= "\udfff" for c in word)
        texts.append(_decoded(word) if odd and not is_path else word)
    return texts


def _option(word: str, rest: list[str], options: Mapping[str, Any]) -> GivenOption:
    """Return the long option in ``word``; a separate value is removed from ``rest``."""
    name, joined, value = word.partition("=")
    parameter = options.get(name)
    if parameter is None:
        raise UnknownOptionError(name)
    if parameter.is_flag:
        if joined:
            raise UsageError(
                f"{name} takes no value", code="option-value", field=name, hint=f"use {name} by itself"
            )
        return GivenOption(parameter, name)
    if joined:
        return GivenOption(parameter, name, value, joined=True)
    return GivenOption(parameter, name, _next_word(name, parameter, rest, options))


def _short_options(word: str, rest: list[str], options: Mapping[str, Any]) -> list[GivenOption]:
    """Yield the options in a word such as ``-qo`` or ``-ojson``."""
    given = []
    for place, letter in enumerate(word[1:], 2):
        name = f"-{letter}"
        parameter = options.get(name)
        if parameter is None:
            raise UnknownOptionError(word)
        if parameter.is_flag:
            given.append(GivenOption(parameter, name))
            continue
        joined = word[place:].removeprefix("=")
        value = joined or _next_word(name, parameter, rest, options)
        return [*given, GivenOption(parameter, name, value, joined=bool(joined))]
    return given


def _next_word(name: str, parameter: Any, rest: list[str], options: Mapping[str, Any]) -> str:
    """Return the separate value of an option; raise UsageError if it is another option of the command."""
    word = rest.pop(0) if rest else None
    if word is None:
        raise UsageError(f"{name} needs a value", code="option-value", field=name)
    option = word.partition("=")[0] if word.startswith("--") else word[:2]
    if option.startswith("-") and (option in options or word == "--"):
        meant = word if harmless(word.lstrip("-")) else "VALUE"
        raise UsageError(
            f"{name} needs a value; the next word, {option}, is an option",
            code="option-value",
            field=name,
            hint=f"use {parameter.opts[0]}={meant} if this is intended",
        )
    return word


def _decoded(word: str) -> str:
    try:
        return os.fsencode(word).decode("utf-8")
    except UnicodeError:
        raise InvalidInputError("an argument is not valid UTF-8", code="argument-not-text") from None
