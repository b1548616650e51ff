"""Make the JSON Schema and the page json: ``python -m bifrost_keys.cli.output.make_contract``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from bifrost_keys.cli.output.contract import ENVELOPES

_HEAD: Final = """# JSON: what -o json prints

Standard output holds one JSON object, standard error nothing or one object with the error. Members are
added and never renamed or removed; a program ignores those that it does not know. `keys help json -o json`
has the JSON Schema too. A key is `{"provider", "key"}` wherever one is shown, secrets masked.

"""


def schema() -> dict[str, Any]:
    """One JSON Schema with a definition for each envelope, and for each object in them."""
    definitions: dict[str, Any] = {}
    for name, envelope in ENVELOPES.items():
        made = TypeAdapter(envelope).json_schema(ref_template="#/$defs/{model}")
        definitions.update(made.pop("$defs", {}))
        definitions[name] = made
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": "bifrost-keys", "$defs": definitions}


def page(definitions: Mapping[str, Any]) -> str:
    """The page: every envelope with its members, then the objects in them."""
    parts = [_HEAD]
    for name in [*ENVELOPES, *(other for other in sorted(definitions) if other not in ENVELOPES)]:
        found = definitions[name]
        needed = found.get("required", ())
        about = found.get("description", "").strip()
        parts.append(f"## {name}\n\n{about}\n\n| member | type | always |\n|---|---|---|\n")
        rows = found.get("properties", {}).items()
        parts += [f"| `{each}` | {_type(of)} | {'yes' if each in needed else ''} |\n" for each, of in rows]
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


def _type(of: Mapping[str, Any]) -> str:
    if "$ref" in of:
        return str(of["$ref"]).rpartition("/")[2]
    if "anyOf" in of:
        return " or ".join(_type(each) for each in of["anyOf"])
    if "enum" in of:
        return ", ".join(f"`{each}`" for each in of["enum"])
    if "const" in of:
        return f"`{of['const']}`"
    if of.get("type") == "array":
        return f"list of {_type(of.get('items', {}))}"
    return str(of.get("type", "any"))


def main() -> None:
    """Write both files of the package."""
    folder = os.path.join(os.path.dirname(__file__), "..", "..", "help")
    made = schema()
    with open(os.path.join(folder, "output.schema.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(made, indent=1) + "\n")
    with open(os.path.join(folder, "json.md"), "w", encoding="utf-8") as file:
        file.write(page(made["$defs"]))


if __name__ == "__main__":
    main()
