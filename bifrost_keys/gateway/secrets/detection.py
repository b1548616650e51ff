"""What a text looks like: a reference, a variable's name, a well-known key, a masked preview."""

from __future__ import annotations

import re
from itertools import pairwise

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
NOT_SHOWN = "(not shown: it may be a secret)"
_HARMLESS = re.compile(r"[\w./@:+-]{0,64}")
# Where a key may begin within an argument: openai/sk-…; not after a hyphen, for the sake of task-1.
_SEGMENTS = re.compile(r"[./@:+]+").split
_RUNS = re.compile(r"[^\W_]+").findall
_UNSPEAKABLE = re.compile("[bcdfghjklmnpqrstvwxz]{7}", re.IGNORECASE).search
_CAMEL_CASE = re.compile(r"[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*")
_LONGEST_WORD = 24
_SHORTEST_SECRET = 12
_MOST_CHANGES = 6
_SHORTEST_MIXED = 8


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


def harmless(text: str) -> bool:
    """Whether an argument may be repeated in a message: nothing in it looks like a secret.

    That is: up to 64 letters, digits and ``-_./@:+``, no known key prefix, no run that looks random. A
    password that is a word or two is harmless by its looks, and cannot be told from a name.
    """
    if not _HARMLESS.fullmatch(text) or any(known_prefix(segment) for segment in _SEGMENTS(text)):
        return False
    runs = _RUNS(text)
    if any(_is_random_run(run) for run in runs):
        return False
    # Groups, such as those of a uuid or of base64 with its + and /.
    changes = sum(_changes_of_kind(run) for run in runs if not _CAMEL_CASE.fullmatch(run))
    return changes < _MOST_CHANGES


def shown_argument(text: str) -> str:
    """``text`` where it is harmless by its looks, else words that stand for it."""
    return text if harmless(text) else NOT_SHOWN


def _is_random_run(run: str) -> bool:
    """Whether letters and digits without a separator are hardly words, a date or a version."""
    if len(run) > _LONGEST_WORD:
        return True
    if len(run) >= _SHORTEST_SECRET and (_DIGIT(run) or _UNSPEAKABLE(run)):
        return True
    if run == run.lower() or run == run.upper():
        return False
    if _DIGIT(run):
        return len(run) >= _SHORTEST_MIXED and _changes_of_kind(run) > 2
    return len(run) >= _SHORTEST_SECRET and not _CAMEL_CASE.fullmatch(run)


def _changes_of_kind(run: str) -> int:
    """How often lower case, upper case and digits follow one another in ``run``; Name2 changes twice."""
    kinds = [character.isdigit() * 2 + character.isupper() for character in run]
    return sum(one != other for one, other in pairwise(kinds))


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
