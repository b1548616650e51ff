"""Generate the JSON Schema and the page json: ``python -m bifrost_keys.cli.output.contract.make``."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter

from bifrost_keys.cli.output.contract.commands import COMMANDS, Printed
from bifrost_keys.cli.output.contract.examples import Examples

# An object has only the members of its type, unless the type says otherwise.
CLOSED: Final = ConfigDict(extra="forbid", use_attribute_docstrings=True)
_FOLDER: Final = os.path.join(os.path.dirname(__file__), "..", "..", "..", "help")
_HEAD: Final = """# JSON: what -o json prints

With `-o json`, or `BIFROST_KEYS_OUTPUT=json`, a command that succeeds prints one JSON document on standard
output and nothing on standard error. One that fails prints nothing on standard output and one JSON document
on standard error, see *errors* below. There are three exceptions: warnings that the result has no place for,
those of `export` and of a session at a gateway that could not be ended, are on standard error, see
*warnings*; `check` of several files prints findings, and an error if it cannot open all of them; and with
`--quiet` most commands print only errors.

- A key is named by `provider` and `name` everywhere, and every command accepts `PROVIDER/NAME`. For a key
  without a name, `name` is its place at the provider, for example `#2`. If the whole key is printed,
  `provider` and `key` are its members.
- `keys get NAME --field FIELD` prints the value of the field alone, as a JSON value of any type.
- `--config - --stdout` prints the changed file itself, and the JSON of the change on standard error.
- A run that a signal ends prints nothing; see `keys help exit-codes`.
- Members are added, never renamed or removed. A program should ignore members that it does not know.
- `keys help json -o json` prints the JSON Schema of everything on this page, as its member `schema`.

"""


def schema() -> dict[str, Any]:
    """Return one JSON Schema with a definition for each command, such as ``list``, and for each object."""
    objects = tuple(dict.fromkeys(each for printed in COMMANDS.values() for each in printed.objects))
    adapter: TypeAdapter[Any] = TypeAdapter(tuple[objects], config=CLOSED)  # type: ignore[valid-type]
    definitions = adapter.json_schema(ref_template="#/$defs/{model}")["$defs"]
    for definition in definitions.values():
        for member in definition["properties"].values():
            member.pop("title", None)
    for names, printed in COMMANDS.items():
        links = [{"$ref": f"#/$defs/{each.__name__}"} for each in printed.objects]
        definition = links[0] if len(links) == 1 else {"anyOf": links}
        definitions.update((name.lstrip("-").replace(" --", "-"), definition) for name in names)
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": "bifrost-keys", "$defs": definitions}


def page() -> str:
    """Return the page: the output of each command, with an example, then the objects in it."""
    definitions = schema()["$defs"]
    told: set[str] = set()
    parts = [_HEAD]
    with Examples() as examples:
        for names, printed in COMMANDS.items():
            titles = [f"keys {name}" if name not in ("warnings", "errors") else name for name in names]
            parts.append(f"## {', '.join(titles)}\n\n")
            parts += _command(printed, examples, definitions, told)
    parts.append("# Objects\n\n")
    for name in sorted(each for each in definitions if each[0].isupper() and each not in told):
        parts += (f"## {name}\n\n", *_object(definitions[name]))
    return "".join(parts).rstrip() + "\n"


def _command(
    printed: Printed, examples: Examples, definitions: Mapping[str, Any], told: set[str]
) -> Iterator[str]:
    """Yield the output of a command: an example, and the objects that were not described before."""
    if printed.example:
        line = f"{printed.example} -o json"
        shown = printed.shown if printed.shown is not None else examples.run(shlex.split(line)[1:])
        yield f"```\n$ {line}\n{json.dumps(shown, indent=2, ensure_ascii=False)}\n```\n\n"
    for each in printed.objects:
        name = each.__name__
        if name in told:
            yield f"{name}: see above.\n\n"
            continue
        told.add(name)
        yield f"**{name}.** "
        yield from _object(definitions[name])


def _object(definition: Mapping[str, Any]) -> Iterator[str]:
    about = " ".join(definition["description"].split())
    more = " Other members can follow." if definition.get("additionalProperties") else ""
    yield f"{about}{more}\n\n| member | type | always | what it is |\n|---|---|---|---|\n"
    needed = definition.get("required", ())
    for name, member in definition["properties"].items():
        about = " ".join(member.get("description", "").split())
        yield f"| `{name}` | {_type(member)} | {'yes' if name in needed else ''} | {about} |\n"
    yield "\n"


def _type(member: Mapping[str, Any]) -> str:
    if "$ref" in member:
        return str(member["$ref"]).rpartition("/")[2]
    if "anyOf" in member:
        return " or ".join(_type(each) for each in member["anyOf"])
    if "enum" in member:
        return ", ".join(f"`{each}`" for each in member["enum"])
    if "const" in member:
        return f"`{member['const']}`"
    if member.get("type") == "array":
        return f"list of {_type(member.get('items', {}))}"
    if isinstance(inner := member.get("additionalProperties"), Mapping):
        return f"object of {_type(inner)}"
    return str(member.get("type", "any"))


def main() -> None:
    """Write both files of the package."""
    with open(os.path.join(_FOLDER, "output.schema.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(schema(), indent=1) + "\n")
    with open(os.path.join(_FOLDER, "json.md"), "w", encoding="utf-8") as file:
        file.write(page())


if __name__ == "__main__":
    main()
