"""Changes to a document, made in one pass of splices that proves its own result."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bifrost_keys.core.document import Document, EntryRef, ProviderSpan, Span
from bifrost_keys.core.faults import Path, path_text
from bifrost_keys.core.scan import after_space, value_at
from bifrost_keys.core.splice import (
    Splice,
    edit_object,
    lead_before,
    member_text,
    removals,
    same,
    spliced,
)
from bifrost_keys.core.style import Style, Styled, line_indent, render, style_of
from bifrost_keys.errors import BifrostKeysError, ConfigUnusableError

_STYLE_SAMPLE = 8192


class Edit:
    """Changes to one document; nothing happens before ``apply``."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._appended: dict[str, list[Mapping[str, Any]]] = {}
        self._replaced: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._removed: dict[str, set[int]] = {}
        self._dropped: set[str] = set()
        self._values: dict[Path, Any] = {}

    def append(self, provider: str, entry: Mapping[str, Any]) -> None:
        """Add an entry to the provider's keys; missing blocks around it are added too."""
        self._appended.setdefault(provider, []).append(entry)

    def replace(self, ref: EntryRef, new: Mapping[str, Any]) -> None:
        """Give an entry new members; those that stay equal keep their bytes.

        Raises ConfigUnusableError when the entry holds a doubled member, a field name in other case, or
        a lone surrogate: what it means is not certain.
        """
        refuse_unclear(self._document, ref)
        self._replaced[ref.provider, ref.index] = new

    def remove(self, ref: EntryRef) -> None:
        """Take an entry out, with its comma and its line."""
        self._removed.setdefault(ref.provider, set()).add(ref.index)

    def remove_provider(self, provider: str) -> None:
        """Take the provider's whole block out."""
        self._dropped.add(provider)

    def set_value(self, path: Path, value: Any) -> None:
        """Replace the value that stands at this path outside the providers."""
        self._values[path] = value

    def apply(self) -> Document:
        """The changed document, the same one when nothing differs.

        Raises BifrostKeysError when the new text does not say exactly what was asked for.
        """
        old = self._document
        splices = list(self._splices())
        if not splices:
            return old
        text = spliced(old.text, splices)
        if text == old.text:
            return old
        try:
            new = Document.parse_text(text, source=old.source)
        except ConfigUnusableError:
            raise BifrostKeysError("the edited text would not parse; nothing was written") from None
        if not self._proves(new):
            raise BifrostKeysError("the edit would change something else too; nothing was written")
        return new

    # --- the splices -------------------------------------------------------------------------------

    def _splices(self) -> Iterator[Splice]:
        document = self._document
        for (provider, index), new in self._replaced.items():
            ref = document.entry(provider, index)
            yield from edit_object(document.text, ref.start, document.load(ref), new)
        for path, value in self._values.items():
            start = document.offset_of(path)
            old, end = value_at(document.text, start)
            if not same(old, value):
                yield Splice(start, end, render(value, Style(), ""))
        for provider, indexes in self._removed.items():
            if provider in self._dropped:
                continue
            yield from self._removal(document.provider_span(provider), indexes)
        yield from self._provider_removals()
        missing = {
            name: entries for name, entries in self._appended.items() if name not in document.providers
        }
        for provider, entries in self._appended.items():
            if provider not in missing:
                yield self._append(document.provider_span(provider), entries)
        if missing:
            yield self._add_providers(missing)

    def _removal(self, span: ProviderSpan, indexes: set[int]) -> list[Splice]:
        spans = list(zip(span.starts, span.ends, strict=True))
        keys = span.members["keys"]
        if len(indexes) < len(spans):
            return removals(spans, indexes)
        if span.name in self._appended:
            return [Splice(spans[0][0], spans[-1][1], "")]
        return [Splice(keys.start + 1, keys.end - 1, "")]

    def _provider_removals(self) -> list[Splice]:
        if not self._dropped:
            return []
        spans = [(span.span.name_start, span.span.end) for span in self._document.spans]
        gone = {i for i, span in enumerate(self._document.spans) if span.name in self._dropped}
        providers = self._document.members["providers"]
        if len(gone) == len(spans):
            return [Splice(providers.start + 1, providers.end - 1, "")]
        return removals(spans, gone)

    def _append(self, span: ProviderSpan, entries: list[Mapping[str, Any]]) -> Splice:
        text, keys = self._document.text, span.members.get("keys")
        style = self._entry_style(span)
        if keys is None:
            value = {"keys": [Styled(entry, style) for entry in entries]}
            return self._add_members(span.span, list(span.members.values()), value)
        if not span.starts:
            return self._fill_list(keys, entries, style)
        last, end = span.starts[-1], span.ends[-1]
        lead = lead_before(text, last)
        if "\n" in lead:
            indent = lead.rpartition("\n")[2]
            between = "," + lead
        else:
            indent = line_indent(text, end - 1)
            between = "," + (lead if len(span.starts) > 1 else style.comma[1:] or (style.newline and " "))
        parts = [render(entry, style, indent) for entry in entries]
        if len(self._removed.get(span.name, ())) == len(span.starts):
            return Splice(end, end, between.join(parts))
        return Splice(end, end, "".join(between + part for part in parts))

    def _fill_list(self, keys: Span, entries: list[Mapping[str, Any]], style: Style) -> Splice:
        text, outer = self._document.text, self._outer_style()
        if outer.newline == "":
            new = outer.comma.join(render(entry, style, "") for entry in entries)
            return Splice(keys.start + 1, keys.start + 1, new)
        indent = line_indent(text, keys.start)
        deeper = indent + outer.unit
        lines = [outer.newline + deeper + render(entry, style, deeper) for entry in entries]
        closing = "" if "\n" in text[keys.start : keys.end] else outer.newline + indent
        return Splice(keys.start + 1, keys.start + 1, ",".join(lines) + closing)

    def _add_providers(self, missing: Mapping[str, list[Mapping[str, Any]]]) -> Splice:
        document = self._document
        blocks = {}
        for provider, entries in missing.items():
            style = self._entry_style(None)
            blocks[provider] = {"keys": [Styled(entry, style) for entry in entries]}
        providers = document.members.get("providers")
        if providers is not None:
            kept = [span.span for span in document.spans if span.name not in self._dropped]
            return self._add_members(providers, kept, blocks)
        start = after_space(document.text, 0)
        end = document.text.rstrip(" \t\r\n").__len__()
        return self._add_members(
            Span(start, start, end), list(document.members.values()), {"providers": blocks}
        )

    def _add_members(self, where: Span, members: list[Span], new: Mapping[str, Any]) -> Splice:
        """Put members at the end of the object at ``where``."""
        text, style = self._document.text, self._outer_style()
        if members:
            last = max(members)
            lead = lead_before(text, last.name_start)
            if "\n" in lead:
                indent = lead.rpartition("\n")[2]
                between = "," + lead
            else:
                style, indent, between = style.on_one_line(), line_indent(text, last.name_start), style.comma
            parts = (between + member_text(name, value, style, indent) for name, value in new.items())
            return Splice(last.end, last.end, "".join(parts))
        inner = where.start + 1
        if style.newline == "":
            parts = (member_text(name, value, style, "") for name, value in new.items())
            return Splice(inner, inner, style.comma.join(parts))
        indent = line_indent(text, where.start)
        deeper = indent + style.unit
        lines = (style.newline + deeper + member_text(n, value, style, deeper) for n, value in new.items())
        closing = "" if "\n" in text[inner : where.end] else style.newline + indent
        return Splice(inner, inner, ",".join(lines) + closing)

    def _outer_style(self) -> Style:
        text = self._document.text
        start = after_space(text, 0)
        style = style_of(text, start, min(len(text), start + _STYLE_SAMPLE))
        return style if self._document.members else replace(style, newline="\r\n" if "\r\n" in text else "\n")

    def _entry_style(self, own: ProviderSpan | None) -> Style:
        """The style of the nearest entry: the last of its own list, else the last of the file."""
        candidates = [*self._document.spans, *([own] if own is not None else [])]
        neighbour = next((span for span in reversed(candidates) if span.starts), None)
        outer = self._outer_style()
        if neighbour is None:
            return outer
        return style_of(self._document.text, neighbour.starts[-1], neighbour.ends[-1], base=outer)

    # --- the proof ---------------------------------------------------------------------------------

    def _proves(self, new: Document) -> bool:
        old = self._document
        if not self._same_members(old.members, new.members, new, skip="providers", prefix=()):
            return False
        kept = [span for span in old.spans if span.name not in self._dropped]
        added = [name for name in self._appended if name not in old.providers]
        if list(new.providers) != [span.name for span in kept] + added:
            return False
        for span, now in zip(kept, new.spans, strict=False):
            prefix = ("providers", span.name)
            if not self._same_members(span.members, now.members, new, skip="keys", prefix=prefix):
                return False
            if not self._same_entries(span, now, new):
                return False
        return all(
            list(now.members) == ["keys"] and self._equal_tail(now, 0, new) for now in new.spans[len(kept) :]
        )

    def _same_members(
        self,
        before: Mapping[str, Span],
        after: Mapping[str, Span],
        new: Document,
        *,
        skip: str,
        prefix: Path,
    ) -> bool:
        if [name for name in after if name != skip] != [name for name in before if name != skip]:
            return False
        return all(
            self._document.text[span.start : span.end] == new.text[after[name].start : after[name].end]
            or self._same_values(span, after[name], new, (*prefix, name))
            for name, span in before.items()
            if name != skip
        )

    def _same_values(self, before: Span, after: Span, new: Document, prefix: Path) -> bool:
        changed = {path: value for path, value in self._values.items() if path[: len(prefix)] == prefix}
        if not changed:
            return False
        expected = value_at(self._document.text, before.start)[0]
        for path, value in changed.items():
            parent = expected
            for part in path[len(prefix) : -1]:
                parent = parent[part]
            parent[path[-1]] = value
        return _canonical(expected) == _canonical(value_at(new.text, after.start)[0])

    def _same_entries(self, span: ProviderSpan, now: ProviderSpan, new: Document) -> bool:
        text, removed, at = self._document.text, self._removed.get(span.name, ()), 0
        replaced = {index for provider, index in self._replaced if provider == span.name}
        for index, (start, end) in enumerate(zip(span.starts, span.ends, strict=True)):
            if index in removed:
                continue
            if at >= len(now.starts):
                return False
            if index in replaced:
                expected = self._replaced[span.name, index]
                if not _means(new.text, now.starts[at], expected):
                    return False
            elif text[start:end] != new.text[now.starts[at] : now.ends[at]]:
                return False
            at += 1
        return self._equal_tail(now, at, new)

    def _equal_tail(self, now: ProviderSpan, at: int, new: Document) -> bool:
        expected = self._appended.get(now.name, [])
        return len(now.starts) == at + len(expected) and all(
            _means(new.text, start, entry) for start, entry in zip(now.starts[at:], expected, strict=True)
        )


def refuse_unclear(document: Document, ref: EntryRef) -> None:
    """Raise ConfigUnusableError when the entry cannot be edited because what it means is not certain."""
    from bifrost_keys.core.unclear import unclear

    found = unclear(document.text, ref.start)
    if found is not None:
        offset, message = found
        line, column = document.position(offset)
        place = path_text(("providers", ref.provider, "keys", ref.index))
        raise ConfigUnusableError(
            f"{document.source}:{line}:{column}: {place} {message}",
            code="unclear-entry",
            line=line,
            column=column,
        )


def _means(text: str, start: int, expected: Mapping[str, Any]) -> bool:
    value, _ = value_at(text, start)
    return isinstance(value, dict) and set(value) == set(expected) and same(value, expected)


def _canonical(value: Any) -> str:
    return json.dumps(value)
