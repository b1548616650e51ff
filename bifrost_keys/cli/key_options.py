"""The options that say what a key is, made from the table of fields.

What belongs to one provider only is an option named as the field, in a panel of that provider; a secret
one has a ``…-file`` form too.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

import typer

from bifrost_keys.cli.shared_options import KEY_PANEL
from bifrost_keys.gateway.fields import CONFIG_BY_NAME, CONFIG_OBJECTS, Field
from bifrost_keys.gateway.rules.fault import Path

_SOURCE_PANEL: Final = "The secret: one of"


def _parameter(name: str, annotation: Any, default: Any, *flags: str, **settings: Any) -> inspect.Parameter:
    declared = Annotated[annotation, typer.Option(*flags, show_default=False, **settings)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=declared)


_SECRET_PARAMETERS: Final = (
    _parameter(
        "value_env",
        str | None,
        None,
        "--value-env",
        metavar="NAME",
        help="Recommended: store the reference env.NAME; the gateway reads the variable.",
        rich_help_panel=_SOURCE_PANEL,
    ),
    _parameter(
        "value_stdin",
        bool,
        False,
        "--value-stdin",
        help="Read the secret from standard input.",
        rich_help_panel=_SOURCE_PANEL,
    ),
    _parameter(
        "value_file",
        str | None,
        None,
        "--value-file",
        metavar="PATH",
        help="Read the secret from a file.",
        rich_help_panel=_SOURCE_PANEL,
    ),
    _parameter(
        "value_command",
        str | None,
        None,
        "--value-command",
        metavar="COMMAND",
        help="Run a command, without a shell, and take what it prints as the secret.",
        rich_help_panel=_SOURCE_PANEL,
    ),
    _parameter(
        "value",
        str | None,
        None,
        "--value",
        metavar="TEXT",
        help="The secret itself, or env.NAME; - is standard input. It stays in the shell's history.",
        rich_help_panel=_SOURCE_PANEL,
    ),
)
_KEY_PARAMETERS: Final = (
    _parameter(
        "model",
        list[str] | None,
        None,
        "--model",
        metavar="MODEL",
        help="A model that the key may serve; repeat for several, * for all (default).",
        rich_help_panel=KEY_PANEL,
    ),
    _parameter(
        "blacklisted_model",
        list[str] | None,
        None,
        "--blacklisted-model",
        metavar="MODEL",
        help="A model that it may not serve; wins over --model.",
        rich_help_panel=KEY_PANEL,
    ),
    _parameter(
        "weight",
        str | None,
        None,
        "--weight",
        metavar="NUMBER",
        help="Share of the traffic among the provider's keys (1).",
        rich_help_panel=KEY_PANEL,
    ),
    _parameter(
        "alias",
        list[str] | None,
        None,
        "--alias",
        metavar="FROM=TO",
        help="Users ask for FROM, the provider is asked for TO; repeat for several.",
        rich_help_panel=KEY_PANEL,
    ),
    _parameter(
        "enabled",
        bool | None,
        None,
        "--enabled/--disabled",
        help="Whether the key is used (enabled).",
        rich_help_panel=KEY_PANEL,
    ),
    _parameter(
        "batch",
        bool | None,
        None,
        "--batch/--no-batch",
        help="Use the key for batch and file requests.",
        rich_help_panel=KEY_PANEL,
    ),
)


class OwnOption(NamedTuple):
    """An option for one field of one or more config objects."""

    field: Field
    providers: tuple[str, ...]

    @property
    def parameter(self) -> str:
        """The parameter's name."""
        return self.field.option.removeprefix("--").replace("-", "_")

    @property
    def panel(self) -> str:
        """The heading in the help."""
        *most, last = self.providers
        return "Only for " + (f"{', '.join(most)} and {last}" if most else last)


def _own_options() -> tuple[OwnOption, ...]:
    owners: dict[str, list[str]] = {}
    fields: dict[str, Field] = {}
    for config in CONFIG_OBJECTS:
        for field in config.fields:
            owners.setdefault(field.option, []).append(config.provider)
            fields.setdefault(field.option, field)
    return tuple(OwnOption(field, tuple(owners[option])) for option, field in fields.items())


OWN_OPTIONS: Final = _own_options()
_SHARED_HELP: Final = {"--url": "Address of the server, as http://HOST:8000."}


def _own_parameters(own: OwnOption) -> Sequence[inspect.Parameter]:
    field, name, panel = own.field, own.parameter, own.panel
    if field.kind == "boolean":
        flags = f"{field.option}/--no-{field.option.removeprefix('--')}"
        return [_parameter(name, bool | None, None, flags, help=field.help, rich_help_panel=panel)]
    if field.kind in ("list", "buckets"):
        metavar = "NAME[=PREFIX]" if field.kind == "buckets" else "TEXT"
        several = list[str] | None
        return [
            _parameter(
                name, several, None, field.option, metavar=metavar, help=field.help, rich_help_panel=panel
            )
        ]
    metavar = "TEXT|env.NAME" if field.reference else "TEXT"
    about = _SHARED_HELP.get(field.option, field.help)
    plain = _parameter(
        name, str | None, None, field.option, metavar=metavar, help=about, rich_help_panel=panel
    )
    if not field.secret:
        return [plain]
    beside = _parameter(
        f"{name}_file",
        str | None,
        None,
        f"{field.option}-file",
        metavar="PATH",
        help="The same from a file.",
        rich_help_panel=panel,
    )
    return [plain, beside]


KEY_PARAMETERS: Final = (
    *_SECRET_PARAMETERS,
    *_KEY_PARAMETERS,
    *(parameter for own in OWN_OPTIONS for parameter in _own_parameters(own)),
)
SECRET_PARAMETERS: Final = _SECRET_PARAMETERS


@dataclass(frozen=True)
class KeyOptions:
    """The values of all options that say what a key is; None or empty where one was not given."""

    given: Mapping[str, Any]


@dataclass(frozen=True)
class SecretOptions:
    """The values of the options that name the source of the secret."""

    given: Mapping[str, Any]


def expand(annotation: Any) -> Sequence[inspect.Parameter] | None:
    """The options that a parameter of this type stands for."""
    if annotation is KeyOptions:
        return KEY_PARAMETERS
    return SECRET_PARAMETERS if annotation is SecretOptions else None


_OPTION_OF_FIELD: Final = {
    "name": "--name",
    "id": "--id",
    "models": "--model",
    "blacklisted_models": "--blacklisted-model",
    "weight": "--weight",
    "aliases": "--alias",
    "value": "--value",
    **{own.field.name: own.field.option for own in OWN_OPTIONS},
}


def option_of(path: Path) -> str | None:
    """The option that sets the field at this path of a key, None where there is none."""
    parts = [part for part in path if isinstance(part, str)]
    if not parts:
        return None
    name = parts[1] if parts[0] in CONFIG_BY_NAME and len(parts) > 1 else parts[0]
    return _OPTION_OF_FIELD.get(name)
