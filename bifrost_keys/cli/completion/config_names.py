"""Find names to complete, in the config file (providers, keys, models) and in the environment.

This module loads as little as possible, neither ``typing`` nor data classes, because it runs while somebody
is typing.
"""

import json
import os
import stat

from bifrost_keys.gateway.secrets.detection import name_looks_secret

_LARGEST_BYTES = 64 * 1024 * 1024
_SECRET_PARTS = ("KEY", "TOKEN", "SECRET", "CREDENTIAL", "PASSWORD")
# Fields that get can print although the entry does not have them.
_OF_EVERY_KEY = frozenset(
    {
        *("id", "name", "value", "models", "blacklisted_models", "weight", "aliases", "enabled"),
        *("use_for_batch_api", "config_hash", "status", "description"),
    }
)


def named(
    kind: str, given: dict[str, str], built_in: tuple[str, ...], arguments: list[str], current: str = ""
) -> list[tuple[str, str]]:
    """Return the candidates of this kind with descriptions, in the order of the file, each once.

    ``given`` are the options of the line so far, by their first spelling, and ``arguments`` the other words:
    they select the file, and the key whose models are listed. A name that looks like a secret, or does not
    fit on one line, is omitted. A file that cannot be read has no names.
    """
    if kind == "variables":
        provider = arguments[0].partition("/")[0] if arguments else ""
        return _safe([(name, "") for name in _variables(provider, current)])
    try:
        providers = _providers(given)
    except (OSError, ValueError, RecursionError):
        providers = {}
    if kind in ("providers", "file-providers"):
        mine = [(name, f"{len(_keys(body))} keys") for name, body in providers.items()]
        known = {name.lower() for name in providers}
        others = built_in if kind == "providers" else ()
        return _safe([*mine, *((name, "") for name in others if name not in known)])
    if kind == "models":
        return _safe([(model, "") for model in _models(providers, arguments)])
    whole = [(name, "every key of it") for name in providers] if kind == "file-providers-and-keys" else []
    names = _key_names(providers, alone=kind == "keys", current=current)
    return _safe([*whole, *(each for each in names if not _is_given(*each, arguments))])


def absent_fields(fields: list[str], given: dict[str, str], key: str) -> list[str]:
    """Return the optional fields among these that a key of the config file does not have."""
    try:
        providers = _providers(given)
    except (OSError, ValueError, RecursionError):
        return []
    for provider, body in providers.items():
        for entry in _keys(body):
            if key in (entry.get("name"), entry.get("id"), f"{provider}/{entry.get('name')}"):
                there = {*_OF_EVERY_KEY, *entry}
                for value in entry.values():
                    there.update(value if isinstance(value, dict) else ())
                return [name for name in fields if name.partition(".")[0] not in there]
    return []


def _variables(provider: str, current: str) -> list[str]:
    """Variables of the environment: the provider's own, else what may be secrets, else all that fit."""
    own = provider.upper().replace("-", "_")
    secret = [name for name in sorted(os.environ) if any(part in name.upper() for part in _SECRET_PARTS)]
    groups = ([name for name in secret if own and name.startswith(own)], secret, sorted(os.environ))
    fitting = ([name for name in group if name.startswith(current)] for group in groups)
    return next((group for group in fitting if group), [])


def _is_given(name: str, about: str, arguments: list[str]) -> bool:
    """Return whether the key is on the line already; ``about`` is the provider of a name without one."""
    return name in arguments or f"{about}/{name}" in arguments or name.partition("/")[2] in arguments


def _providers(given: dict[str, str]) -> dict[str, object]:
    if "--gateway" in given or "--live" in given:
        return {}  # names in a file would be wrong, and a gateway is too slow while somebody is typing
    file, folder = (
        os.path.expandvars(os.path.expanduser(given.get(o, ""))) for o in ("--config", "--app-dir")
    )
    file = file or (os.path.join(folder, "config.json") if folder else "")
    folder = os.environ.get("BIFROST_APP_DIR", "")
    file = file or os.environ.get("BIFROST_CONFIG") or (os.path.join(folder, "config.json") if folder else "")
    if file:
        return _providers_of(file) or {}
    from bifrost_keys.stores.config_file.default_file import default_file, home_directory

    home = home_directory(os.environ)
    if not os.path.lexists("config.json"):
        return _providers_of(default_file(home)) or {}
    here = _providers_of("config.json") if os.path.exists("config.json") else None
    return here if here is not None else _providers_of(_searched(home)) or {}


def _searched(home: str) -> str:
    """Return the file chosen by the rules if none is named and the one in this directory has no providers."""
    from bifrost_keys.stores.config_file.locate import (
        locate,  # takes longer than all else, and is seldom needed
    )

    return locate(config=None, app_dir=None, environ=os.environ, cwd=os.getcwd(), home=home).path


def _providers_of(path: str) -> dict[str, object] | None:
    # Never blocks: the path may be a pipe, and somebody is typing.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_BYTES:
            return None
        found: object = json.loads(stream.read())
    providers = found.get("providers") if isinstance(found, dict) else None
    return providers if isinstance(providers, dict) else None


def _keys(body: object) -> list[dict[str, object]]:
    keys = body.get("keys") if isinstance(body, dict) else None
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def _key_names(providers: dict[str, object], *, alone: bool, current: str = "") -> list[tuple[str, str]]:
    """Return each key once: by its name if that is unique and begins as typed, else with its provider."""
    found = [(provider, key.get("name")) for provider, body in providers.items() for key in _keys(body)]
    names = [
        (provider, name) for provider, name in found if isinstance(name, str) and not name_looks_secret(name)
    ]
    times: dict[str, int] = {}
    for _, name in names:
        times[name] = times.get(name, 0) + 1
    single = [
        (name, provider)
        for provider, name in names
        if alone and times[name] == 1 and name.startswith(current)
    ]
    shown = {(provider, name) for name, provider in single}
    return single + [(f"{provider}/{name}", "") for provider, name in names if (provider, name) not in shown]


def _models(providers: dict[str, object], arguments: list[str]) -> list[str]:
    wanted = arguments[0].partition("/")[0].lower() if arguments else ""
    own = {name: body for name, body in providers.items() if name.lower() == wanted}
    found: list[str] = []
    for body in (own or providers).values():
        for key in _keys(body):
            for member in ("models", "blacklisted_models", "aliases"):
                names = key.get(member)
                if isinstance(names, (list, dict)):
                    found += [name for name in names if isinstance(name, str)]
    return found


def _safe(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    once: dict[str, str] = {}
    for name, about in found:
        if name and name not in once and name.isprintable() and not name_looks_secret(name):
            once[name] = about if about.isprintable() else ""
    return list(once.items())
