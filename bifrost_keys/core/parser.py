"""How a text becomes a document: one pass that walks only the levels an edit needs."""

from __future__ import annotations

from typing import Final

from bifrost_keys.core.document import Document, ProviderSpan, Span
from bifrost_keys.core.faults import Fault, Path, path_text
from bifrost_keys.core.fields import KEY_FIELDS
from bifrost_keys.core.scan import ScanError, after_space, value_at, walk_array, walk_object
from bifrost_keys.errors import ConfigUnusableError

_TOP_NAMES: Final = frozenset(
    {"$schema", "providers", "governance", "config_store", "version", "source_of_truth"}
)
_PROVIDER_NAMES: Final = frozenset(
    {
        *("keys", "custom_provider_config", "network_config", "proxy_config", "concurrency_and_buffer_size"),
        *("send_back_raw_request", "send_back_raw_response", "store_raw_request_response"),
    }
)
_HANDLES: Final = frozenset({"name", "id"})
_KEY_FIELDS: Final = frozenset(KEY_FIELDS)


def decoded(data: bytes, source: str) -> str:
    """The text of these bytes; raises ConfigUnusableError for what is not UTF-8 or has a byte order mark."""
    for mark, name in (
        (b"\xef\xbb\xbf", "a byte order mark"),
        (b"\xff\xfe", "UTF-16"),
        (b"\xfe\xff", "UTF-16"),
    ):
        if data.startswith(mark):
            hint = "save it as UTF-8 without a byte order mark"
            raise ConfigUnusableError(
                f"{source}:1:1: begins with {name}; the gateway does not start with it",
                hint=hint,
                line=1,
                column=1,
            )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"{source}:{line}:{column}: is not UTF-8 (byte {error.start})"
        raise ConfigUnusableError(message, line=line, column=column) from None


class Parser:
    """One pass over the text; strict parsing raises where lenient parsing notes a problem."""

    def __init__(self, text: str, source: str, *, lenient: bool) -> None:
        self.text = text
        self.source = source
        self.lenient = lenient
        self.problems: list[Fault] = []
        self.offsets: list[int] = []
        self.members: dict[str, Span] = {}
        self.spans: list[ProviderSpan] = []

    def parse(self) -> Document:
        """The document, or ConfigUnusableError."""
        try:
            self._top()
        except ScanError as error:
            raise self._unusable(error.offset, error.message) from None
        return Document(
            self.text, self.source, self.members, tuple(self.spans), tuple(self.problems), tuple(self.offsets)
        )

    def _top(self) -> None:
        start = after_space(self.text, 0)
        if start == len(self.text):
            raise self._unusable(0, "is empty")
        if self.text[start] != "{":
            value_at(self.text, start)
            raise self._unusable(start, "an object is expected at the top level", code="wrong-type")

        def visit(name: str, name_start: int, value_start: int) -> int:
            self._note_name(name, name_start, self.members, _TOP_NAMES, ())
            end = (
                self._providers(value_start)
                if name == "providers"
                else value_at(self.text, value_start, depth=1)[1]
            )
            self.members[name] = Span(name_start, value_start, end)
            return end

        end = after_space(self.text, walk_object(self.text, start, visit))
        if end != len(self.text):
            raise ScanError(end, "more text after the end of the JSON value")

    def _providers(self, start: int) -> int:
        if self.text[start : start + 1] != "{":
            return self._wrong_type(start, 1, ("providers",), "an object")
        seen: dict[str, Span] = {}

        def visit(name: str, name_start: int, value_start: int) -> int:
            self._note_name(name, name_start, seen, frozenset(seen), ("providers",))
            span = ProviderSpan(name, Span(name_start, value_start, value_start))
            self.spans.append(span)
            end = self._provider(span, value_start)
            span.span = seen[name] = Span(name_start, value_start, end)
            return end

        self.spans.clear()
        return walk_object(self.text, start, visit)

    def _provider(self, span: ProviderSpan, start: int) -> int:
        path: Path = ("providers", span.name)
        if self.text[start : start + 1] != "{":
            return self._wrong_type(start, 2, path, "an object")

        def visit(name: str, name_start: int, value_start: int) -> int:
            self._note_name(name, name_start, span.members, _PROVIDER_NAMES, path)
            if name == "keys":
                end = self._keys(span, value_start, (*path, "keys"))
            else:
                end = value_at(self.text, value_start, depth=3)[1]
            span.members[name] = Span(name_start, value_start, end)
            return end

        return walk_object(self.text, start, visit)

    def _keys(self, span: ProviderSpan, start: int, path: Path) -> int:
        if self.text[start : start + 1] != "[":
            return self._wrong_type(start, 3, path, "a list")
        text, starts, ends, names, ids = self.text, span.starts, span.ends, span.names, span.ids
        del starts[:], ends[:], names[:], ids[:]

        def visit(at: int) -> int:
            entry, end = value_at(text, at, depth=4)
            if type(entry) is not dict:
                return self._wrong_type(at, 4, (*path, len(starts)), "an object")
            if (
                not _KEY_FIELDS.issuperset(entry)
                or text.count('"name"', at, end) > 1
                or text.count('"id"', at, end) > 1
                or text.find("\\", at, end) >= 0
            ):
                self._entry_names(at, (*path, len(starts)))
            name, key_id = entry.get("name"), entry.get("id")
            starts.append(at)
            ends.append(end)
            names.append(name if type(name) is str else None)
            ids.append(key_id if type(key_id) is str else None)
            return end

        return walk_array(text, start, visit)

    def _entry_names(self, start: int, path: Path) -> None:
        seen: dict[str, Span] = {}

        def visit(name: str, name_start: int, value_start: int) -> int:
            if name.lower() in _HANDLES:
                self._note_name(name, name_start, seen, _HANDLES, path)
            end = value_at(self.text, value_start)[1]
            seen[name] = Span(name_start, value_start, end)
            return end

        walk_object(self.text, start, visit)

    def _note_name(
        self, name: str, offset: int, seen: dict[str, Span], known: frozenset[str], path: Path
    ) -> None:
        if name in seen:
            first, _ = self._position(seen[name].name_start)
            self._problem(
                "duplicate-member",
                (*path, name),
                offset,
                f"stands twice, first in line {first}: only the last counts",
            )
        elif name not in known and name.lower() in (folded := {other.lower(): other for other in known}):
            self._problem(
                "field-case", (*path, name), offset, f"differs only in case from {folded[name.lower()]}"
            )

    def _wrong_type(self, start: int, depth: int, path: Path, expected: str) -> int:
        _, end = value_at(self.text, start, depth=depth)
        self._problem("wrong-type", path, start, f"must be {expected}")
        return end

    def _problem(self, code: str, path: Path, offset: int, message: str) -> None:
        if not self.lenient:
            raise self._unusable(offset, f"{path_text(path)} {message}", code=code)
        self.problems.append(Fault(code, path, "error", message))
        self.offsets.append(offset)

    def _position(self, offset: int) -> tuple[int, int]:
        return self.text.count("\n", 0, offset) + 1, offset - self.text.rfind("\n", 0, offset)

    def _unusable(self, offset: int, message: str, *, code: str = "not-json") -> ConfigUnusableError:
        line, column = self._position(offset)
        return ConfigUnusableError(
            f"{self.source}:{line}:{column}: {message}", code=code, line=line, column=column
        )
