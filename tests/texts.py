"""Config files in many layouts, written without any code of the program."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
ENTRY: dict[str, Any] = {
    "id": "11111111-2222-4333-8444-555555555555",
    "name": "prod",
    "value": "sk-SENTINEL-new",
    "models": ["*"],
    "weight": 1,
    "enabled": True,
    "config_hash": "00ff",
}
CAMPAIGN = os.environ.get("BIFROST_KEYS_CAMPAIGN") == "1"
generated = settings(max_examples=3000 if CAMPAIGN else 40, deadline=None)


@dataclass(frozen=True)
class Layout:
    """One way of writing JSON; ``unit`` None writes everything on one line."""

    unit: str | None = "  "
    newline: str = "\n"
    colon: str = ": "
    comma: str = ", "
    pad: str = ""
    spread_lists: bool = False
    entry_on_a_line: bool = False
    end: str = "\n"

    def write(self, value: Any) -> str:
        """Return the whole file."""
        return self._value(value, "", ()) + self.end

    def _value(self, value: Any, indent: str, path: tuple[str, ...]) -> str:
        if not isinstance(value, (dict, list)):
            return json.dumps(value, ensure_ascii=False)
        pair = "{}" if isinstance(value, dict) else "[]"
        if not value:
            return pair
        spread = self.unit is not None and (
            isinstance(value, dict) or self.spread_lists or path[-1:] == ("keys",)
        )
        if self.entry_on_a_line and "keys" in path[:-1]:
            spread = False
        inner = indent + (self.unit or "") if spread else indent
        if isinstance(value, dict):
            parts = [
                json.dumps(name, ensure_ascii=False) + self.colon + self._value(part, inner, (*path, name))
                for name, part in value.items()
            ]
        else:
            parts = [self._value(part, inner, (*path, "")) for part in value]
        if not spread:
            pad = self.pad if pair == "{}" else ""
            return f"{pair[0]}{pad}{self.comma.join(parts)}{pad}{pair[1]}"
        line = self.newline + inner
        return f"{pair[0]}{line}{(',' + line).join(parts)}{self.newline}{indent}{pair[1]}"


LAYOUTS = {
    "two spaces": Layout(),
    "four spaces, lists spread": Layout(unit="    ", spread_lists=True),
    "tabs": Layout(unit="\t"),
    "minified": Layout(unit=None, colon=":", comma=",", end=""),
    "one line": Layout(unit=None, end=""),
    "padded line": Layout(unit=None, pad=" "),
    "CRLF": Layout(newline="\r\n", end="\r\n"),
    "one key a line": Layout(entry_on_a_line=True, pad=" ", end="\n\n\n"),
    "no space after colon": Layout(colon=":", comma=","),
    "spaces round colon": Layout(colon=" : "),
    "one space, minified keys": Layout(unit=" ", entry_on_a_line=True, colon=":", comma=","),
}

_odd = st.sampled_from(
    [
        "",
        "plain",
        "}",
        "{",
        "]",
        '"',
        '\\"',
        "\\",
        "a,b",
        '{"keys": [',
        "é",
        "😀",
        "\u2028",
        "\x7f",
        "\t",
        "/",
        "env.X",
    ]
)
_texts = st.one_of(_odd, st.text(st.characters(exclude_categories=["Cs"]), max_size=6))
_numbers = st.sampled_from([0, 1, 0.5, 1e-7, 100000000000000000000, 12345678901234567890, -3, 2.5])
_scalars = st.one_of(_texts, _numbers, st.booleans(), st.none())
_unknown = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=5,
)
_optional = {
    "id": _texts,
    "value": _texts,
    "models": st.lists(_texts, max_size=3),
    "weight": _numbers,
    "aliases": st.dictionaries(_texts.filter(lambda text: text.isascii()), _texts, max_size=2).filter(
        lambda names: len({name.lower() for name in names}) == len(names)
    ),
    "azure_key_config": st.fixed_dictionaries(
        {"endpoint": _texts}, optional={"scopes": st.lists(_texts, max_size=2)}
    ),
    "enabled": st.booleans(),
    "config_hash": _texts,
    "note": _unknown,
    "{": _unknown,
}


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one key's entry, with its members in any order."""
    members = draw(st.fixed_dictionaries({"name": _texts}, optional=_optional))
    return dict(draw(st.permutations(list(members.items()))))


_settings = st.fixed_dictionaries(
    {}, optional={"network_config": _unknown, "send_back_raw_request": st.booleans()}
)


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the data of a config file; ``providers``, a provider and ``keys`` may be absent or empty."""
    names = draw(st.lists(st.sampled_from(["openai", "Groq", "my-own"]), unique=True, max_size=3))
    providers = {}
    for name in names:
        block: dict[str, Any] = {}
        if draw(st.booleans()):
            block |= draw(_settings)
        if draw(st.sampled_from([True, True, True, False])):
            block["keys"] = draw(st.lists(entries(), max_size=3))
        providers[name] = dict(draw(st.permutations(list(block.items()))))
    top: dict[str, Any] = {"$schema": "https://www.getbifrost.ai/schema"}
    if names or draw(st.booleans()):
        top["providers"] = providers
    top |= draw(st.dictionaries(st.sampled_from(["client", "mcp", "}"]), _unknown, max_size=2))
    return dict(draw(st.permutations(list(top.items()))))


def in_order(data: Any) -> str:
    """Return a text that is equal for equal data with equal types and order of members."""
    return json.dumps(data)


def added_span(before: str, after: str) -> str | None:
    """Return the text that ``after`` has in addition to ``before`` if it is one piece; otherwise None."""
    size = len(after) - len(before)
    pairs = zip(before, after, strict=False)
    start = next(
        (place for place, (old, new) in enumerate(pairs) if old != new), min(len(before), len(after))
    )
    if size >= 0 and after[start + size :] == before[start:]:
        return after[start : start + size]
    return None
