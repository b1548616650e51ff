"""Convert keys between the forms of config.json and of the gateway's API, of both generations.

A key that was read has the form of the file: a reference is its text, a literal that the gateway masks is
``Masked``. Only strings are sent, because every release accepts them: an object of the other generation is
stored as the secret, and so are null, true and an empty object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bifrost_keys.errors import InvalidInputError, ServerUnusableError
from bifrost_keys.gateway.secrets.masked import Masked, as_sent, is_gateway_mask

# The gateway's own notes on a key.
NOTED: Final = ("config_hash", "status", "description")
_REFERENCE: Final = ("env.", "vault.")
_CONFIG_SUFFIX: Final = "_key_config"
# Members of config objects that no release shows. They are masks even if they do not look masked.
_NEVER_SHOWN: Final = frozenset(
    {"access_key", "secret_key", "session_token", "client_secret", "auth_credentials", "private_key"}
)
_NEVER_TEXT: Final = "a secret must be a string: the gateway would store anything else as its text"


@dataclass(frozen=True)
class KeyInfo:
    """A key of a gateway.

    ``entry`` is in the file's form, without the gateway's notes. ``unset`` are the dotted names of members
    whose reference resolves to nothing at the gateway. ``description`` is a provider's own sentence, which
    may contain the credential: never show it unmasked.
    """

    provider: str
    id: str
    name: str
    entry: Mapping[str, Any] = field(repr=False)
    status: str | None = None
    description: str | None = field(default=None, repr=False)
    config_hash: str | None = field(default=None, repr=False)
    unset: tuple[str, ...] = ()


def read_key(provider: str, raw: object) -> KeyInfo:
    """Return the key of a response; raise ServerUnusableError if it is not a key."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("id"), str):
        raise ServerUnusableError("the gateway shows a key without an id", code="answer-not-a-key")
    entry = {}
    for name, value in raw.items():
        read = _read_member(name, value)
        if name not in NOTED and read is not None:
            entry[name] = read
    status, description, config_hash = (
        _text(raw.get(name)) for name in ("status", "description", "config_hash")
    )
    name, unset = _text(raw.get("name")) or "", tuple(_unset(raw))
    return KeyInfo(provider, raw["id"], name, entry, status, description, config_hash, unset)


def update_body(wanted: Mapping[str, Any], before: KeyInfo) -> bytes:
    """Return the body of a PUT: the whole key, with members to remove as empty.

    One release would empty an omitted member and another would keep it. Raise InvalidInputError.
    """
    members = {"name": before.name, **_written(wanted)}
    for name, value in before.entry.items():
        if members.get(name) is None and name not in ("id", *NOTED):
            members |= _emptied(name, value)
        elif name.endswith(_CONFIG_SUFFIX) and isinstance(value, Mapping):
            members[name] = _with_emptied_members(members[name], value)
    if before.description is not None:
        members["description"] = before.description
    members.pop("id", None)
    return _encoded(members)


def create_body(wanted: Mapping[str, Any], key_id: str) -> bytes:
    """Return the body of a POST; raise InvalidInputError for a value that cannot be sent."""
    return _encoded({**_written(wanted), "id": key_id})


# Reading


def _read_member(name: str, value: object) -> object:
    if name == "value":
        return _read_secret(value, hidden=True)
    if name == "aliases" and isinstance(value, Mapping):
        aliases = {source: _read_object(target) for source, target in value.items()}
        return {source: target for source, target in aliases.items() if target is not None}
    if name.endswith(_CONFIG_SUFFIX) and isinstance(value, Mapping):
        return _read_object(value)
    return _read_unknown(value)


def _read_object(value: object) -> object:
    """Return a config object or an alias; its members may be secrets, or objects with secrets."""
    if not isinstance(value, Mapping):
        return value
    members = {}
    for name, member in value.items():
        if isinstance(member, Mapping) and not _is_secret(member):
            read = _read_object(member)
        else:
            read = _read_secret(member, hidden=name in _NEVER_SHOWN)
        if read is not None:
            members[name] = read
    return members


def _read_unknown(value: object) -> object:
    """Return a member that only a newer release knows; what is surely a secret must not stay text."""
    if isinstance(value, Mapping):
        if _is_secret(value) and ("type" in value or "from_env" in value):
            return _read_secret(value, hidden=True)
        return {name: _read_unknown(member) for name, member in value.items()}
    return [_read_unknown(member) for member in value] if isinstance(value, list) else value


