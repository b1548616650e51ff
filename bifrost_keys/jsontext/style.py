"""Finds out the style of a text from what stands around the place of an edit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bifrost_keys.jsontext.scanner import Member, elements, members
from bifrost_keys.jsontext.writer import Style
from bifrost_keys.stores.config_file.layout import Index, ProviderSpan

_COMMA_IN_LINE = re.compile(r",[ \t]*+[^ \t\r\n]").search
_INDENT = re.compile(r"[ \t]*").match
_FAR = 1 << 16
_NEIGHBOURS = 3
_PROVIDERS = 8


def line_indent(text: str, offset: int) -> str:
    """The white space at the beginning of the line on which ``offset`` lies.

    Looks back 64 KiB at most: a longer line is minified text, where nothing is indented.
    """
    start = text.rfind("\n", max(0, offset - _FAR), offset) + 1
    found = _INDENT(text, start, offset) if start or offset <= _FAR else None
    return found[0] if found else ""


def document_style(text: str, index: Index, provider: ProviderSpan | None) -> Style:
    """The style of the keys of ``provider``; where it says nothing, that of its neighbours and the file."""
    evidence = _Evidence(text)
    others = [span for span in index.providers if span is not provider][-_PROVIDERS:]
    spans = [provider, *reversed(others)] if provider else others[::-1]
    for span in spans:
        evidence.see_keys(span, entries=_NEIGHBOURS if span is provider else 1)
    for span in spans:
        evidence.see_members(span.member.start, span.members, "blocks")
    if index.providers_member:
        evidence.see_members(index.providers_member.start, index.provider_members, "blocks")
    evidence.see_members(index.start, index.top, "blocks")
    return evidence.style()


def entry_style(text: str, start: int, found: Sequence[Member], base: Style) -> Style:
    """The style of one entry, whose members are given; where it says nothing, ``base``."""
    evidence = _Evidence(text)
    evidence.see_entry(start, found)
    return base._replace(**evidence.seen)


class _Evidence:
    """What was seen so far; of each feature the first sight counts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.seen: dict[str, Any] = {}

    def style(self) -> Style:
        seen = self.seen
        seen.setdefault("comma", "," if seen.get("colon") == ":" else ", ")
        seen.setdefault("keys", seen.get("blocks", True))
        seen.setdefault("entries", seen["keys"])
        seen.setdefault("nested", seen["entries"])
        return Style(**seen)

    def see_keys(self, span: ProviderSpan, *, entries: int) -> None:
        keys = span.keys
        if keys is None or not len(keys.starts):
            return
        first, last = len(keys.starts) - 1, len(keys.starts) - 1 - entries
        for place in range(first, max(last, -1), -1):
            if place not in keys.skipped and self._tells_more(keys.starts[place], keys.ends[place]):
                self.see_entry(keys.starts[place], members(self.text, keys.starts[place]))
        self._see_block(keys.member.start, keys.starts, keys.ends, "keys")

    def _tells_more(self, start: int, end: int) -> bool:
        """Whether an entry can show what was not seen yet: to read it takes longer than to ask this."""
        seen = self.seen
        if "entries" not in seen or "colon" not in seen:
            return True
        text = self.text[start + 1 : end]
        return (
            ("nested" not in seen and "{" in text)
            or ("lists" not in seen and "[" in text)
            or ("comma" not in seen and _COMMA_IN_LINE(text) is not None)
        )

    def see_entry(self, start: int, found: Sequence[Member]) -> None:
        self.see_members(start, found, "entries")
        for member in found:
            self._see_value(member.start)

    def see_members(self, start: int, found: Sequence[Member], feature: str) -> None:
        if not found:
            return
        for member in found:
            name = self.text[member.name_start : member.start]
            colon = name[name.rindex('"') + 1 :]
            if "\n" not in colon:
                self.seen.setdefault("colon", colon)
                break
        self._see_block(start, [m.name_start for m in found], [m.end for m in found], feature)

    def _see_value(self, start: int) -> None:
        if self.text[start] == "{":
            found = members(self.text, start)
            self.see_members(start, found, "nested")
            for member in found:
                self._see_value(member.start)
        elif self.text[start] == "[":
            found_elements = elements(self.text, start)
            if found_elements and self.text[found_elements[0][0]] not in "[{":
                starts, ends = zip(*found_elements, strict=True)
                self._see_block(start, starts, ends, "lists")

    def _see_block(self, start: int, starts: Sequence[int], ends: Sequence[int], feature: str) -> None:
        text, seen = self.text, self.seen
        lead = text[start + 1 : starts[0]]
        spread = "\n" in lead
        seen.setdefault(feature, spread)
        if spread:
            seen.setdefault("newline", "\r\n" if "\r\n" in lead else "\n")
            inner, outer = lead[lead.rindex("\n") + 1 :], line_indent(text, start)
            if inner.startswith(outer) and inner != outer:
                seen.setdefault("unit", inner[len(outer) :])
        elif "\n" not in text[starts[0] : ends[0]]:
            seen.setdefault("list_pad" if text[start] == "[" else "object_pad", lead)
        if len(starts) > 1:
            between = text[ends[0] : starts[1]]
            if "\n" not in between:
                seen.setdefault("comma", between)
