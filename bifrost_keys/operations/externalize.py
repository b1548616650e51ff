"""Move literal secrets out of the file, into an environment file, and refer to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from bifrost_keys.errors import BifrostKeysError, ConflictError
from bifrost_keys.gateway.fields import CONFIG_OBJECTS
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secrets.detection import is_reference, is_variable_name
from bifrost_keys.operations.changeset import Plan, run_plan
from bifrost_keys.operations.delete import find_keys
from bifrost_keys.operations.export import referenced_variables
from bifrost_keys.operations.refusals import refuse_faults
from bifrost_keys.operations.results import ChangeReport, Notice
from bifrost_keys.operations.selectors import label
from bifrost_keys.stores.config_file.document import EntryRef
from bifrost_keys.stores.protocol import Store

# What Docker, systemd and shells all read alike without quotes.
_PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9_./+=:@%-]+", re.ASCII)
_CAPITALS: Final = re.compile(r"[A-Z_][A-Z0-9_]*", re.ASCII)


class AddVariables(Protocol):
    """Adds variables to an environment file and answers the names of those that it had not got yet."""

    def __call__(self, variables: Mapping[str, str], *, dry_run: bool) -> Sequence[str]:
        """Add them, or in a ``dry_run`` only look whether they can be added."""


def externalize_keys(
    store: Store,
    selectors: Sequence[str],
    add_variables: AddVariables,
    *,
    release: str | None = None,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Give ``add_variables`` every literal secret of these keys, and write references in their place.

    The variables are safe in their file before this one is written: killed in between, a secret is in
    both, never in neither, and an error after that says so. A variable is named after its key and field.
    Raises InvalidInputError for a value that needs quotes in an environment file, ConflictError when two
    secrets want one variable, or something in the file refers to it already.
    """
    added: list[str] = []
    variables: dict[str, str] = {}

    def decide(plan: Plan) -> None:
        faults: list[Fault] = []
        for ref in find_keys(plan.document, selectors):
            entry = plan.document.load(ref)
            plan.put(ref, _externalized(ref, entry, variables, faults))
        refuse_faults(faults)
        if variables:
            _refuse_referred(plan, add_variables(variables, dry_run=True))
            plan.edit.apply()  # whatever can be refused is, before a secret is written anywhere
            added.extend(add_variables(variables, dry_run=dry_run))

    try:
        report = run_plan(store, decide, release=release, overwrite_web=overwrite_web, dry_run=dry_run)
    except BifrostKeysError as error:
        if added and not dry_run:
            error.message += f"; {', '.join(added)} had been added to the environment file before"
        raise
    notices = list(report.notices)
    if variables:
        message = f"the gateway needs these variables in its environment: {', '.join(variables)}"
        notices.append(Notice("variables_needed", message, "give it the environment file before it starts"))
    return report._replace(
        notices=tuple(notices),
        details={**report.details, "variables": list(variables), "added": added},
    )


def _refuse_referred(plan: Plan, variables: Sequence[str]) -> None:
    """Raise ConflictError for a new variable that something refers to already: it would get this secret."""
    referred = referenced_variables(plan.document) if variables else {}
    for name in variables:
        if name in referred:
            raise ConflictError(
                f"the secret would be the variable {name}, and {referred[name][0]} refers to that already",
                code="variable_referred",
                hint="rename one of the keys first",
            )


def _externalized(
    ref: EntryRef, entry: Mapping[str, Any], variables: dict[str, str], faults: list[Fault]
) -> dict[str, Any]:
    new = dict(entry)
    for path, value in _literals(entry):
        place = ("providers", ref.provider, "keys", ref.index, *path)
        if not _PLAIN_VALUE.fullmatch(value):
            message = "holds a character that Docker, systemd and shells read differently"
            hint = "only letters, digits and _ . / + = : @ % - can stand without quotes"
            faults.append(Fault("value-needs-quotes", place, "error", message, hint))
            continue
        name = _variable(ref, path[-1])
        if not is_variable_name(name):
            message = "the key's name makes no name of a variable"
            faults.append(Fault("variable-name", place, "error", message, "rename the key first"))
            continue
        if variables.setdefault(name, value) != value:
            raise ConflictError(
                f"two secrets would be the variable {name}, the second of {label(ref)}",
                code="variable_differs",
                hint="rename one of the keys first",
            )
        if len(path) == 1:
            new["value"] = f"env.{name}"
        else:
            config, field = str(path[0]), str(path[1])
            new[config] = {**new[config], field: f"env.{name}"}
    return new


def _literals(entry: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The literal secrets of an entry with their places."""
    value = entry.get("value")
    if isinstance(value, str) and value and not is_reference(value):
        yield ("value",), value
    for config in CONFIG_OBJECTS:
        members = entry.get(config.name)
        if not isinstance(members, Mapping):
            continue
        for field in config.fields:
            inner = members.get(field.name)
            if field.secret and isinstance(inner, str) and inner and not is_reference(inner):
                yield (config.name, field.name), inner


def _variable(ref: EntryRef, field: str | int) -> str:
    """``OPENAI_PROD_API_KEY`` for the value of openai/prod; a name that is a variable's is kept.

    Empty for a name without a letter or digit of ASCII, which would leave nothing to tell keys by.
    """
    name = ref.name or ref.id or ""
    if _CAPITALS.fullmatch(name):
        return name if field == "value" else f"{name}_{str(field).upper()}"
    base = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    if not base:
        return ""
    provider = re.sub(r"[^A-Z0-9]+", "_", ref.provider.upper())
    base = base if base == provider or base.startswith(f"{provider}_") else f"{provider}_{base}"
    return f"{base}_API_KEY" if field == "value" else f"{base}_{str(field).upper()}"
