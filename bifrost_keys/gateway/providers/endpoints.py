"""The table of each provider's address for testing a key, and how the key is sent.

If a provider's list of models is public, it proves nothing about a key, and the table has a path that needs
one. Addresses and paths are those of the gateway (core/providers in its source) and of the providers' API
references, which are named in a comment if the two differ or the list is public.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Style = Literal["bearer", "x-api-key", "x-goog-api-key", "api-key", "xi-api-key", "api-subscription-key"]


class Endpoint(NamedTuple):
    """The address and paths for testing a key of one provider.

    ``base`` is the address unless ``network_config.base_url`` is set; None if each key has its own.
    ``models`` is the path of the list of models, and ``ids`` says where it has their names (``data.id``: the
    members ``id`` in the list ``data``). ``proof`` is a path that needs a valid key, if the list does not.
    ``public`` says that there is no such path, so that a key cannot be tested.
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
    # This lists the base models of the resource. Deployments have other names, so nothing is compared.
    "azure": Endpoint(None, "/openai/models?api-version=2024-10-21", ids="", style="api-key"),
    "bedrock": Endpoint(
        "https://bedrock.{region}.amazonaws.com", "/foundation-models", "modelSummaries.modelId"
    ),
    "bedrock_mantle": Endpoint("https://bedrock-mantle.{region}.api.aws"),
    "cerebras": Endpoint("https://api.cerebras.ai"),
    "cohere": Endpoint("https://api.cohere.ai", "/v1/models?page_size=1000", "models.name"),
    # docs.databricks.com: list of the workspace's serving endpoints.
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
    # The list is public and on a different host than the models; whoami-v2 describes the token.
    "huggingface": Endpoint("https://huggingface.co", None, "", proof="/api/whoami-v2"),
    "mistral": Endpoint("https://api.mistral.ai"),
    "nebius": Endpoint("https://api.tokenfactory.nebius.com"),
    "ollama": Endpoint(None),
    "openai": Endpoint("https://api.openai.com"),
    # github.com/anomalyco/opencode: the server lists models without checking the key.
    "opencode-go": Endpoint("https://opencode.ai/zen/go", public=True),
    "opencode-zen": Endpoint("https://opencode.ai/zen", public=True),
    # openrouter.ai/docs: the list is public; /api/v1/key describes the key of the request.
    "openrouter": Endpoint("https://openrouter.ai/api", proof="/v1/key"),
    "parasail": Endpoint("https://api.parasail.io"),
    # docs.perplexity.ai: the list is public; the list of asynchronous requests needs the key.
    "perplexity": Endpoint("https://api.perplexity.ai", proof="/v1/async/sonar"),
    # replicate.com/docs: there is no list of models; the account needs a token.
    "replicate": Endpoint("https://api.replicate.com", None, "", proof="/v1/account"),
    "runware": Endpoint("https://api.runware.ai/v1", "/models"),
    # docs.dev.runwayml.com: there is no list of models; the organization needs a key.
    "runway": Endpoint(
        "https://api.dev.runwayml.com",
        None,
        "",
        proof="/v1/organization",
        headers=(("X-Runway-Version", "2024-11-06"),),
    ),
    # docs.sarvam.ai: /v1/models is public; /v2/models needs the subscription key.
    "sarvam": Endpoint(
        "https://api.sarvam.ai", "/v1/models", style="api-subscription-key", proof="/v2/models"
    ),
    "sgl": Endpoint(None),
    "typesafe": Endpoint("https://api.typesafe.ai", "/v1/models", "models.name"),
    "vllm": Endpoint(None),
    "wafer": Endpoint("https://pass.wafer.ai/v1", "/models", public=True),
    "xai": Endpoint("https://api.x.ai"),
}
KEY_ADDRESS: Final[Mapping[str, tuple[str, str]]] = {
    "azure": ("azure_key_config", "endpoint"),
    "databricks": ("databricks_key_config", "workspace_url"),
    "ollama": ("ollama_key_config", "url"),
    "sgl": ("sgl_key_config", "url"),
    "vllm": ("vllm_key_config", "url"),
}


def tested_by(provider: str) -> str | None:
    """Return how a key of the provider is tested, without a secret; None if only the gateway can."""
    endpoint = ENDPOINTS.get(provider)
    if endpoint is None or endpoint.public:
        return None
    own = KEY_ADDRESS.get(provider)
    base = endpoint.base or f"({'.'.join(own) if own else 'its address'})"
    header = "Authorization: Bearer" if endpoint.style == "bearer" else endpoint.style
    return f"GET {base}{endpoint.proof or endpoint.models} with {header}"
