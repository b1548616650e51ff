"""The types of the table of fields: a field, and the config object of a provider."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from bifrost_keys.gateway.releases import NEWEST, OLDEST, Release

Kind = Literal[
    "text", "secret", "plain", "boolean", "integer", "number", "list", "object", "objects", "aliases"
]


class Form(NamedTuple):
    """The form of a literal that the gateway accepts: a pattern for the whole text, and a description."""

    pattern: str
    words: str


# The form of a region of AWS or Google Cloud.
REGION: Final = Form("[a-z0-9][a-z0-9-]{0,62}", "lower-case letters, digits and hyphens")


class Field(NamedTuple):
    """One field of a key, of a config object or of an object inside one.

    ``kind``: "text" may be a reference ``env.NAME``, and is an object in the gateway's API; "secret" is the
    same for a secret, whose option also has a ``…-file`` form; "plain" is text that is never a reference;
    "list" is a list of plain texts; "object" and "objects" (a list of them) have ``fields``.
    ``option``: the option that sets it; empty if only ``--from-file`` and ``apply`` can.
    ``shown``: it says where something is, so literals in it are not masked.
    ``omit``: when the hash omits it: "" never, "absent" or "empty" (also 0 and false).
    ``since``, ``until``, ``absent_at``: releases before ``since`` and after ``until`` ignore it; releases
    after ``absent_at`` and before ``since`` may know it.
    ``form``: the form of a literal that the gateway's API requires.
    ``column``: its column in the gateway's database, without the provider's prefix.
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
    fields: "tuple[Field, ...]" = ()

    @property
    def reference(self) -> bool:
        """Whether the field may be a reference ``env.NAME``."""
        return self.kind in ("text", "secret")

    @property
    def secret(self) -> bool:
        """Whether the field is a secret. Fields that say who somebody is are not, but are masked as well."""
        return self.kind == "secret"

    def known_to(self, release: Release) -> bool | None:
        """Return whether a gateway of this release reads the field; None if that is unknown."""
        if release < self.since:
            return False if self.absent_at is None or release <= self.absent_at else None
        return release <= self.until


class ConfigObject(NamedTuple):
    """The config object of one provider, with its fields in the order of the hash.

    ``required`` says that keys cannot work without the object. The fields of each group in ``all_or_none``
    must be set together; of each group in ``exclusive`` at most one may be set. A key with an empty value
    needs every field in ``instead_of_value``.
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
        """Return the field with this name (``endpoints.runtime`` for a nested one), or None."""
        fields = self.fields
        *parents, last = name.split(".")
        for parent in parents:
            fields = next((each.fields for each in fields if each.name == parent), ())
        return next((each for each in fields if each.name == last), None)

    def members(self) -> Iterator[tuple[str, Field]]:
        """Yield every field with its name; nested fields follow the object that contains them."""
        return _members(self.fields, "")

    def column(self, field: Field) -> str:
        """Return the column of the gateway's table ``config_keys`` that contains ``field``."""
        return f"{self.provider.replace('-', '_')}_{field.column or field.name}"


def _members(fields: tuple[Field, ...], prefix: str) -> Iterator[tuple[str, Field]]:
    for field in fields:
        yield prefix + field.name, field
        if field.kind == "object":
            yield from _members(field.fields, f"{prefix}{field.name}.")
