"""Collects changes to a document and makes them in one pass of splices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.errors import BifrostKeysError, InvalidInputError
from bifrost_keys.gateway.fields import KEY_FIELDS, fold
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.jsontext.block_edit import Change, member_block, object_change
from bifrost_keys.jsontext.path_edit import Wish, WishError, wished_members
from bifrost_keys.jsontext.splices import layout_of, spliced
from bifrost_keys.jsontext.style import document_style
from bifrost_keys.jsontext.verify import check_edit
from bifrost_keys.stores.config_file.ambiguous_names import may_be_faulty, text_faults
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.config_file.provider_edits import ProviderEdit, providers_change, providers_member


class Edit:
    """Changes to one document, made together by ``apply``."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._providers: dict[str, ProviderEdit] = {}
        self._wish = Wish()

    def append(self, provider: str, entry: Mapping[str, Any]) -> None:
        """Adds a key after the provider's last; adds ``keys``, the provider and ``providers`` where missing.

        Raises ConfigUnusableError where the file must not be edited.
        """
        self._of(provider).appended.append(entry)

    def replace(self, ref: EntryRef, new: Mapping[str, Any]) -> None:
        """Makes the entry's members those of ``new``; only the text of what differs will change.

        Raises ConfigUnusableError where the entry has a name twice or in another case, or half of a
        surrogate pair anywhere in it.
        """
        edit = self._entry(ref)
        document = self._document
        path = ("providers", ref.provider, "keys", ref.index)
        if may_be_faulty(document.text, ref.start, KEY_FIELDS):
            for fault in text_faults(document.text, ref.start, path, document.lines, known=KEY_FIELDS):
                raise document.refusal(fault)
        edit.replaced[ref.index] = new

    def remove(self, ref: EntryRef) -> None:
        """Takes the entry out, with its comma and its line."""
        self._entry(ref).removed.add(ref.index)

    def remove_provider(self, provider: str) -> None:
        """Takes the provider's whole block out. Raises NotFoundError."""
        self._document.provider_span(provider)
        self._of(provider).dropped = True

    def set_value(self, path: Path, value: Any) -> None:
        """Makes the value at ``path``, outside of the keys, this text, number, boolean or null."""
        self._wish.at(path).values.append(value)

    def respell(self, path: Path, name: str) -> None:
        """Gives the member at ``path`` another name, its value stays; for lenient documents too."""
        self._wish.at(path).name = name

    def apply(self) -> Document:
        """The new document, its text read again and compared with what was asked for.

        The same document when there is nothing to do. Raises InvalidInputError for data that JSON
        cannot hold, ConfigUnusableError for a doubtful path, BifrostKeysError when the comparison fails.
        """
        document = self._document
        change = self._change_or_refusal()
        if isinstance(change, BifrostKeysError):  # raised here, where no error with old text is in sight
            raise change
        if change is None:
            return document
        text = spliced(document.text, change.splices)
        check_edit(document.text, text, document.index.start, change.expected)
        return Document(text, source=document.source, lenient=document.lenient)

    def _change_or_refusal(self) -> Change | BifrostKeysError | None:
        try:
            return self._change()
        except RecursionError:
            return InvalidInputError("the data is nested too deeply")
        except WishError as error:
            return self._document.refusal(error.fault)

    def _change(self) -> Change | None:
        text, index = self._document.text, self._document.index
        edits = list(self._providers.values())
        changed = wished_members(self._document.tree, text, index.start, (), self._wish)
        block = member_block(text, index.start, index.end, index.top)
        if edits and index.providers_member is not None:
            place = index.top.index(index.providers_member)
            if place in changed:
                raise BifrostKeysError("keys and the spelling of providers cannot be changed in one edit")
            if change := providers_change(text, index, edits):
                changed[place] = ("providers", change)
        elif any(edit.appended for edit in edits):
            style = document_style(text, index, None)
            layout = layout_of(block, style, spread=style.blocks)
            fresh = {len(index.top) - 1: [providers_member(edits, style, layout.indent)]}
            return object_change(block, index.top, layout, changed=changed, fresh=fresh)
        return object_change(block, index.top, None, changed=changed) if changed else None

    def _of(self, provider: str) -> ProviderEdit:
        self._document.require_editable()
        key = fold(provider)
        if key not in self._providers:
            spelling = self._document.provider_name(provider)
            span = self._document.provider_span(provider) if spelling is not None else None
            self._providers[key] = ProviderEdit(spelling or provider, span)
        return self._providers[key]

    def _entry(self, ref: EntryRef) -> ProviderEdit:
        edit = self._of(ref.provider)
        keys = edit.span.keys if edit.span else None
        if keys is None or ref.index >= len(keys.starts) or keys.starts[ref.index] != ref.start:
            raise BifrostKeysError("the entry does not belong to this document")
        return edit
