"""The entries of a file that can show the recipe of the hashes in the gateway's database."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any, Final

from bifrost_keys.gateway.restart.key_rows import KeyRows
from bifrost_keys.stores.config_file.document import Document, EntryRef

# Limits for each provider, and for all with a row: a search of the whole text of 100,000 keys for a
# reference or a config object would take a tenth of the time of a change.
_LOOKED_AT: Final = 1000
_TELLING: Final = ("env.", "vault.", "_key_config")


class HashEvidence(Container[object]):
    """The entries whose hash depends on the recipe, and the hashes that the file itself carries.

    Iteration yields, of the first ones of each provider, the entries whose row has a hash that they do not
    carry. A hash is ``in`` the evidence if an entry carries it.
    """

    def __init__(self, document: Document, rows: KeyRows) -> None:
        self._document = document
        self._rows = rows
        self._carried: set[object] = set()

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Yield the entries, loaded one at a time."""
        find = self._document.text.find
        for ref in islice(self._telling(), _LOOKED_AT):
            hashes = self._rows.hashes_of(name=ref.name or "", key_id=ref.id or "")
            carried = {digest for digest in hashes if find(digest, ref.start, ref.end) >= 0}
            self._carried |= carried
            if hashes - carried:
                yield self._document.load(ref)

    def __contains__(self, digest: object) -> bool:
        """Return whether an entry of the file carries this hash."""
        return digest in self._carried or digest in self._all_carried

    def _telling(self) -> Iterator[EntryRef]:
        find = self._document.text.find
        for provider in self._document.providers:
            for ref in islice(self._document.entries(provider), _LOOKED_AT):
                if any(find(mark, ref.start, ref.end) >= 0 for mark in _TELLING):
                    yield ref

    @cached_property
    def _all_carried(self) -> frozenset[str]:
        return frozenset(re.findall(r'"config_hash"\s*:\s*"([0-9a-f]{64})"', self._document.text))
