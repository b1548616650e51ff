"""Which names and ids are in use already, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.key import free_name
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.operations.gateway_state import Knowledge
from bifrost_keys.stores.config_file.document import Document, EntryRef


class Handles(NamedTuple):
    """The names (in comparable form) or the ids of each provider's keys."""

    of_provider: Sequence[tuple[str, Sequence[str | None]]]

    def holder(self, handle: str) -> str | None:
        """The provider whose key has this name or id; of several the last, None when it is free."""
        # For one look a set of 100,000 texts costs more than it saves.
        return next((name for name, own in reversed(self.of_provider) if handle in own), None)

    def all(self) -> frozenset[str | None]:
        """All of them, to be looked at many times."""
        return frozenset().union(*(own for _, own in self.of_provider))


class Taken(NamedTuple):
    """The names and ids of the file and of the gateway's database."""

    names: Handles
    ids: Handles
    database_names: Mapping[str, str]
    database_ids: Mapping[str, str]

    @classmethod
    def of(cls, document: Document, knowledge: Knowledge) -> Taken:
        """Every name and id of the file and of the gateway's database."""
        rows = knowledge.database.rows
        return cls(
            Handles([(span.name, _comparable(span.names)) for span in document.spans]),
            Handles([(span.name, span.ids) for span in document.spans]),
            {comparable_name(row.name): row.provider for row in rows},
            {row.key_id: row.provider for row in rows},
        )

    def free_name(self, provider: str) -> str:
        """The first free ``PROVIDER-N``."""
        return free_name(provider, self.names.all() | self.database_names.keys())

    def conflict(
        self, entry: Mapping[str, Any], provider: str, document: Document, *, same_provider: bool
    ) -> EntryRef | None:
        """Raise ConflictError when the entry's name or id is taken; None when both are free.

        With ``same_provider`` a key of the provider itself that has the name or id is the answer.
        """
        name, key_id = comparable_name(entry["name"]), entry["id"]
        found = []
        for handles, what, handle in ((self.names, "name", name), (self.ids, "id", key_id)):
            holder = handles.holder(handle)
            if holder is None:
                continue
            if same_provider and holder == provider:
                found.append(_entry_of(document, provider, what, handle))
                continue
            raise ConflictError(
                f"the {what} is taken by a key of {holder}",
                code=f"{what}_taken",
                field=f"--{what}",
                hint="choose another one, or change that key with keys update",
            )
        if found:
            if len({ref.index for ref in found}) > 1:
                message = "the name and the id belong to two different keys"
                raise ConflictError(message, code="ambiguous_key", hint="give one of them")
            return found[0]
        for where, what, handle in ((self.database_names, "name", name), (self.database_ids, "id", key_id)):
            if handle in where:
                raise taken_in_database(what, where[handle], field=f"--{what}")
        return None


def refuse_id(knowledge: Knowledge, ref: EntryRef, key_id: str, *, field: str | None = None) -> None:
    """Raise ConflictError for a new id of this entry that the gateway's database would not let it have."""
    own = knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
    if own is not None and own.key_id != key_id:
        message = f"the gateway's database knows the key by the id {own.key_id} and keeps that one"
        raise ConflictError(message, code="id_kept_by_gateway", field=field, hint="give that id")
    other = knowledge.row_with_id(key_id)
    if own is None and other is not None:
        raise taken_in_database("id", other.provider, field=field)


def taken_in_database(
    what: str, provider: str, *, field: str | None = None, overwrite: bool = False
) -> ConflictError:
    """The error for a new key's name or id (``what``) that a row of the gateway's database has.

    ``overwrite``: the command has the option --overwrite-web for that.
    """
    ways = ["choose another one", "delete that key in the web page first"]
    ways += ["give --overwrite-web"] if overwrite else []
    return ConflictError(
        f"the {what} is taken by a key of {provider} in the gateway's database "
        "(made in its web page, or removed from this file): its secret would be overwritten",
        code=f"{what}_taken_in_database",
        field=field,
        hint=f"{', '.join(ways[:-1])}, or {ways[-1]}",
    )


def _comparable(names: Sequence[str | None]) -> Sequence[str | None]:
    if "".join(filter(None, names)).isascii():  # nearly always, and then they are comparable as they stand
        return names
    return [comparable_name(name) for name in names if name is not None]


def _entry_of(document: Document, provider: str, what: str, handle: str) -> EntryRef:
    for ref in document.entries(provider):
        found = ref.id if what == "id" else ref.name
        if found is not None and (found if what == "id" else comparable_name(found)) == handle:
            return ref
    raise ConflictError(f"the {what} is taken")
