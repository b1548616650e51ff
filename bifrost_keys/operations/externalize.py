"""Move literal secrets from the file to an environment file, and replace them with references."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from bifrost_keys.errors import BifrostKeysError, ConflictError
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secrets.detection import is_variable_name
from bifrost_keys.gateway.secrets.literals import literal_secrets
from bifrost_keys.operations.export import referenced_variables
from bifrost_keys.operations.planning.plan import Plan
from bifrost_keys.operations.planning.refusals import refuse_faults
from bifrost_keys.operations.results import ChangeReport, Details
from bifrost_keys.operations.selectors import find_keys
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.store import ConfigStore
from bifrost_keys.stores.protocol import Key, Notice

# Docker, systemd and shells read these characters alike without quotes.
_PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9_./+=:@%-]+", re.ASCII)
_CAPITALS: Final = re.compile(r"[A-Z_][A-Z0-9_]*", re.ASCII)


class AddVariables(Protocol):
    """Adds variables to an environment file, and returns the names of those that were not in it."""

    def __call__(self, variables: Mapping[str, str], *, dry_run: bool) -> Sequence[str]:
        """Add them, or in a ``dry_run`` only check that they can be added."""


def externalize_keys(
    store: ConfigStore,
    selectors: Sequence[str],
    add_variables: AddVariables,
    *,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Pass every literal secret of these keys to ``add_variables``, and replace it with a reference.

    The environment file is written first: after a crash in between, a secret is in both files and never in
    neither, and the error says so. A variable is named after its key and field. Raise InvalidInputError for a
    value that needs quotes in an environment file; ConflictError if two secrets would get the same variable,
    or if something in the file refers to it already.
    """
    added: list[str] = []
    variables: dict[str, str] = {}
    try:
        with store.transaction(dry_run=dry_run, overwrite_web=overwrite_web) as transaction:
            plan = Plan(transaction)
            _plan_references(plan, selectors, variables)
            if variables:
                _refuse_referred(transaction.snapshot, add_variables(variables, dry_run=True))
                transaction.prepare(
                    plan.changeset
                )  # refuse whatever can be refused before a secret is written
                added.extend(add_variables(variables, dry_run=dry_run))
            report = plan.carry_out(store, dry_run=dry_run)
    except BifrostKeysError as error:
        if added and not dry_run:
            error.message += f"; {', '.join(added)} had already been added to the environment file"
        raise
    notices = list(report.notices)
    if variables:
        message = f"the gateway needs these variables in its environment: {', '.join(variables)}"
        notices.append(
            Notice("variables-needed", message, "load the environment file before the gateway starts")
        )
    details = Details(variables=list(variables), added=added)
    return report._replace(notices=tuple(notices), details=details)


def _plan_references(plan: Plan, selectors: Sequence[str], variables: dict[str, str]) -> None:
    faults: list[Fault] = []
    for key in find_keys(plan.snapshot, selectors, patterns=True):
        plan.put(key, _externalized(key, variables, faults))
    refuse_faults(faults)


def _refuse_referred(snapshot: FileSnapshot, variables: Sequence[str]) -> None:
    """Raise ConflictError if a new variable is referred to already: the reference would get this secret."""
    referred = referenced_variables(snapshot) if variables else {}
    for name in variables:
        if name in referred:
            raise ConflictError(
                f"the secret would become the variable {name}, which {referred[name][0]} already refers to",
                code="variable-referred",
                hint="rename one of the keys first",
            )


def _externalized(key: Key, variables: dict[str, str], faults: list[Fault]) -> dict[str, Any]:
    new = dict(key.fields)
    for literal in literal_secrets(key.fields):
        place = ("providers", key.provider, "keys", key.position, *literal.path)
        if literal.obstacle:
            faults.append(Fault("literal-not-movable", place, "error", literal.obstacle, literal.hint))
            continue
        if not _PLAIN_VALUE.fullmatch(literal.text):
            message = "contains a character that Docker, systemd and shells read differently"
            hint = "only letters, digits and _ . / + = : @ % - can be written without quotes"
            faults.append(Fault("value-needs-quotes", place, "error", message, hint))
            continue
        name = _variable(key, str(literal.path[-1]))
        if not is_variable_name(name):
            message = "no variable name can be made from the key's name"
            faults.append(Fault("variable-name", place, "error", message, "rename the key first"))
            continue
        if variables.setdefault(name, literal.text) != literal.text:
            raise ConflictError(
                f"two secrets would become the variable {name}; the second is that of {key.label}",
                code="variable-differs",
                hint="rename one of the keys first",
            )
        _refer(new, literal.path, f"env.{name}")
    return new


def _refer(entry: dict[str, Any], path: Path, reference: str) -> None:
    """Replace the literal at ``path`` with the reference. The path is one or two names long."""
    first, *rest = map(str, path)
    entry[first] = {**entry[first], rest[0]: reference} if rest else reference


def _variable(key: Key, field: str) -> str:
    """Return a name such as ``OPENAI_PROD_API_KEY`` for the value of openai/prod.

    A key that is named like a variable keeps its name. Empty if the name has no ASCII letter or digit: the
    variables of two such keys would be the same.
    """
    name = key.name or key.id or ""
    if _CAPITALS.fullmatch(name):
        return name if field == "value" else f"{name}_{field.upper()}"
    base = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    if not base:
        return ""
    provider = re.sub(r"[^A-Z0-9]+", "_", key.provider.upper())
    base = base if base == provider or base.startswith(f"{provider}_") else f"{provider}_{base}"
    return f"{base}_API_KEY" if field == "value" else f"{base}_{field.upper()}"
