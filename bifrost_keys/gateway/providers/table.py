"""The table of built-in providers: what each requires of a key, and which rules a custom provider follows.

To add a provider, add its entry here and, if it has its own config object, that object to
``fields.config_objects``; options, help, validation, completion and ``keys providers`` follow.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.table import CONFIG_BY_PROVIDER, ConfigObject, spelling
from bifrost_keys.gateway.releases import OLDEST, Release
from bifrost_keys.gateway.secrets.detection import contains_secret


class Provider(NamedTuple):
    """A provider's rules for keys. Releases before ``since`` do not know it.

    ``value_optional`` says that the gateway may use a key without a value; ``keys_optional``, that the file
    may omit ``keys``. From ``base_since`` on a custom provider may be based on this one. ``custom`` says that
    these are the rules of a custom provider based on this one, whose keys may have any form.
    """

    name: str
    since: Release = OLDEST
    value_optional: bool = False
    keys_optional: bool = False
    base_since: Release | None = None
    custom: bool = False

    @property
    def config(self) -> ConfigObject | None:
        """The config object that the provider's keys may have, or None."""
        return CONFIG_BY_PROVIDER.get(self.name)

    @property
    def later(self) -> bool:
        """Whether only releases after 1.5.1 know the provider."""
        return self.since > OLDEST

    def works_without_value(self, entry: Mapping[str, Any]) -> bool:
        """Return whether the gateway uses a key without a value that has these other fields."""
        if self.config is None or not self.config.instead_of_value:
            return self.value_optional
        given = entry.get(self.config.name)
        return isinstance(given, Mapping) and all(given.get(name) for name in self.config.instead_of_value)


BUILT_IN: Final = (
    Provider("anthropic", base_since=OLDEST),
    Provider("azure", value_optional=True),
    Provider("bedrock", value_optional=True, base_since=OLDEST),
    Provider("bedrock_mantle", since=(1, 6, 3), value_optional=True),
    Provider("cerebras"),
    Provider("cohere", base_since=OLDEST),
    Provider("databricks", since=(2, 1, 0), value_optional=True),
    Provider("deepseek", since=(1, 6, 3)),
    Provider("elevenlabs"),
    Provider("fireworks"),
    Provider("gemini", base_since=OLDEST),
    Provider("github-copilot", since=(2, 1, 0), value_optional=True),
    Provider("groq"),
    Provider("huggingface", base_since=OLDEST),
    Provider("mistral"),
    Provider("nebius"),
    Provider("ollama", value_optional=True, keys_optional=True),
    Provider("openai", base_since=OLDEST),
    Provider("opencode-go", since=(1, 5, 14)),
    Provider("opencode-zen", since=(1, 5, 14)),
    Provider("openrouter"),
    Provider("parasail"),
    Provider("perplexity"),
    Provider("replicate", base_since=OLDEST),
    Provider("runware", since=(1, 6, 0)),
    Provider("runway"),
    Provider("sarvam", since=(1, 6, 4)),
    Provider("sgl", value_optional=True, keys_optional=True),
    Provider("typesafe", since=(2, 2, 2), base_since=(2, 2, 2)),
    Provider("vertex", value_optional=True),
    Provider("vllm", value_optional=True),
    Provider("wafer", since=(1, 6, 5)),
    Provider("xai"),
)
PROVIDERS: Final[Mapping[str, Provider]] = {provider.name: provider for provider in BUILT_IN}
BASE_TYPES: Final = tuple(provider.name for provider in BUILT_IN if provider.base_since is not None)


class Custom(NamedTuple):
    """The content of ``custom_provider_config``: the rules of the base type, and whether there are keys."""

    base: Provider | None
    keyless: bool


def built_in(name: str) -> Provider | None:
    """Return the built-in provider with this name, ignoring case, or None."""
    return PROVIDERS.get(name.lower())


def custom(settings: Mapping[str, Any]) -> Custom | None:
    """Return the custom provider that these settings declare, or None."""
    config = settings.get("custom_provider_config")
    if not isinstance(config, Mapping):
        return None
    base = config.get(spelling(config, "base_provider_type"))
    known = PROVIDERS[base] if isinstance(base, str) and base in BASE_TYPES else None
    return Custom(known, keyless=config.get(spelling(config, "is_key_less")) is True)


def rules_for(name: str, settings: Mapping[str, Any]) -> Provider | None:
    """Return the rules for keys of this provider of a file; None if the gateway does not know it."""
    declared = custom(settings)
    if declared is not None and declared.base is not None and built_in(name) is None:
        return declared.base._replace(custom=True)
    return built_in(name)


def is_keyless(settings: Mapping[str, Any]) -> bool:
    """Return whether the provider has no keys, so that none can be created, changed or deleted."""
    declared = custom(settings)
    return declared is not None and declared.keyless


# The least similarity of two names, from 0 to 1: 0.7 finds wieght and openai/pord, but not scopes for nope.
_LEAST_LIKENESS: Final = 0.7


def closest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Return the names most similar to ``name``, best first, without those that look like secrets."""
    import difflib

    folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), folded, most, _LEAST_LIKENESS)
    return [folded[match] for match in near if not contains_secret(folded[match])]
