"""Names for completion from the config file (providers, keys, models) and from the environment.

Loads as little as it can, no ``typing`` and no data classes: a person waits for it at every key.
"""

import json
import os
import stat

from bifrost_keys.gateway.secrets.detection import name_looks_secret

_LARGEST_BYTES = 64 * 1024 * 1024


def named(
    kind: str, given: dict[str, str], built_in: tuple[str, ...], arguments: list[str]
) -> list[tuple[str, str]]:
    """The candidates of this kind with their meaning, in the order of the file, each once.

    ``given`` are the options of the line so far, by their first spelling; ``arguments`` the words that are
    no options: they say which file and whose models. What looks like a secret, or cannot be shown on one
    line, is left out. A file that cannot be read has no names.
    """
    if kind == "variables":
        return _safe([(name, "") for name in sorted(os.environ)])
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
    return _safe([*whole, *_key_names(providers, alone=kind == "keys")])


def _providers(given: dict[str, str]) -> dict[str, object]:
    file, folder = (
        os.path.expandvars(os.path.expanduser(given.get(o, ""))) for o in ("--config", "--app-dir")
    )
    file = file or (os.path.join(folder, "config.json") if folder else "")
    folder = os.environ.get("BIFROST_APP_DIR", "")
    file = file or os.environ.get("BIFROST_CONFIG") or (os.path.join(folder, "config.json") if folder else "")
    if file:
        return _providers_of(file) or {}
    here = _providers_of("config.json") if os.path.exists("config.json") else None
    return here if here is not None else _providers_of(_searched()) or {}


def _searched() -> str:
    """The file that the rules choose where none is named, and the one in this directory has no providers."""
    from bifrost_keys.stores.config_file.locate import home_directory, locate

    home = home_directory(os.environ)
    return locate(config=None, app_dir=None, environ=os.environ, cwd=os.getcwd(), home=home).path


def _providers_of(path: str) -> dict[str, object] | None:
    # Never waits: the place may be a pipe, and a person is typing.
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


def _key_names(providers: dict[str, object], *, alone: bool) -> list[tuple[str, str]]:
    """Names alone where they say which key is meant, and every name behind its provider's."""
    found = [(provider, key.get("name")) for provider, body in providers.items() for key in _keys(body)]
    names = [
        (provider, name) for provider, name in found if isinstance(name, str) and not name_looks_secret(name)
    ]
    times: dict[str, int] = {}
    for _, name in names:
        times[name] = times.get(name, 0) + 1
    single = [(name, provider) for provider, name in names if alone and times[name] == 1]
    return single + [(f"{provider}/{name}", "") for provider, name in names]


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
