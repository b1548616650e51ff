"""How the work of a command grows with its file: instructions of this program are counted, not seconds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import bifrost_keys

_OURS = str(Path(bifrost_keys.__file__).parent)
# From the first size to the third it is five times as far as to the second.
_SIZES = (8, 28, 108)
# Of work that is small beside that of reading, only many times more shows.
_LARGER = {"keys with one name": (28, 108, 428)}
_NOTHING = 1000  # so few instructions more say nothing
_MOST = 5**1.1  # an exponent above that is a cliff
_OWN = {
    "custom_provider_config": {"base_provider_type": "openai"},
    "network_config": {"base_url": "https://x.example"},
}


def _key(number: int = 0, **members: Any) -> dict[str, Any]:
    plain = {
        "id": f"id-{number}",
        "name": f"k{number}",
        "value": f"env.KEY_{number}",
        "models": ["*"],
        "weight": 1,
    }
    return {**plain, **members}


def _keys(count: int, **members: Any) -> dict[str, Any]:
    return {"providers": {"openai": {"keys": [_key(number, **members) for number in range(count)]}}}


def _one(provider: str = "openai", **members: Any) -> dict[str, Any]:
    return {"providers": {provider: {"keys": [_key(**members)]}}}


def _names(count: int) -> list[str]:
    return [f"member-{number:03}" for number in range(count)]


def _twins(count: int) -> list[str]:
    """Names that differ in case alone."""
    letters = [[letter.lower(), letter] for letter in "ABCDEFGHIJ"]
    return [
        "".join(pair[number >> place & 1] for place, pair in enumerate(letters)) for number in range(count)
    ]


def _providers(count: int) -> dict[str, Any]:
    named = {f"acme-{number}": {**_OWN, "keys": [_key(number + 1)]} for number in range(count)}
    return {"providers": {"openai": {"keys": [_key()]}, **named}}


def _rules(count: int) -> dict[str, Any]:
    targets = [{"provider": "openai", "provider_key_name": f"k{number}"} for number in range(count)]
    # With so many brackets that the depth of the text is looked at, whatever the count.
    governance = {"routing_rules": [{"targets": [target]} for target in targets], "teams": [[]] * 500}
    return {**_keys(count), "governance": governance}


def _targets(count: int) -> dict[str, Any]:
    target = {"provider": "openai", "provider_key_name": "k0"}
    return {**_one(), "governance": {"routing_rules": [{"targets": [target] * count}]}}


_MANY: dict[str, Callable[[int], dict[str, Any]]] = {
    "keys": _keys,
    "keys with aliases": lambda count: _keys(count, aliases={"fast": "m"}),
    "keys with one secret": lambda count: _keys(count, value="env.ONE"),
    "keys with one name": lambda count: _keys(count, name="k"),
    "keys without names": lambda count: _keys(count, name="", id=""),
    "keys with faults": lambda count: _keys(count, weight=-1, models=[3, ""], aliases=3),
    "providers": _providers,
    "rules": _rules,
    "references to one key": _targets,
    "models": lambda count: _one(models=_names(count), blacklisted_models=_names(count)[1:]),
    "duplicate models": lambda count: _one(models=["m"] * count),
    "models of a wrong type": lambda count: _one(models=[3] * count),
    "aliases": lambda count: _one(aliases=dict.fromkeys(_names(count), "m")),
    "alias objects": lambda count: _one(aliases={name: {"model_id": "m", "x": 1} for name in _names(count)}),
    "aliases of a wrong type": lambda count: _one(aliases=dict.fromkeys(_names(count), 3)),
    "aliases that differ in case": lambda count: _one(aliases=dict.fromkeys(_twins(count), "m")),
    "unknown members": lambda count: _one(**dict.fromkeys(_names(count), 1)),
    "members that differ in case": lambda count: _one(**dict.fromkeys(_twins(count), 1)),
    "unknown members of an object": lambda count: _one(
        "azure", azure_key_config=dict.fromkeys(_names(count), 1)
    ),
    "buckets": lambda count: _one(
        "bedrock", bedrock_key_config={"batch_s3_config": {"buckets": [{"x": 1, "bucket_name": 3}] * count}}
    ),
    "top-level members": lambda count: {**_one(), **dict.fromkeys(_names(count), 1)},
    "elements that are not keys": lambda count: {"providers": {"openai": {"keys": [_key(), *([3] * count)]}}},
    "letters": lambda count: _one(value="env." + "aB3" * 99 * count, note="aB3 " * 99 * count),
}
_ANY = ("check", "update --all --weight 2", "apply FILE")
_EACH = {
    "keys": (
        *(
            "create openai --value-env NEW",
            "update k0 --weight 2",
            "update --all --value-env NEW",
            "rename k0 new",
        ),
        *("disable *", "delete NAMES --yes", "get k0", "get nope", "status", "hash", "explain openai m"),
        *("externalize --all --env-file new.env", "check --fix", "import VARIABLES", "list", "export"),
    ),
    "keys without names": ("check --fix", "apply FILE --prune --yes", "apply REVERSED"),
    "keys with one name": ("get k", "check --fix", "apply FILE --prune --yes"),
    "providers": ("delete NAMES --yes", "create nope --value-env NEW", "status", "list", "export"),
    "rules": ("rename k0 new", "delete NAMES --yes", "disable *", "create openai --value-env NEW"),
    "references to one key": ("rename k0 new", "get k0", "delete k0 --yes"),
    "models": ("explain openai member-nope", "get k0", "update k0 --add-model new"),
    "aliases": ("explain openai m", "get k0", "update k0 --add-alias new=m"),
    "unknown members": ("get k0", "update k0 --clear member-001"),
}


@pytest.mark.parametrize("kind", _MANY)
def test_no_command_grows_faster_than_its_file(kind: str, call: Any, tmp_path: Path) -> None:
    found = {line: _growth(call, tmp_path, line, kind) for line in (*_ANY, *_EACH.get(kind, ()))}
    assert {line: growth for line, growth in found.items() if growth > _MOST} == {}


def _growth(call: Any, folder: Path, line: str, kind: str) -> float:
    """How many times more is to be done for the third size than for the second, the first taken off."""
    _work(call, folder, line, _MANY[kind](_SIZES[0]))  # loads modules, and makes what is made once
    sizes = _LARGER.get(kind, _SIZES)
    base, few, many = (_work(call, folder, line, _MANY[kind](count)) for count in sizes)
    return (many - base) / max(few - base, _NOTHING)


def _work(call: Any, folder: Path, line: str, data: dict[str, Any]) -> int:
    """The number of this program's instructions that a command executes."""
    config, given, variables = folder / "config.json", folder / "given.json", folder / "variables.env"
    given.write_text(json.dumps(data), encoding="utf-8")
    config.write_text(json.dumps(_one() if line == "apply FILE" else data), encoding="utf-8")
    (folder / "new.env").unlink(missing_ok=True)
    keys = [key["name"] for provider in data["providers"].values() for key in provider["keys"] if key != 3]
    variables.write_text("".join(f"OPENAI_API_KEY_{number}=x\nV{number}=\n" for number in range(len(keys))))
    turned = folder / "reversed.json"
    turned.write_text(
        json.dumps(
            {"providers": {name: {"keys": each["keys"][::-1]} for name, each in data["providers"].items()}}
        )
    )
    words = {"FILE": [str(given)], "REVERSED": [str(turned)], "NAMES": keys, "VARIABLES": [str(variables)]}
    arguments = [argument for word in line.split() for argument in words.get(word, [word])]
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        if event == "opcode":
            count += 1
        elif event == "call":
            if not frame.f_code.co_filename.startswith(_OURS):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        done = call(*arguments, "--config", str(config))
    finally:
        sys.settrace(before)
    assert done.code != 70, done.err
    return count
