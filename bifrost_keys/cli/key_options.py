"""The options for a key: its secret, its fields, and the fields of its provider.

This module does not postpone annotations, for the reason in ``command``.
"""

import inspect
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import chain
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

from bifrost_keys.cli.options import (
    KEY_PANEL,
    SECRET_PANEL,
    SWITCH_PANEL,
    OptionGroup,
    flag,
    value_option,
)
from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME, CONFIG_OBJECTS, FLAGS, Field
from bifrost_keys.gateway.rules.fault import Path

Text: TypeAlias = str | None
Texts: TypeAlias = list[str] | None
Choice: TypeAlias = bool | None
OptionValue: TypeAlias = str | bool | list[str]


class SecretOptions(OptionGroup):
    """The source of the secret; at most one may be given. This may contain the secret itself."""

    value_env: Annotated[
        Text,
        value_option(
            "--value-env",
            "NAME",
            "Store the reference env.NAME (recommended). The gateway reads the variable.",
            SECRET_PANEL,
        ),
    ] = None
    value_stdin: Annotated[
        bool, flag("--value-stdin", "Read the secret from standard input.", SECRET_PANEL)
    ] = False
    value_file: Annotated[
        Text, value_option("--value-file", "PATH", "Read the secret from a file.", SECRET_PANEL)
    ] = None
    value_command: Annotated[
        Text,
        value_option(
            "--value-command",
            "COMMAND",
            "Run a command, without a shell, and use its output as the secret.",
            SECRET_PANEL,
        ),
    ] = None
    value: Annotated[
        Text,
        value_option(
            "--value",
            "TEXT",
            "Use TEXT as the secret (it stays in the shell's history); - reads standard input.",
            SECRET_PANEL,
        ),
    ] = None


def opposite(name: str) -> str:
    """Return the spelling that switches off the flag of this name: without its verb, and short.

    At 80 columns, the help has room for both spellings and the description if this one has 16 characters.
    """
    words = name.removeprefix("--").split("-")
    verbless = words[1:] if len(words) > 2 else words
    while len("-".join(verbless)) > 11:
        verbless.pop()
    return f"--no-{'-'.join(verbless)}"


# The same options with a different help: for a new key, and for an existing one.
_MODEL = partial(value_option, "--model", "MODEL", panel=KEY_PANEL)
_BLACKLIST = partial(value_option, "--blacklisted-model", "MODEL", panel=KEY_PANEL)
_WEIGHT = partial(value_option, "--weight", "NUMBER", panel=KEY_PANEL)
_ALIAS = partial(value_option, "--alias", "FROM=TO", panel=KEY_PANEL)
_ENABLED = partial(flag, "--enabled/--disabled", panel=SWITCH_PANEL)
_BATCH = partial(flag, "--batch/--no-batch", panel=SWITCH_PANEL)


class KeyOptions(SecretOptions):
    """The fields of a new key, None if not given. They may contain the secret itself."""

    model: Annotated[
        Texts, _MODEL("Let the key serve this model. Repeat for more. By default it serves all models (*).")
    ] = None
    blacklisted_model: Annotated[
        Texts, _BLACKLIST("Never let the key serve this model, even with --model. Repeat for more.")
    ] = None
    weight: Annotated[Text, _WEIGHT("Share of the traffic among the provider's keys; the default is 1.")] = (
        None
    )
    alias: Annotated[
        Texts, _ALIAS("Send requests for the model FROM to the provider as TO. Repeat for more.")
    ] = None
    enabled: Annotated[Choice, _ENABLED("Enable or disable the key. The default is enabled.")] = None
    batch: Annotated[Choice, _BATCH("Use the key for batch and file requests, or not (the default).")] = None


class KeyChanges(KeyOptions):
    """The fields to change of an existing key, None if not given."""

    model: Annotated[Texts, _MODEL("Replace the list of models with this one. Repeat for more.")] = None
    add_model: Annotated[
        Texts, value_option("--add-model", "MODEL", "Add a model to the list.", KEY_PANEL)
    ] = None
    remove_model: Annotated[
        Texts, value_option("--remove-model", "MODEL", "Remove a model from the list.", KEY_PANEL)
    ] = None
    blacklisted_model: Annotated[
        Texts, _BLACKLIST("Replace the list of blacklisted models with this one. Repeat for more.")
    ] = None
    weight: Annotated[Text, _WEIGHT("Share of the traffic among the provider's keys.")] = None
    alias: Annotated[Texts, _ALIAS("Replace all aliases with this one. Repeat for more.")] = None
    add_alias: Annotated[
        Texts,
        value_option("--add-alias", "FROM=TO", "Add or change an alias. The other aliases stay.", KEY_PANEL),
    ] = None
    remove_alias: Annotated[
        Texts, value_option("--remove-alias", "FROM", "Remove an alias. The other aliases stay.", KEY_PANEL)
    ] = None
    enabled: Annotated[Choice, _ENABLED("Enable or disable the key.")] = None
    batch: Annotated[Choice, _BATCH("Use the key for batch and file requests, or not.")] = None


