"""The state of the gateway's database."""

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from bifrost_keys.gateway.restart.key_rows import KeyRows, ListedRows

if TYPE_CHECKING:
    from bifrost_keys.gateway.providers.settings_hash import ProviderRow

DatabaseKind: TypeAlias = Literal["disabled", "absent", "postgres", "unreadable", "read"]
NO_ROWS: Final = ListedRows()
# An empty database has no keys; one whose path is in the gateway's environment is somewhere else.
_IN_DOUBT = frozenset(
    {"permission", "io", "not-sqlite", "locked", "damaged", "changing", "no-tables", "schema"}
)


class DatabaseState(NamedTuple):
    """The state of the gateway's database.

    ``kind``: "disabled" (the file switches it off), "absent" (there is none here; the gateway may have one
    elsewhere), "postgres" (it cannot be read from here), "unreadable" (``reason`` is a stable code, ``why`` a
    sentence), "read". ``path`` is the database that was read or looked for; ``guessed``: the gateway resolves
    the path elsewhere, so it may use another one. ``rows`` are its keys, ``migrations`` the ids of those that
    were run, ``columns`` the columns of the table of keys, ``provider_rows`` the providers with their own
    settings.
    """

    kind: DatabaseKind
    path: str | None = None
    guessed: bool = False
    reason: str = ""
    why: str = ""
    rows: KeyRows = NO_ROWS
    providers: frozenset[str] = frozenset()
    migrations: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    provider_rows: "tuple[ProviderRow, ...]" = ()

    @property
    def in_doubt(self) -> bool:
        """Whether there is a database that may contain keys and cannot be read."""
        return self.kind == "unreadable" and self.reason in _IN_DOUBT

    @property
    def may_be_kept(self) -> bool:
        """Whether the gateway may have a database for this file: always, unless it is switched off."""
        return self.kind != "disabled"


def unreadable(path: str | None, reason: str, why: str) -> DatabaseState:
    """Return the state of a database that cannot be read."""
    return DatabaseState("unreadable", path, reason=reason, why=why)
