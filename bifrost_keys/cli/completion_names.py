"""Names that completion offers out of the config file: providers, keys, models; and variables' names."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bifrost_keys.core.secrets import name_looks_secret
from bifrost_keys.storage.locate import locate

_LARGEST_BYTES: Final = 64 * 1024 * 1024


def named(
    kind: str, given: Mapping[str, str], built_in: Sequence[str], arguments: Sequence[str]
) -> list[tuple[str, str]]:
    """The candidates of this kind with their meaning, in the order of the file, each once.

    ``given`` are the options of the line so far, by their first spelling; ``arguments`` the words that are
    no options: they say which file and whose models. What looks like a secret, or cannot be shown on one
    line, is left out. Raises OSError or ValueError when the file cannot be read.
    """
    if kind == "variables":
        return _safe((name, "") for name in sorted(os.environ))
    try:
        providers = _providers(given)
    except (OSError, ValueError):
        providers = {}
    if kind in ("providers", "file-providers"):
        mine = [(name, f"{len(_keys(body))} keys") for name, body in providers.items()]
        known = {name.lower() for name in providers}
        others = built_in if kind == "providers" else ()
        return _safe([*mine, *((name, "") for name in others if name not in known)])
    if kind == "models":
        return _safe((model, "") for model in _models(providers, arguments))
    return _safe(_key_names(providers, alone=kind == "keys"))


def _providers(given: Mapping[str, str]) -> Mapping[str, Any]:
    place = locate(
        config=_expanded(given.get("--config")),
        app_dir=_expanded(given.get("--app-dir")),
        environ=os.environ,
        cwd=os.getcwd(),
        home=os.path.expanduser("~"),
    )
    # Never waits: the place may be a pipe, and a person is typing.
    descriptor = os.open(place.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_BYTES:
            return {}
        found = json.loads(stream.read())
    providers = found.get("providers") if isinstance(found, dict) else None
    return providers if isinstance(providers, dict) else {}


def _expanded(path: str | None) -> str | None:
    return None if path is None else os.path.expandvars(os.path.expanduser(path))


def _keys(body: Any) -> list[Mapping[str, Any]]:
    keys = body.get("keys") if isinstance(body, dict) else None
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def _key_names(providers: Mapping[str, Any], *, alone: bool) -> Iterator[tuple[str, str]]:
    """Names alone where they say which key is meant, and every name behind its provider's."""
    found = [
        (provider, str(key["name"]))
        for provider, body in providers.items()
        for key in _keys(body)
        if isinstance(key.get("name"), str) and not name_looks_secret(key["name"])
    ]
    if alone:
        times: dict[str, int] = {}
        for _, name in found:
            times[name] = times.get(name, 0) + 1
        yield from ((name, provider) for provider, name in found if times[name] == 1)
    yield from ((f"{provider}/{name}", "") for provider, name in found)


def _models(providers: Mapping[str, Any], arguments: Sequence[str]) -> Iterator[str]:
    wanted = arguments[0].partition("/")[0].lower() if arguments else ""
    own = {name: body for name, body in providers.items() if name.lower() == wanted}
    for body in (own or providers).values():
        for key in _keys(body):
            for member in ("models", "blacklisted_models", "aliases"):
                names = key.get(member)
                if isinstance(names, (list, dict)):
                    yield from (name for name in names if isinstance(name, str))


def _safe(found: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    once: dict[str, str] = {}
    for name, about in found:
        if name and name not in once and name.isprintable() and not name_looks_secret(name):
            once[name] = about if about.isprintable() else ""
    return list(once.items())