def _is_secret(value: Mapping[str, object]) -> bool:
    return isinstance(value.get("value"), str) or isinstance(value.get("ref"), str)


def _read_secret(value: object, *, hidden: bool) -> object:
    """Return a reference as its text, a literal as Masked or, if it is shown, as text; None if empty."""
    if isinstance(value, Mapping) and _is_secret(value):
        reference = value.get("ref") or value.get("env_var")
        if isinstance(reference, str) and reference:
            return reference  # the value that it resolves to, masked or not, is dropped
        value = value.get("value", "")
    if not isinstance(value, str) or value.startswith(_REFERENCE):
        return value
    if hidden or is_gateway_mask(value):
        return Masked(value) if value else None
    return value or None


def _unset(value: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the dotted names of members that are references to nothing."""
    for name, member in value.items():
        if not isinstance(member, Mapping) or not (name == "value" or path or name.endswith(_CONFIG_SUFFIX)):
            continue
        if (member.get("ref") or member.get("env_var")) and member.get("value") == "":
            yield f"{path}{name}"
        elif not _is_secret(member):
            yield from _unset(member, f"{path}{name}.")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


# Writing


def _written(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members as they are sent; null is absent in the file, and the text ``null`` on the wire."""
    members: dict[str, object] = {}
    for name, value in entry.items():
        if value is None or name in NOTED:
            continue
        if name == "value":
            members[name] = _written_secret(value, name)
        elif name == "aliases" and isinstance(value, Mapping):
            members[name] = {source: _written_object(target, name) for source, target in value.items()}
        elif name.endswith(_CONFIG_SUFFIX):
            members[name] = _written_object(value, name)
        else:
            members[name] = _written_unknown(value)
    return members


def _written_object(value: object, path: str) -> object:
    if not isinstance(value, Mapping):
        return _written_secret(value, path) if isinstance(value, Masked) else value
    if _is_secret(value):
        return _written_secret(value, path)
    return {
        name: _written_text_or(member, f"{path}.{name}")
        for name, member in value.items()
        if member is not None
    }


def _written_text_or(value: object, path: str) -> object:
    if isinstance(value, str | Masked):
        return _written_secret(value, path)
    return _written_object(value, path)


def _written_secret(value: object, path: str) -> str:
    if isinstance(value, Mapping) and _is_secret(value):
        value = value.get("ref") or value.get("env_var") or value.get("value")
    if isinstance(value, Masked):
        return as_sent(value)
    if not isinstance(value, str):
        raise InvalidInputError(f"{path}: {_NEVER_TEXT}", code="value-type", field=path)
    if len(value) > 1 and value[0] == value[-1] == '"':
        raise InvalidInputError(
            f"{path}: begins and ends with a quotation mark, which the gateway would remove",
            code="value-quoted",
            field=path,
        )
    return value


def _written_unknown(value: object) -> object:
    if isinstance(value, Masked):
        return as_sent(value)
    if isinstance(value, Mapping):
        return {name: _written_unknown(member) for name, member in value.items()}
    return [_written_unknown(member) for member in value] if isinstance(value, list) else value


def _emptied(name: str, value: object) -> dict[str, object]:
    """Return how a member to be removed is sent; an object of an unknown kind is omitted."""
    if name == "enabled":
        return {name: True}
    if isinstance(value, Mapping):
        if name.endswith(_CONFIG_SUFFIX):
            return {name: None}
        return {name: {}} if name == "aliases" else {}
    if isinstance(value, bool):
        return {name: False}
    if isinstance(value, int | float):
        return {name: 0}
    return {name: []} if isinstance(value, list) else {name: ""}


def _with_emptied_members(wanted: object, before: Mapping[str, Any]) -> object:
    if not isinstance(wanted, Mapping):
        return wanted
    members = dict(wanted)
    for name, value in before.items():
        if name not in members:
            members |= _emptied(name, value)
    return members


def _encoded(members: Mapping[str, Any]) -> bytes:
    # Not as escapes: a release stores a text with an escaped surrogate pair including its quotation marks.
    try:
        return json.dumps(members, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInputError("the key contains half of a surrogate pair", code="text-invalid") from None
    except (TypeError, ValueError):
        raise InvalidInputError(
            "the key contains a value that JSON cannot represent", code="value-type"
        ) from None
