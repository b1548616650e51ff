"""Create keys for the variables in a ``.env`` file."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.desired_state import Desired, DesiredKey, DesiredProvider
from bifrost_keys.gateway.env_variables import Match, match_variables
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.secrets.detection import is_variable_name
from bifrost_keys.operations.apply import ApplyRequest, apply_keys
from bifrost_keys.operations.planning.refusals import refuse_faults
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.stores.protocol import Notice, Snapshot, Store

# A .env file has many variables; only those named like a key are worth a warning.
_KEY_LIKE: Final = re.compile(r"(?:KEY|TOKEN|SECRET)(?:_[0-9]+)?\Z")


@dataclass(frozen=True)
class Variables:
    """The variables of a file. The values are never shown.

    ``empty`` have no value; ``doubled`` appear more than once, ``differing`` with different values.
    """

    values: Mapping[str, str] = field(repr=False)
    empty: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportRequest:
    """The variables to import, as references or, with ``literal``, as secrets.

    ``prefix``: import only variables whose names start with it. ``replace``: update keys that exist and
    differ.
    """

    variables: Variables
    prefix: str = ""
    literal: bool = False
    replace: bool = False
    overwrite_web: bool = False


def parse_variables(data: bytes, *, source: str = "the input") -> Variables:
    """Parse a ``.env`` file with quotes, ``export``, comments and any line ends.

    ``${NAME}`` is not expanded, because its value may be different at the gateway. Raise InvalidInputError
    naming every line of ``source`` that is not NAME=VALUE.
    """
    from dotenv.parser import parse_stream

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInputError(f"{source} is not UTF-8") from None
    if text.lstrip()[:1] in ("{", "["):
        hint = "keys apply reads keys as JSON"
        raise InvalidInputError(f"{source} is JSON, not a .env file", code="env-json", hint=hint)
    values: dict[str, str] = {}
    faults: list[Fault] = []
    empty: dict[str, None] = {}
    doubled: list[str] = []
    differing: list[str] = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            message = f"line {binding.original.line} of {source} is not NAME=VALUE"
            faults.append(Fault("env-line", (), "error", message, "correct the line"))
        if binding.key is None:
            continue
        if binding.key in values or binding.key in empty:
            doubled.append(binding.key)
            if values.get(binding.key, "") != (binding.value or ""):
                differing.append(binding.key)
        values.pop(binding.key, None)
        empty.pop(binding.key, None)
        if binding.value:
            values[binding.key] = binding.value
        else:
            empty[binding.key] = None
    refuse_faults(faults)
    return Variables(values, tuple(empty), tuple(doubled), tuple(differing))


def import_keys(store: Store, request: ImportRequest, *, dry_run: bool = False) -> ChangeReport:
    """Create a key for each well-known variable, named after it, in one write.

    An equal key is left alone; one that differs is a ConflictError unless ``replace``.
    """
    variables = request.variables
    held = variables.values if request.literal else {name: f"env.{name}" for name in variables.values}
    match = match_variables(held, prefix=request.prefix)
    referred = _referred(store.read())
    skipped: list[str] = []
    same: list[str] = []
    met: dict[str, str] = {}
    providers: dict[str, list[DesiredKey]] = {}
    for provider, members in match.keys:
        name = members["name"]
        if referred.get(f"env.{name}", name) != name:
            skipped.append(name)  # another key refers to the variable
            continue
        first = met.setdefault(_content(provider, members, variables), name)
        if first != name:
            same.append(f"{name} was not imported: it has the same value as {first}")
            continue
        providers.setdefault(provider, []).append(DesiredKey((members["name"],), members))
    wanted = tuple(DesiredProvider(name, tuple(keys)) for name, keys in providers.items())
    faults = _literal_faults(match, variables) if request.literal else []
    apply_request = ApplyRequest(
        Desired(wanted, tuple(faults)),
        replace=request.replace,
        overwrite_web=request.overwrite_web,
    )
    report = apply_keys(store, apply_request, dry_run=dry_run)
    unknown = [_shown(name) for name in match.unknown]
    hint = "a second key with the same secret would only double its share of the traffic"
    notices = [Notice("variables-same", message, hint) for message in same]
    notices += _notices(match, unknown, request)
    details = report.details._replace(unknown=unknown, skipped=skipped)
    return report._replace(notices=(*report.notices, *notices), details=details)


def _content(provider: str, members: Mapping[str, Any], variables: Variables) -> str:
    """Return the text that is the same for two keys with the same secrets. Never shown."""

    def content(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: content(part) for name, part in value.items()}
        return variables.values.get(value.removeprefix("env."), value)

    return repr((provider, content({name: value for name, value in members.items() if name != "name"})))


def _referred(snapshot: Snapshot) -> dict[str, str | None]:
    """Return the references in the values of keys, each with the name of its key."""
    return {
        value: key.name
        for key in snapshot.keys()
        if isinstance(value := key.fields.get("value"), str) and value.startswith("env.")
    }


def _literal_faults(match: Match, variables: Variables) -> list[Fault]:
    faults = []
    names = {members["name"] for _, members in match.keys}
    for name in variables.differing:
        if name in names:
            message = "appears twice with different values"
            faults.append(Fault("variable-doubled", (name,), "error", message, "leave one of them out"))
    for name in names:
        if "${" in variables.values[name]:
            message = "refers to another variable, which is not expanded"
            faults.append(Fault("variable-interpolated", (name,), "error", message, "write the value"))
    return faults


def _notices(match: Match, unknown: list[str], request: ImportRequest) -> list[Notice]:
    notices = []
    unknown = [name for name in unknown if _KEY_LIKE.search(name)]
    if unknown:
        message = f"no provider is known for {', '.join(unknown)}: not imported"
        notices.append(Notice("variables-unknown", message, "keys create adds a key of any provider"))
    for name, why in match.incomplete.items():
        notices.append(Notice("variables-incomplete", f"{_shown(name)} was not imported: {why}"))
    values = request.variables.values
    for name, used in match.passed_over.items():
        if values[name] != values[used]:
            message = (
                f"{_shown(name)} was not imported: {_shown(used)} has another value and was used instead"
            )
            notices.append(Notice("variables-passed-over", message, "keys create adds a second key"))
    empty = [_shown(name) for name in request.variables.empty if name.startswith(request.prefix)]
    if not (match.keys or notices or empty):
        what = "with this prefix " if request.prefix else ""
        notices.append(
            Notice("variables-missing", f"there is no variable {what}in the input: nothing to import")
        )
    if empty:
        notices.append(Notice("variables-empty", f"empty, so not imported: {', '.join(empty)}"))
    doubled = [
        _shown(name) for name in dict.fromkeys(request.variables.doubled) if name.startswith(request.prefix)
    ]
    if doubled:
        notices.append(Notice("variables-doubled", f"in the input more than once: {', '.join(doubled)}"))
    return notices


def _shown(name: str) -> str:
    """Return the variable's name unless it may be a secret in the wrong place."""
    return name if is_variable_name(name) else "********"
