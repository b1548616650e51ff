"""The providers of the gateway: what each requires of a key, and which rules a custom one follows.

To add a provider, add its entry here and, where it has a config object of its own, that object to
``fields``; options, help, validation, completion and ``keys providers`` follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields import CONFIG_BY_PROVIDER, ConfigObject, spelling
from bifrost_keys.gateway.secrets.detection import holds_secret

_BUILT_IN_NAMES: Final = (
    *("anthropic", "azure", "bedrock", "cerebras", "cohere", "elevenlabs", "fireworks", "gemini"),
    *("groq", "huggingface", "mistral", "nebius", "ollama", "openai", "openrouter", "parasail"),
    *("perplexity", "replicate", "runway", "sgl", "vertex", "vllm", "xai"),
)
_LATER_NAMES: Final = ("opencode-go", "opencode-zen", "runware")
_VALUE_OPTIONAL: Final = frozenset({"azure", "vertex", "bedrock", "vllm", "ollama", "sgl"})
_KEYS_OPTIONAL: Final = frozenset({"ollama", "sgl"})
BASE_TYPES: Final = ("anthropic", "bedrock", "cohere", "gemini", "openai", "huggingface", "replicate")


class Provider(NamedTuple):
    """A provider's rules for keys.

    ``value_optional``: the gateway uses a key without a value. ``keys_optional``: the file may leave
    ``keys`` out. ``later``: only releases after 1.5.1 know the provider. ``custom``: these are the rules
    of a custom provider that builds on this one, whose keys may look like anybody's.
    """

    name: str
    config: ConfigObject | None = None
    value_optional: bool = False
    keys_optional: bool = False
    later: bool = False
    custom: bool = False


PROVIDERS: Final[Mapping[str, Provider]] = {
    name: Provider(
        name,
        config=CONFIG_BY_PROVIDER.get(name),
        value_optional=name in _VALUE_OPTIONAL,
        keys_optional=name in _KEYS_OPTIONAL,
        later=name in _LATER_NAMES,
    )
    for name in (*_BUILT_IN_NAMES, *_LATER_NAMES)
}
BUILT_IN: Final = tuple(PROVIDERS[name] for name in _BUILT_IN_NAMES)


class Custom(NamedTuple):
    """What ``custom_provider_config`` says: the base type's rules, and whether there are keys at all."""

    base: Provider | None
    keyless: bool


def built_in(name: str) -> Provider | None:
    """The built-in provider of this name, ignoring case, or None."""
    return PROVIDERS.get(name.lower())


def custom(settings: Mapping[str, Any]) -> Custom | None:
    """The custom provider that these members of a provider object declare, or None."""
    config = settings.get("custom_provider_config")
    if not isinstance(config, Mapping):
        return None
    base = config.get(spelling(config, "base_provider_type"))
    known = PROVIDERS[base] if isinstance(base, str) and base in BASE_TYPES else None
    return Custom(known, keyless=config.get(spelling(config, "is_key_less")) is True)


def rules_for(name: str, settings: Mapping[str, Any]) -> Provider | None:
    """The rules that hold for keys of this provider of a file; None when the gateway has none for it."""
    declared = custom(settings)
    if declared is not None and declared.base is not None and built_in(name) is None:
        return declared.base._replace(custom=True)
    return built_in(name)


def is_keyless(settings: Mapping[str, Any]) -> bool:
    """Whether keys cannot be created, changed or deleted at this provider."""
    declared = custom(settings)
    return declared is not None and declared.keyless


def closest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The names nearest to ``name``, best first; for suggestions, so without those that look like secrets."""
    import difflib

    folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), folded, most, 0.6)
    return [folded[match] for match in near if not holds_secret(folded[match])]
