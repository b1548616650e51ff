"""The forecast of the next two starts for each key, compared with a simulation of the gateway's loader."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from bifrost_keys.gateway.restart.database_row import row_from_columns
from bifrost_keys.gateway.restart.forecasts import Forecasts
from bifrost_keys.gateway.restart.key_rows import ListedRows
from bifrost_keys.gateway.restart.matches import NONE, Matches
from bifrost_keys.gateway.restart.next_starts import FileKey, Forecast, Served
from tests.loader import Listed, Serving, Stored, two_starts

# What the file did to a key since the last start, and what people did in the web UI.
FILE_EDITS = (
    *("same", "secret", "renamed", "renamed-without-id", "renamed-and-secret", "disabled", "disabled-new"),
    *("deleted", "moved", "without-id"),
)
WEB_EDITS = ("same", "secret", "renamed", "disabled", "enabled", "deleted", "renamed-and-secret")


def entry_of(name: str, edit: str) -> Listed | None:
    key = Listed("openai", name, f"id-{name}", f"file-{name}")
    edits: dict[str, Listed | None] = {
        "same": key,
        "secret": replace(key, secret=f"changed-{name}"),
        "renamed": replace(key, name=f"{name}-in-file"),
        "renamed-without-id": replace(key, name=f"{name}-in-file", id=None),
        "renamed-and-secret": replace(key, name=f"{name}-in-file", secret=f"changed-{name}"),
        "disabled": replace(key, enabled=False),
        "disabled-new": replace(key, enabled=False, secret=f"changed-{name}"),
        "deleted": None,
        "moved": replace(key, provider="groq"),
        "without-id": replace(key, id=None),
    }
    return edits[edit]


def row_of(name: str, edit: str) -> Stored | None:
    row = Stored("openai", name, f"id-{name}", f"file-{name}", True, (name, f"file-{name}", True))
    edits: dict[str, Stored | None] = {
        "same": row,
        "secret": replace(row, secret=f"web-{name}"),
        "renamed": replace(row, name=f"{name}-in-web"),
        "renamed-and-secret": replace(row, name=f"{name}-in-web", secret=f"web-{name}"),
        "disabled": replace(row, enabled=False),
        "enabled": replace(row, taken=(name, f"file-{name}", False)),
        "deleted": None,
    }
    return edits[edit]


def mixes() -> Iterator[tuple[list[Listed], list[Stored], set[str]]]:
    """Yield two keys, one of which goes through every pair of edits, with every edit of the other."""
    added = Stored("openai", "web-only", "id-web-only", "web-web-only", True, None)
    taken_over = Listed("openai", "web-only", None, "file-web-only")
    others = itertools.product(
        ("same", "secret", "renamed", "deleted", "moved"), ("same", "renamed", "deleted")
    )
    for first, second in itertools.product(itertools.product(FILE_EDITS, WEB_EDITS), others):
        file = [entry_of("a", first[0]), entry_of("b", second[0])]
        rows = [row_of("a", first[1]), row_of("b", second[1]), added]
        for changed in (set(), {"openai"}):
            for more in ([], [taken_over]):
                yield [key for key in [*file, *more] if key], [row for row in rows if row], changed


def swaps() -> Iterator[tuple[list[Listed], list[Stored], set[str]]]:
    """Yield two keys that swap names, directly or with a third name, with every edit of the web UI."""
    a, b = Listed("openai", "a", "id-a", "file-a"), Listed("openai", "b", "id-b", "file-b")
    files = (
        [replace(a, name="b"), replace(b, name="a")],
        [replace(a, name="b"), replace(b, name="c")],
        [replace(a, name="b")],
        [replace(a, id="id-b"), replace(b, id="id-a")],
        [replace(a, name="g")],
        [replace(a, provider="groq"), b],
        [replace(a, id=None, provider="groq", name="g"), b],
    )
    groq = Stored("groq", "g", "id-g", "web-g", True, None)
    for file, edits in itertools.product(files, itertools.product(WEB_EDITS, repeat=2)):
        rows = [row for row in (row_of("a", edits[0]), row_of("b", edits[1]), groq) if row]
        for changed in (set(), {"openai"}):
            yield file, rows, changed


class OneHash(NamedTuple):
    """The only hash of an entry."""

    digest: str
    certain: bool = True

    @property
    def found(self) -> set[str]:
        return {self.digest}

    def has(self, digest: str) -> bool:
        return digest == self.digest


def predicted(
    file: list[Listed], rows: list[Stored], changed: set[str]
) -> tuple[list[Forecast], list[Forecast]]:

    keys = [FileKey(key.provider, key.name, key.id, key.enabled, OneHash(repr(key.hash))) for key in file]
    database = [
        row_from_columns(
            {
                "provider": row.provider,
                "name": row.name,
                "key_id": row.id,
                "enabled": row.enabled,
                "config_hash": repr(row.taken) if row.taken is not None else "",
            }
        )
        for row in rows
    ]
    matches = Matches(keys, (row.handle for row in database))
    forecasts = Forecasts(keys, ListedRows(database), matches, keys.__getitem__, retaken=changed)
    rows_of = [database[number] if number != NONE else None for number in matches.row_of]
    entries = [
        forecasts.entry(place, key, row) for place, (key, row) in enumerate(zip(keys, rows_of, strict=True))
    ]
    return entries, [forecasts.row(row) for row in database]


def serving(served: tuple[Served, ...], provider: str, secrets: dict[str, str]) -> set[Serving]:
    return {(provider, each.name, secrets[each.source], bool(each.enabled)) for each in served}


def test_the_next_two_starts_are_those_of_the_loader() -> None:
    outcomes = {"served": 0, "stops": 0, "mixed-up": 0}
    for file, rows, changed in itertools.chain(mixes(), swaps()):
        entries, alone = predicted(file, rows, changed)
        found = {each.outcome for each in entries}
        simulated = [two_starts(file, rows, changed, backwards=backwards) for backwards in (False, True)]
        if "stops" in found or None in simulated:
            assert ("stops" in found, None in simulated) == (True, True), (file, rows, changed)
            outcomes["stops"] += 1
            continue
        if "mixed-up" in found:
            assert any(mixes_up(file, rows)), (file, rows, changed)
            outcomes["mixed-up"] += 1
            continue
        starts: list[set[Serving]] = [set(), set()]
        for key, each in zip(file, entries, strict=True):
            secrets = {"file": key.secret}
            if each.row is not None:
                secrets["database"] = next(row.secret for row in rows if row.id == each.row.id)
            starts[0] |= serving(each.first, key.provider, secrets)
            starts[1] |= serving(each.second, key.provider, secrets)
        for row, each in zip(rows, alone, strict=True):
            starts[0] |= serving(each.first, row.provider, {"database": row.secret})
            starts[1] |= serving(each.second, row.provider, {"database": row.secret})
        assert [tuple(starts), tuple(starts)] == simulated, (file, rows, changed)
        outcomes["served"] += 1
    assert outcomes["served"] > 2_000
    assert min(outcomes.values()) > 10


def mixes_up(file: list[Listed], rows: list[Stored]) -> Iterator[bool]:
    """Return whether two keys want one row, or a key is at another provider than its row."""
    for key in file:
        for row in rows:
            if key.id == row.id or key.name == row.name:
                yield row.provider != key.provider
                yield any(
                    other.name == row.name and other is not key and key.id == row.id and key.name != row.name
                    for other in file
                )