class OwnOption(NamedTuple):
    """An option for one field of the config objects of one or more providers.

    ``name`` is the field's; for a field of a nested object it has a dot: ``endpoints.runtime``.
    """

    name: str
    field: Field
    providers: tuple[str, ...]

    @property
    def parameter(self) -> str:
        """The name of the option's parameter."""
        return self.field.option.removeprefix("--").replace("-", "_")

    @property
    def panel(self) -> str:
        """The heading in the help."""
        *most, last = self.providers
        return "Only for " + (f"{', '.join(most)} and {last}" if most else last)

    def parameters(self) -> Iterable[inspect.Parameter]:
        """Yield the parameter of the field, and one to read a secret from a file."""
        field, name = self.field, self.field.option
        about = _SHARED_HELP.get(name, field.help)
        option = partial(value_option, panel=self.panel, default=None)
        if field.kind == "boolean":
            yield _parameter(self.parameter, Choice, _switch(name, field.help, self.panel))
        elif field.kind in ("list", "objects"):
            metavar = "NAME[=PREFIX]" if field.kind == "objects" else "TEXT"
            yield _parameter(self.parameter, Texts, option(name, metavar, about))
        else:
            metavar = "TEXT|env.NAME" if field.reference else "NUMBER" if field.kind == "integer" else "TEXT"
            yield _parameter(self.parameter, Text, option(name, metavar, about))
        if field.secret:
            about = f"Read the value of {name} from a file."
            yield _parameter(f"{self.parameter}_file", Text, option(f"{name}-file", "PATH", about))


def _switch(name: str, about: str, panel: str) -> Any:
    return flag(f"{name}/{opposite(name)}", about, panel, default=None)


def _parameter(name: str, kind: Any, declared: Any) -> inspect.Parameter:
    """Return a parameter whose default declares the option, which Typer reads in less time than Annotated."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=declared, annotation=kind)


_SHARED_HELP: Final = {
    "--url": "Address of the server, for example http://HOST:8000.",
    "--region": "Region, for example us-central1 or us-east-1.",
    "--project-id": "Id of the project, at Google Cloud or Bedrock.",
    "--client-id": "Client (application) id, of Entra ID or of a service principal.",
    "--client-secret": "Client secret, of Entra ID or of a service principal.",
}


def _own_options() -> tuple[OwnOption, ...]:
    owners: dict[str, list[str]] = {}
    fields: dict[str, tuple[str, Field]] = {}
    for config in CONFIG_OBJECTS:
        for name, field in config.members():
            if field.option:
                owners.setdefault(field.option, []).append(config.provider)
                fields.setdefault(field.option, (name, field))
    return tuple(OwnOption(name, field, tuple(owners[option])) for option, (name, field) in fields.items())


OWN_OPTIONS: Final = _own_options()


def own_parameters() -> Mapping[str, OwnOption]:
    """Return the options by the names of their parameters."""
    return {parameter.name: own for own in OWN_OPTIONS for parameter in own.parameters()}


class FieldOptions(OptionGroup):
    """The given options for the fields in the table: the switches of a key, and the provider's own fields."""

    given: Mapping[str, OptionValue]

    def __init__(self, **values: Any) -> None:
        """Keep the options that have a value."""
        self.given = {name: value for name, value in values.items() if value not in (None, [])}

    @classmethod
    def parameters(cls) -> list[inspect.Parameter]:
        """Return an option for each field, and for a secret one an option to read it from a file."""
        switches = (
            _parameter(each.name, Choice, _switch(each.option, each.help, SWITCH_PANEL)) for each in FLAGS
        )
        return [*switches, *chain.from_iterable(own.parameters() for own in OWN_OPTIONS)]

    @property
    def switches(self) -> dict[str, bool]:
        """Return the given switches of the key by the names of their fields."""
        return {each.name: bool(self.given[each.name]) for each in FLAGS if each.name in self.given}

    def value(self, own: OwnOption) -> OptionValue | None:
        """Return the given value of the field."""
        return self.given.get(own.parameter)

    def file(self, own: OwnOption) -> str | None:
        """Return the file given for the field, which is a secret."""
        path = self.given.get(f"{own.parameter}_file")
        return path if isinstance(path, str) else None


_OPTION_OF_FIELD: Final = {
    "name": "--name",
    "id": "--id",
    "models": "--model",
    "blacklisted_models": "--blacklisted-model",
    "weight": "--weight",
    "aliases": "--alias",
    "value": "--value",
    **{switch.name: switch.option for switch in FLAGS},
    **{own.name: own.field.option for own in OWN_OPTIONS},
}


def option_of(path: Path) -> str | None:
    """Return the option that sets the field at this path of a key, None if there is none."""
    parts = [part for part in path if isinstance(part, str)]
    if not parts:
        return None
    if parts[0] not in CONFIG_BY_NAME or len(parts) == 1:
        return _OPTION_OF_FIELD.get(parts[0])
    around = (".".join(parts[1:end]) for end in range(len(parts), 1, -1))
    return next((_OPTION_OF_FIELD[name] for name in around if name in _OPTION_OF_FIELD), None)
