"""The types of the one table of fields: a field, and the config object of a provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from bifrost_keys.gateway.releases import NEWEST, OLDEST, Release

Kind = Literal[
    "text", "secret", "plain", "boolean", "integer", "number", "list", "object", "objects", "aliases"
]


class Form(NamedTuple):
    """What a literal looks like that the gateway takes: a pattern for the whole of it, and words for it."""

    pattern: str
    words: str


class Field(NamedTuple):
    """One field of a key, of a config object or of an object inside one.

    ``kind``: "text" may be a reference ``env.NAME`` and is an object in the gateway's own interface;
    "secret" is such a text that is secret by its nature and has a ``…-file`` form of its option; "plain"
    is text that is never a reference; "list" is a list of plain texts; "object" and "objects" (a list
    of them) have ``fields``. ``option``: empty where only ``--from-file`` and ``apply`` can give it.
    ``shown``: it says where something is, so a literal in it is not masked. ``omit``: when the hash
    leaves it out: "" never, "absent", or "empty" (0 and false too). Releases before ``since`` and after
    ``until`` ignore it; those after ``absent_at`` and before ``since`` may know it already.
    ``form``: what the gateway's own interface asks of a literal. ``column``: its column in the gateway's
    database, without the provider's prefix.
    """

    name: str
    option: str = ""
    help: str = ""
    kind: Kind = "text"
    shown: bool = False
    required: bool = False
    omit: Literal["", "absent", "empty"] = ""
    since: Release = OLDEST
    absent_at: Release | None = None
    until: Release = NEWEST
    column: str = ""
    form: Form | None = None
    fields: tuple[Field, ...] = ()

    @property
    def reference(self) -> bool:
        """Whether the field takes ``env.NAME``."""
        return self.kind in ("text", "secret")

    @property
    def secret(self) -> bool:
        """Whether the field is a secret by its nature (what says who is masked all the same)."""
        return self.kind == "secret"

    def known_to(self, release: Release) -> bool | None:
        """Whether a gateway of this release reads the field; None where that is not known."""
        if release < self.since:
            return False if self.absent_at is None or release <= self.absent_at else None
        return release <= self.until


class ConfigObject(NamedTuple):
    """The config object of one provider, its fields in the order of the hash.

    ``required``: its keys cannot work without the object. Of each group in ``all_or_none`` either every
    field is given or none is; of each in ``exclusive`` one at most. A key whose value is empty needs every
    field in ``instead_of_value``.
    """

    name: str
    provider: str
    fields: tuple[Field, ...]
    required: bool = True
    all_or_none: tuple[tuple[str, ...], ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    instead_of_value: tuple[str, ...] = ()
    since: Release = OLDEST

    def field(self, name: str) -> Field | None:
        """The field of this name, or None; one inside an object is named as ``endpoints.runtime``."""
        fields = self.fields
        *parents, last = name.split(".")
        for parent in parents:
            fields = next((each.fields for each in fields if each.name == parent), ())
        return next((each for each in fields if each.name == last), None)

    def members(self) -> Iterator[tuple[str, Field]]:
        """Every field with its name, those inside objects too, each after the object that it is in."""
        return _members(self.fields, "")

    def column(self, field: Field) -> str:
        """The column of the gateway's table ``config_keys`` that holds ``field``."""
        return f"{self.provider.replace('-', '_')}_{field.column or field.name}"


def _members(fields: tuple[Field, ...], prefix: str) -> Iterator[tuple[str, Field]]:
    for field in fields:
        yield prefix + field.name, field
        if field.kind == "object":
            yield from _members(field.fields, f"{prefix}{field.name}.")
