"""What a text looks like: a reference, a variable's name, a well-known key, a masked preview."""

from __future__ import annotations

import re

# How keys begin, longest first, and the provider that issues them (None: the gateway's own virtual
# keys, or several providers).
KEY_PREFIXES: tuple[tuple[str, str | None], ...] = (
    ("sk-proj-", "openai"),
    ("sk-ant-", "anthropic"),
    ("sk-or-", "openrouter"),
    ("sk-bf-", None),
    ("pplx-", "perplexity"),
    ("AIza", "gemini"),
    ("AKIA", "bedrock"),
    ("ASIA", "bedrock"),
    ("csk-", "cerebras"),
    ("gsk_", "groq"),
    ("xai-", "xai"),
    ("hf_", "huggingface"),
    ("r8_", "replicate"),
    ("sk-", None),
    ("sk_", None),
)
_ISSUERS = dict(KEY_PREFIXES)
_ANY_PREFIX = re.compile("|".join(re.escape(prefix) for prefix, _ in KEY_PREFIXES)).match
_DIGIT = re.compile("[0-9]").search
_LEAST_SECRET_CHARACTERS = 20
_PARTS = re.compile(r"[^\s\x00-\x1f\"'`$,:={}\[\]]+").findall
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_VAULT_PATH = re.compile(r"[\w./#:@=-]+", re.ASCII)


def is_reference(text: str) -> bool:
    """Whether the gateway takes ``text`` for a reference (``vault.`` from release 1.5.12)."""
    return text.startswith(("env.", "vault."))


def is_variable_name(name: str) -> bool:
    """Whether ``name`` can be an environment variable's name and does not look like a secret itself."""
    return bool(_NAME.fullmatch(name)) and known_prefix(name) is None and not looks_random(name)


def known_prefix(text: str) -> tuple[str, str | None] | None:
    """How a well-known kind of key begins and who issues it, when ``text`` begins so."""
    found = _ANY_PREFIX(text)
    return (found[0], _ISSUERS[found[0]]) if found is not None else None


def looks_random(text: str) -> bool:
    """Whether ``text`` is more than 24 characters of mixed case and digits without ``_``."""
    return (
        len(text) > 24
        and "_" not in text
        and text != text.lower()
        and text != text.upper()
        and _DIGIT(text) is not None
    )


def name_looks_secret(text: str) -> bool:
    """Whether a name is a secret by its looks: a key prefix and a long rest, or a long mixed run."""
    if len(text) < _LEAST_SECRET_CHARACTERS:
        return False
    suspicious = known_prefix(text) is not None or looks_random(text)
    return suspicious and not any(c.isspace() for c in text)


def holds_secret(text: str) -> bool:
    """Whether a part of ``text``, which stands where a name belongs, is a secret by its looks."""
    return any(name_looks_secret(part) for part in _PARTS(text))


def looks_redacted(text: str) -> bool:
    """Whether ``text`` is, by its looks, a masked preview and not a secret."""
    return (
        "***" in text
        or "•••" in text
        or (text != "" and set(text) == {"*"})
        or text.casefold() in ("<redacted>", "[redacted]")
    )


def may_be_reference(text: str) -> bool:
    """Whether ``text`` is a reference that can be one: its name is no secret by its looks."""
    kind, _, name = text.partition(".")
    if kind == "env":
        return is_variable_name(name)
    return kind == "vault" and _safe_vault_path(name)


def _safe_vault_path(path: str) -> bool:
    parts = re.split(r"[/.#:@=]", path)
    return bool(_VAULT_PATH.fullmatch(path)) and not any(known_prefix(p) or looks_random(p) for p in parts)
