"""Collect changes to the keys of a document, and apply them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.gateway.fields.table import BOOKKEEPING, KEY_FIELDS, fold
from bifrost_keys.gateway.key import MEMBER_ORDER
from bifrost_keys.gateway.rules.fault import Fault, Path, path_text
from bifrost_keys.jsontext import edit as jsontext
from bifrost_keys.jsontext.errors import PathError
from bifrost_keys.stores.config_file.ambiguous_names import may_be_faulty, text_faults
from bifrost_keys.stores.config_file.document import Document, EntryRef

_ORDER = (*MEMBER_ORDER, *BOOKKEEPING)


class Edit:
    """Changes of one document, applied together."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._edit = jsontext.Edit(document.text, tree=document.tree)
        self._new_providers: dict[str, str] = {}

    def append(
        self, provider: str, entry: Mapping[str, Any], settings: Mapping[str, Any] | None = None
    ) -> None:
        """Add a key after the provider's last; add ``keys``, the provider and ``providers`` if missing.

        ``settings`` are those of a provider that is added. Raise ConfigUnusableError if the file must not be
        edited.
        """
        self._document.require_editable()
        spelled = self._document.provider_name(provider)
        name = spelled or self._new_providers.setdefault(fold(provider), provider)
        if spelled is None and settings:
            self._edit.merge(("providers", name), settings)
        self._edit.append(("providers", name, "keys"), entry)

    def replace(self, ref: EntryRef, new: Mapping[str, Any]) -> None:
        """Replace the entry's members with ``new``; only the text of those that differ will change.

        Raise ConfigUnusableError if the entry has a name twice or in another case, or contains half of a
        surrogate pair.
        """
        document, path = self._document, self._path(ref)
        if may_be_faulty(document.text, ref.start, KEY_FIELDS):
            for fault in text_faults(document.text, ref.start, path, document.lines, known=KEY_FIELDS):
                raise document.refusal(fault)
        self._edit.set(path, new, order=_ORDER)

    def remove(self, ref: EntryRef) -> None:
        """Remove the entry, with its comma and its line."""
        self._edit.remove(self._path(ref))

    def remove_provider(self, provider: str) -> None:
        """Remove the provider with all its members. Raise NotFoundError."""
        name = self._document.provider_span(provider).name
        self._document.require_editable()
        self._edit.remove(("providers", name))

    def set_value(self, path: Path, value: Any) -> None:
        """Replace the value at ``path``, which is outside the keys."""
        self._edit.set(path, value)

    def respell(self, ref: EntryRef, path: Path, name: str) -> None:
        """Rename the member at ``path`` and keep its value; lenient documents allow this too."""
        keys, top = self._document.provider_span(ref.provider).keys, self._document.index.providers_member
        assert keys is not None
        assert top is not None
        self._edit.rename((top.name, ref.provider, keys.member.name, ref.position, *path), name)

    def apply(self) -> Document:
        """Return the new document, parsed from its text and compared with the intended result.

        Return the same document if there is nothing to do. Raise InvalidInputError for data that JSON cannot
        express, ConfigUnusableError for an ambiguous path, BifrostKeysError if the comparison fails.
        """
        document = self._document
        try:
            text = self._edit.apply()
        except PathError as error:
            message = f"{path_text(error.path)} {error.message}"
            fault = Fault("path-doubtful", error.path, "error", message, offset=error.offset)
            raise document.refusal(fault) from None
        return document if text == document.text else document.with_text(text)

    def _path(self, ref: EntryRef) -> Path:
        self._document.require_editable()
        keys = self._document.provider_span(ref.provider).keys
        if keys is None or ref.position >= len(keys.starts) or keys.starts[ref.position] != ref.start:
            raise BifrostKeysError("the entry does not belong to this document")
        return ("providers", ref.provider, "keys", ref.position)
