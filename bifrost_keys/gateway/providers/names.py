"""Suggest the provider for a name that people use for it: a company, a product, a server, or a typo.

The table comes before similar spelling, because grok is spelled like groq and the secret would go to another
company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

# The least similarity of two names, from 0 to 1: 0.8 finds opnai and mistrall, but not groq for grok.
_LEAST_LIKENESS: Final = 0.8
# Names that people use, with the built-in providers that they mean.
MEANT: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("google", "googleai", "google-ai", "google-genai"), ("gemini", "vertex")),
    **dict.fromkeys(
        ("ai-studio", "aistudio", "google-ai-studio", "google-gemini", "bard", "palm"), ("gemini",)
    ),
    **dict.fromkeys(("vertexai", "vertex-ai", "google-vertex", "google-cloud", "gcp"), ("vertex",)),
    **dict.fromkeys(("claude", "anthropic-ai"), ("anthropic",)),
    **dict.fromkeys(("aws", "amazon", "aws-bedrock", "amazon-bedrock", "nova", "titan"), ("bedrock",)),
    **dict.fromkeys(("grok", "x-ai", "x.ai"), ("xai",)),
    **dict.fromkeys(("azure-openai", "azureopenai", "openai-azure", "azure-ai", "azure-foundry"), ("azure",)),
    **dict.fromkeys(("microsoft", "aoai"), ("azure",)),
    **dict.fromkeys(("chatgpt", "gpt", "open-ai"), ("openai",)),
    **dict.fromkeys(("hf", "hugging-face"), ("huggingface",)),
    **dict.fromkeys(("mistralai", "mistral-ai", "codestral"), ("mistral",)),
    **dict.fromkeys(("groqcloud", "groq-cloud"), ("groq",)),
    **dict.fromkeys(("pplx", "perplexityai", "perplexity-ai", "sonar"), ("perplexity",)),
    **dict.fromkeys(("open-router",), ("openrouter",)),
    **dict.fromkeys(("fireworks-ai", "fireworksai"), ("fireworks",)),
    **dict.fromkeys(("runwayml", "runway-ml"), ("runway",)),
    **dict.fromkeys(("eleven-labs", "11labs"), ("elevenlabs",)),
    **dict.fromkeys(("sglang",), ("sgl",)),
    **dict.fromkeys(("copilot", "github"), ("github-copilot",)),
    **dict.fromkeys(("mantle", "bedrock-mantle"), ("bedrock_mantle",)),
}
# Companies and servers with an OpenAI-compatible API that are not built-in providers.
CUSTOM: Final = frozenset(
    {
        *("ai21", "aimlapi", "alibaba", "anyscale", "arcee", "baichuan", "baidu", "baseten", "chutes"),
        *("cloudflare", "dashscope", "deepinfra", "doubao", "featherless"),
        *("friendli", "github-models", "gigachat", "glm", "gpt4all", "hyperbolic", "inference-net", "jan"),
        *("kimi", "koboldcpp", "lambda", "lepton", "litellm", "llama-cpp", "llamacpp", "llamafile"),
        *("lmstudio", "lm-studio", "localai", "meta", "minimax", "mlx", "moonshot", "moonshotai", "morph"),
        *("nim", "novita", "nscale", "nvidia", "oobabooga", "ovhcloud", "portkey", "qwen", "reka"),
        *("sambanova", "scaleway", "siliconflow", "snowflake", "stepfun", "targon", "tgi", "together"),
        *("togetherai", "together-ai", "upstage", "venice", "vercel", "volcengine", "watsonx", "writer"),
        *("xinference", "yi", "z-ai", "zai", "zhipu", "zhipuai"),
    }
)


def provider_hint(name: str, usable: Iterable[str]) -> str | None:
    """Return a hint on the ``usable`` providers that an unknown name may mean; None if none is similar."""
    meant = meant_providers(name, usable)
    if not meant and _folded(name).replace(".", "-") in CUSTOM:
        return "add it as a custom provider with --base-provider-type openai --base-url URL"
    return f"did you mean {' or '.join(meant)}?" if meant else None


def meant_providers(name: str, usable: Iterable[str]) -> list[str]:
    """Return the ``usable`` providers that an unknown name may mean, by the table first, then by spelling."""
    known, folded = list(usable), _folded(name)
    meant = [each for each in MEANT.get(folded, ()) if each in known]
    if meant or folded in MEANT or folded.replace(".", "-") in CUSTOM:
        return meant
    return _spelled_like(folded, known)


def _folded(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def _spelled_like(name: str, known: Iterable[str]) -> list[str]:
    import difflib

    folded = {each.lower(): each for each in known}
    found = difflib.get_close_matches(name, folded, 3, _LEAST_LIKENESS)
    return [folded[each] for each in found]
