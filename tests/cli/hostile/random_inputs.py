"""Random files and command lines, nearly valid, so that they get far."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from tests.sentinel import SECRET

_OWN: dict[str, dict[str, Any]] = {
    "azure": {"endpoint": "https://x", "client_secret": SECRET},
    "bedrock": {"region": "r", "access_key": SECRET, "secret_key": SECRET},
    "vertex": {"project_id": "p", "region": "r", "auth_credentials": '{"type": "x", "key": "SENTINEL"}'},
    "vllm": {"url": "http://user:SENTINEL@h", "model_name": "m"},
    "ollama": {"url": "http://h"},
}
_PROVIDERS = ("openai", "groq", "azure", "bedrock", "vertex", "vllm", "ollama", "my", "keyless", "Anthropic")
_NAMES = ("one", "two", "three", "a/b", "[b]")
_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, "", " ", "x", "env.A", "env.", "vault.x", "*", [], {}, ["*"]),
    *(["a", "A"], [None], [1], {"a": 1}, {"value": "", "env_var": "env.A", "from_env": True}, "\ud800"),
    *("\u202e", "a\nb", 10**30, 1e300, [[[]]], {"name": "x"}, {"keys": []}, "[bold]", "id-one", "one"),
)
_SELECTORS = (*_NAMES, "openai/one", "groq/one", "azure/one", "id-0", "openai", "nope", "")
_OPTIONS: tuple[tuple[str, ...], ...] = (
    *(("--value-env", "A"), ("--value", SECRET), ("--value", ""), ("--value-stdin",), ("--weight", "2")),
    *(("--weight", "x"), ("--model", "m"), ("--model", "*"), ("--alias", "a=b"), ("--alias", "=b")),
    *(("--disabled",), ("--enabled",), ("--batch",), ("--endpoint", "https://y"), ("--region", "q")),
    *(("--access-key", SECRET), ("--url", "http://z"), ("--bucket", "b=c"), ("--scope", "s")),
    *(("--from-file", "body.json"), ("--blacklisted-model", "*"), ("--overwrite-web",), ("--dry-run",)),
    *(("--gateway-release", "1.5.1"), ("--auth-credentials", '{"type": "x"}'), ("--init",)),
)
# The words of a command: A is a selector, P a provider, O options of a key.
_COMMANDS: tuple[str, ...] = (
    *("create P O", "create P --name A O", "create P --id id-0 O", "create P --name one --if-not-exists O"),
    *("update A O", "update A O --diff", "update A --add-model z --remove-model m", "update A --if-hash x O"),
    *("update A --clear value", "update A --clear arn", "set A O", "rotate A --value-env B"),
    *("rotate A --value-stdin --diff", "rename A A", "rename A new --diff", "disable A", "disable one two"),
    *("disable A --temporary", "enable A", "delete A --yes", "delete A --yes --prune", "delete A one --yes"),
    *("list", "list P", "list --model m", "list --enabled", "get A", "get A --field value"),
    *("get A --field region", "get A --field models", "get A --field x", "check", "check --strict"),
    *("check --fix", "check --fix --dry-run", "hash", "hash A", "hash --env", "status", "explain P m"),
    *("apply desired.json", "apply desired.json --prune", "apply desired.json --prune --allow-empty"),
    *("apply desired.json --dry-run --exit-code", "import x.env", "import x.env --literal --replace"),
    *("export", "export P", "export --env", "externalize A --env-file moved.env"),
)
_ENV_FILES = (f"OPENAI_API_KEY={SECRET}\n", "OPENAI_API_KEY=$X\nGROQ_API_KEY=\n", "=\n", "A\n", "\0", "# x\n")


def some_key(chance: Random, number: int) -> dict[str, Any]:
    """Return a valid key."""
    value = chance.choice([SECRET, "env.A", "vault.b"])
    enabled = chance.random() < 0.7
    name = _NAMES[number % len(_NAMES)]
    return {
        "id": f"id-{number}",
        "name": name,
        "value": value,
        "models": ["*"],
        "weight": 1,
        "enabled": enabled,
    }


def some_config(chance: Random) -> dict[str, Any]:
    """Return a config that is nearly valid."""
    providers: dict[str, Any] = {}
    for provider in chance.sample(_PROVIDERS, 3):
        keys = [some_key(chance, number + 2 * len(providers)) for number in range(chance.randint(0, 3))]
        for key in keys if provider in _OWN else ():
            key[f"{provider}_key_config"] = copy.deepcopy(_OWN[provider])
        providers[provider] = {"keys": keys}
        if provider in ("my", "keyless"):
            base = {"base_provider_type": "bedrock" if chance.random() < 0.3 else "openai"}
            keyless = {"is_key_less": True} if provider == "keyless" else {}
            providers[provider]["custom_provider_config"] = {**base, **keyless}
    reference = {"provider": "openai", "key_ids": ["id-0"], "keys": [{"name": "one"}]}
    target = {"provider": "openai", "provider_key_name": "one"}
    governance = {
        "virtual_keys": [{"id": "v", "provider_configs": [reference]}],
        "routing_rules": [{"targets": [target]}],
        "pricing_overrides": [{"provider_key_name": "two"}],
    }
    config: dict[str, Any] = {"providers": providers}
    if chance.random() < 0.5:
        config["governance"] = governance
    if chance.random() < 0.4:
        config["config_store"] = {"enabled": False}
    return spoiled(chance, config)


def spoiled(chance: Random, value: Any) -> Any:
    """Return the value with up to three of its parts replaced, removed or added to."""
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        places = _places(value)
        if not places:
            break
        holder, place = chance.choice(places)
        if chance.random() < 0.6:
            holder[place] = copy.deepcopy(chance.choice(_ODD))
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(chance.choice(_ODD)))
        elif chance.random() < 0.5:
            del holder[place]
        else:
            name = chance.choice((str(place).upper(), "extra", "\ud800", "name", "id", "value", "keys"))
            holder[name] = copy.deepcopy(chance.choice(_ODD))
    return value


def some_text(chance: Random, config: Any) -> str:
    """Return the config as text in some layout, sometimes damaged."""
    text = json.dumps(config, indent=chance.choice((None, 2, "\t")))
    if chance.random() < 0.08:
        at = chance.randrange(len(text))
        text = (
            text[:at]
            + chance.choice(('"', "{", "}", ",", "\\", "\0", "1e999"))
            + text[at + chance.randint(0, 2) :]
        )
    return text


def some_body(chance: Random) -> str:
    """Return a request body."""
    return json.dumps(spoiled(chance, {**some_key(chance, 0), "bedrock_key_config": {"region": "r"}}))


def some_env_file(chance: Random) -> str:
    """Return an environment file."""
    return chance.choice(_ENV_FILES)


def some_command(chance: Random) -> list[str]:
    """Return a command line, its result asked for in some form."""
    words: list[str] = []
    for word in chance.choice(_COMMANDS).split():
        if word == "O":
            words += [part for option in chance.sample(_OPTIONS, chance.randint(0, 4)) for part in option]
        elif word == "P":
            words.append(chance.choice((*_PROVIDERS, "nosuch")))
        else:
            words.append(chance.choice(_SELECTORS) if word == "A" else word)
    form = chance.choice((None, "json", "name"))
    return words if form is None or "--env" in words else ["-o", form, *words]


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    level = [value]
    while level:
        holder = level.pop()
        members = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for place, part in members:
            found.append((holder, place))
            if isinstance(part, (dict, list)):
                level.append(part)
    return found
