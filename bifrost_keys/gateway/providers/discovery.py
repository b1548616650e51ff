"""How each provider is asked whether a key works: the gateway's own model discovery, as one table.

The gateway asks a provider for its list of models with each key. Where that list is public, and so says
nothing about a key, the table names a call that needs one. Addresses and paths are those of the gateway
(core/providers of its source) and of the providers' own references, named beside the entry where the two
differ or the list proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.providers.table import rules_for

Style = Literal["bearer", "x-api-key", "x-goog-api-key", "api-key", "xi-api-key", "api-subscription-key"]

_ENTRA: Final = "it signs in with Entra"
_AWS: Final = "it signs its calls with AWS credentials"
_GOOGLE: Final = "it uses Google credentials"
_PUBLIC: Final = "the provider shows its list of models to anybody, and has no other call that costs nothing"


class Endpoint(NamedTuple):
    """Where a provider is asked, and how the key is sent.

    ``base`` is the address in use without ``network_config.base_url``; None: the key's own. ``models`` is
    the path of the list of models and ``ids`` where their names are in it (``data.id``: the members ``id``
    of the list ``data``). ``proof`` is a path that needs a valid key, where the list does not. ``public``:
    there is none, so that nothing proves a key.
    """

    base: str | None
    models: str | None = "/v1/models"
    ids: str = "data.id"
    style: Style = "bearer"
    proof: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    public: bool = False


_COPILOT: Final = (
    ("Copilot-Integration-Id", "vscode-chat"),
    ("Editor-Version", "vscode/1.95.0"),
    ("Editor-Plugin-Version", "copilot-chat/0.26.7"),
    ("X-Github-Api-Version", "2025-04-01"),
)
ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    "anthropic": Endpoint(
        "https://api.anthropic.com",
        "/v1/models?limit=1000",
        style="x-api-key",
        headers=(("anthropic-version", "2023-06-01"),),
    ),
    # The list of the resource's base models; deployments have names of their own, so nothing is compared.
    "azure": Endpoint(None, "/openai/models?api-version=2024-10-21", ids="", style="api-key"),
    "bedrock": Endpoint(
        "https://bedrock.{region}.amazonaws.com", "/foundation-models", "modelSummaries.modelId"
    ),
    "bedrock_mantle": Endpoint("https://bedrock-mantle.{region}.api.aws"),
    "cerebras": Endpoint("https://api.cerebras.ai"),
    "cohere": Endpoint("https://api.cohere.ai", "/v1/models?page_size=1000", "models.name"),
    # docs.databricks.com: the serving endpoints of the workspace.
    "databricks": Endpoint(None, "/api/2.0/serving-endpoints", "endpoints.name"),
    "deepseek": Endpoint("https://api.deepseek.com", "/models"),
    "elevenlabs": Endpoint("https://api.elevenlabs.io", "/v1/models", ".model_id", style="xi-api-key"),
    "fireworks": Endpoint("https://api.fireworks.ai/inference"),
    "gemini": Endpoint(
        "https://generativelanguage.googleapis.com/v1beta",
        "/models?pageSize=1000",
        "models.name",
        style="x-goog-api-key",
    ),
    "github-copilot": Endpoint("https://api.githubcopilot.com", "/models", headers=_COPILOT),
    "groq": Endpoint("https://api.groq.com/openai"),
    # The list is public and on another host than the models; whoami-v2 is the hub's own look at a token.
    "huggingface": Endpoint("https://huggingface.co", None, "", proof="/api/whoami-v2"),
    "mistral": Endpoint("https://api.mistral.ai"),
    "nebius": Endpoint("https://api.tokenfactory.nebius.com"),
    "ollama": Endpoint(None),
    "openai": Endpoint("https://api.openai.com"),
    # github.com/anomalyco/opencode: the server lists models without looking at the key.
    "opencode-go": Endpoint("https://opencode.ai/zen/go", public=True),
    "opencode-zen": Endpoint("https://opencode.ai/zen", public=True),
    # openrouter.ai/docs: the list is public, /api/v1/key describes the key that asks.
    "openrouter": Endpoint("https://openrouter.ai/api", proof="/v1/key"),
    "parasail": Endpoint("https://api.parasail.io"),
    # docs.perplexity.ai: the list is public; the list of asynchronous requests needs the key.
    "perplexity": Endpoint("https://api.perplexity.ai", proof="/v1/async/sonar"),
    # replicate.com/docs: models are found by name, so there is no list; the account belongs to the token.
    "replicate": Endpoint("https://api.replicate.com", None, "", proof="/v1/account"),
    "runware": Endpoint("https://api.runware.ai/v1", "/models"),
    # docs.dev.runwayml.com: no list of models; the organization belongs to the key.
    "runway": Endpoint(
        "https://api.dev.runwayml.com",
        None,
        "",
        proof="/v1/organization",
        headers=(("X-Runway-Version", "2024-11-06"),),
    ),
    # docs.sarvam.ai: /v1/models is public, /v2/models asks for the subscription key.
    "sarvam": Endpoint(
        "https://api.sarvam.ai", "/v1/models", style="api-subscription-key", proof="/v2/models"
    ),
    "sgl": Endpoint(None),
    "typesafe": Endpoint("https://api.typesafe.ai", "/v1/models", "models.name"),
    "vllm": Endpoint(None),
    "wafer": Endpoint("https://pass.wafer.ai/v1", "/models", public=True),
    "xai": Endpoint("https://api.x.ai"),
}
_KEY_ADDRESS: Final[Mapping[str, tuple[str, str]]] = {
    "azure": ("azure_key_config", "endpoint"),
    "databricks": ("databricks_key_config", "workspace_url"),
    "ollama": ("ollama_key_config", "url"),
    "sgl": ("sgl_key_config", "url"),
    "vllm": ("vllm_key_config", "url"),
}


@dataclass(frozen=True)
class Question:
    """What to ask a provider about one key: ``headers`` contain the secret, so it is never shown.

    ``proof`` and ``models`` are paths below ``base``, either may be None. ``enforced``: whether an answer
    says something about the key; a server without keys answers everybody.
    """

    base: str
    headers: Mapping[str, str] = field(repr=False)
    proof: str | None
    models: str | None
    ids: str
    enforced: bool = True


class NotTestable(NamedTuple):
    """Why a key cannot be tested from here."""

    reason: str


def question(
    provider: str, settings: Mapping[str, Any], fields: Mapping[str, Any], environment: Mapping[str, str]
) -> Question | NotTestable:
    """What to ask about a key of ``provider``, whose other settings are ``settings``.

    References are taken from ``environment``. A ``network_config.base_url`` is asked in place of the
    provider's address, a custom provider as its base type is.
    """
    rules = rules_for(provider, settings)
    key = as_gateway_reads(fields)
    if rules is None:
        return NotTestable("the gateway knows no such provider")
    missing = sorted(set(_unset(key, environment)))
    if missing:
        return NotTestable(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set here")
    resolved = _resolved(key, environment)
    if any(text.startswith("vault.") for text in _texts(resolved)):
        return NotTestable("its secret is in a vault")
    endpoint = ENDPOINTS.get(rules.name)
    secret = resolved.get("value") or ""
    reason = _signing(rules.name, secret)
    if reason is not None or endpoint is None:
        return NotTestable(f"{reason or _GOOGLE}, which only the gateway can do")
    base = _base(rules.name, endpoint, settings, resolved)
    if base is None:
        return NotTestable("its address is missing")
    if endpoint.public:
        return NotTestable(_PUBLIC)
    headers = {**dict(endpoint.headers), **(_header(endpoint.style, secret) if secret else {})}
    overridden = _overridden_path(settings)
    return Question(
        base,
        headers,
        endpoint.proof,
        overridden or endpoint.models,
        endpoint.ids,
        enforced=bool(secret),
    )


def _header(style: Style, secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"} if style == "bearer" else {style: secret}


def _signing(provider: str, secret: str) -> str | None:
    """How a key without a plain secret proves who asks; None for a plain one, or where none is needed."""
    if provider == "vertex":
        return _GOOGLE
    if secret:
        return None
    if provider == "azure":
        return _ENTRA
    if provider in ("bedrock", "bedrock_mantle"):
        return _AWS
    if provider == "databricks":
        return "it signs in with a client id and secret"
    if provider == "github-copilot":
        return "it signs in as a GitHub App"
    return None


def _base(
    provider: str, endpoint: Endpoint, settings: Mapping[str, Any], key: Mapping[str, Any]
) -> str | None:
    own = _KEY_ADDRESS.get(provider)
    if own is not None:
        config = key.get(own[0])
        address = config.get(own[1]) if isinstance(config, Mapping) else None
        return address if isinstance(address, str) and address else None
    network = settings.get("network_config")
    address = network.get("base_url") if isinstance(network, Mapping) else None
    if isinstance(address, str) and address:
        return address.rstrip("/")
    config = key.get(f"{provider}_key_config")
    region = config.get("region") if isinstance(config, Mapping) else None
    return (endpoint.base or "").replace("{region}", region if isinstance(region, str) else "us-east-1")


def _overridden_path(settings: Mapping[str, Any]) -> str | None:
    """The path that a custom provider declares for its list of models."""
    declared = settings.get("custom_provider_config")
    paths = declared.get("request_path_overrides") if isinstance(declared, Mapping) else None
    path = paths.get("list_models") if isinstance(paths, Mapping) else None
    return path if isinstance(path, str) and path.startswith("/") else None


def _unset(value: Any, environment: Mapping[str, str]) -> Iterator[str]:
    """The variables that a key refers to and that have no value here."""
    for text in _texts(value):
        if text.startswith("env.") and not environment.get(text.removeprefix("env.")):
            yield text.removeprefix("env.")


def _resolved(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return environment.get(value.removeprefix("env."), "") if value.startswith("env.") else value
    if isinstance(value, Mapping):
        return {name: _resolved(part, environment) for name, part in value.items()}
    return [_resolved(part, environment) for part in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterator[str]:
    """The texts of a key that may be secrets or addresses: its value, and those in its config objects."""
    if not isinstance(value, Mapping):
        return
    for name, part in value.items():
        if name == "value" and isinstance(part, str):
            yield part
        elif name.endswith("_key_config") and isinstance(part, Mapping):
            yield from (inner for inner in part.values() if isinstance(inner, str))


def listed_models(answer: Any, ids: str) -> list[str] | None:
    """The names of the models in a provider's answer; None where it is not such a list."""
    where, _, name = ids.partition(".")
    entries = answer.get(where) if where and isinstance(answer, Mapping) else answer
    if not isinstance(entries, list):
        return None
    found = [entry.get(name) for entry in entries if isinstance(entry, Mapping)]
    return [model.removeprefix("models/") for model in found if isinstance(model, str)]


def wanted_models(fields: Mapping[str, Any]) -> list[str]:
    """What a key asks the provider for: its models with their aliases resolved, and every alias target.

    ``*`` and patterns name no model.
    """
    key = as_gateway_reads(fields)
    aliases = key.get("aliases")
    targets = {
        source: target.get("model_id") if isinstance(target, Mapping) else target
        for source, target in (aliases.items() if isinstance(aliases, Mapping) else ())
    }
    listed = key.get("models")
    models = [
        model
        for model in (listed if isinstance(listed, list) else ())
        if isinstance(model, str) and model != "*" and not model.startswith("regex:") and model not in targets
    ]
    return list(dict.fromkeys([*models, *(each for each in targets.values() if isinstance(each, str))]))
