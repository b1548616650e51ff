"""Recognise references, variable names, well-known kinds of keys and masked previews."""

from __future__ import annotations

import re
from itertools import pairwise

# Prefixes of keys, with the providers that use them (empty: many providers, or the gateway's virtual keys).
KEY_PREFIXES: dict[str, tuple[str, ...]] = {
    "sk-svcacct-": ("openai",),
    "github_pat_": ("github-copilot",),
    "sk-proj-": ("openai",),
    "sk-ant-": ("anthropic",),
    "sk-or-": ("openrouter",),
    "sk-bf-": (),
    "nvapi-": (),
    "pplx-": ("perplexity",),
    "ya29.": ("vertex",),
    "AIza": ("gemini", "vertex"),
    "AKIA": ("bedrock", "bedrock_mantle"),
    "ASIA": ("bedrock", "bedrock_mantle"),
    "ABSK": ("bedrock", "bedrock_mantle"),
    "dapi": ("databricks",),
    "csk-": ("cerebras",),
    "gsk_": ("groq",),
    "ghp_": ("github-copilot",),
    "gho_": ("github-copilot",),
    "ghu_": ("github-copilot",),
    "xai-": ("xai",),
    "hf_": ("huggingface",),
    "r8_": ("replicate",),
    "fw_": ("fireworks",),
    "sk-": (),
    "sk_": (),
    "eyJ": (),
}
NOT_SHOWN = "(not shown: it may be a secret)"

_LONGEST_FIRST = tuple(sorted(KEY_PREFIXES, key=len, reverse=True))
_WHITE_SPACE = re.compile(r"\s").search
_DIGIT = re.compile("[0-9]").search
_HEXADECIMAL = "(?=.*[a-f])[0-9a-f]+|(?=.*[A-F])[0-9A-F]+"
MESSAGE_WORD = re.compile(r"[\w+=~-]{20,}")
_UUID = "[0-9a-f]{12}[1-8][0-9a-f]{3}[89ab][0-9a-f]{15}"
_PARTS = re.compile(r"[^\s\x00-\x1f\"'`$,:={}\[\]]+").finditer
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_VAULT_PATH = r"(?a:[\w./#:@=-]+)"
_HARMLESS = re.compile(r"[\w./@:+-]{0,64}")
# A key may begin after one of these, as in openai/sk-…; not after a hyphen, because of names like task-1.
_SEGMENTS = re.compile(r"[./@:+]+").split
_RUNS = re.compile(r"[^\W_]+").findall
# Possessive, because every other repetition keeps a mark in memory for each word.
_CAMEL_CASE = re.compile(r"[A-Z]?[a-z]++(?:[A-Z][a-z]{2,}+)*+")
_UNSPEAKABLE = re.compile("[bcdfghjklmnpqrstvwxz]{7}").search
_PREVIEW = r"\S{1,12}(?:\.{3}|…)\S{2,}"
_LONGEST_WORD = 24
_SHORTEST_SECRET_NAME = 20
_SHORTEST_RANDOM = 12
_SHORTEST_MIXED = 8
_MOST_CHANGES = 6
_RANDOM_CHANGES = 0.3  # per character; base64 has 0.6, the longest model names have 0.2


def is_reference(text: str) -> bool:
    """Return whether the gateway treats ``text`` as a reference (``vault.`` from release 1.6.0 on)."""
    return text.startswith(("env.", "vault."))


def is_variable_name(name: str) -> bool:
    """Return whether ``name`` can be the name of an environment variable and does not look like a secret."""
    return bool(_NAME.fullmatch(name)) and not variable_looks_secret(name)


def variable_looks_secret(name: str) -> bool:
    """Return whether text in the place of a variable's name looks like a secret."""
    return known_prefix(name) is not None or any(looks_random(part) for part in name.split("_"))


def vault_path_looks_secret(path: str) -> bool:
    """Return whether any part of text in the place of a vault path looks like a secret."""
    return any(known_prefix(part) or looks_random(part) for part in re.split(r"[/.#:@=]", path))


def known_prefix(text: str) -> str | None:
    """Return the longest prefix of well-known keys that ``text`` begins with; None if there is none."""
    if not text.startswith(_LONGEST_FIRST):
        return None
    return next(prefix for prefix in _LONGEST_FIRST if text.startswith(prefix))


def looks_random(text: str) -> bool:
    """Return whether ``text`` is more than 24 characters without ``_`` that are unlikely to be a name.

    They are of mixed case with digits, hexadecimal (as Azure's keys are), or letters that alternate with
    digits.
    """
    if len(text) <= _LONGEST_WORD or "_" in text or _DIGIT(text) is None:
        return False
    if text != text.lower() and text != text.upper():
        return True
    return text.isalnum() and (
        re.fullmatch(_HEXADECIMAL, text) is not None or _changes_of_kind(text) >= _MOST_CHANGES
    )


def name_looks_secret(text: str) -> bool:
    """Return whether a name looks like a secret: a long text with a key's prefix, or a long random run."""
    if len(text) < _SHORTEST_SECRET_NAME or _WHITE_SPACE(text):
        return False
    if _begins_like_a_key(text) or any(map(looks_random, _RUNS(text))):
        return True
    # Count the changes of all groups together, because URL-safe base64 contains - and _.
    mixed = text != text.lower() and text != text.upper() and _DIGIT(text) is not None
    return mixed and len(text) > _LONGEST_WORD and _changes(text) >= _RANDOM_CHANGES * len(text)


def id_looks_secret(text: str) -> bool:
    """Return whether an id looks like a secret; a UUID without hyphens does not."""
    return name_looks_secret(text) and not re.fullmatch(_UUID, text)


def contains_secret(text: str) -> bool:
    """Return whether any part of ``text``, which is in the place of a name, looks like a secret."""
    return any(name_looks_secret(part[0]) for part in _PARTS(text))


def word_is_secret(text: str) -> bool:
    """Return whether a word of a message is certainly a secret; hexadecimal digits, as in paths, are not."""
    if len(text) < _SHORTEST_SECRET_NAME:
        return False
    mixed = text != text.lower() and text != text.upper()
    return _begins_like_a_key(text) or (mixed and looks_random(text))


def harmless(text: str) -> bool:
    """Return whether an argument may be repeated in a message because nothing in it looks like a secret.

    It has up to 64 letters, digits and ``-_./@:+``, no known key prefix, and no run that looks random. A
    password made of a word or two cannot be distinguished from a name, and counts as harmless.
    """
    if not _HARMLESS.fullmatch(text) or any(map(_begins_like_a_key, (text, *_SEGMENTS(text)))):
        return False
    # No single group of a UUID, or of base64 with + and /, may look random, but all together change often.
    return not any(_is_random_run(run) for run in _RUNS(text)) and _changes(text) < _MOST_CHANGES


def shown_argument(text: str) -> str:
    """Return ``text`` if it is harmless, else a note that it is not shown."""
    return text if harmless(text) else NOT_SHOWN


def looks_redacted(text: str) -> bool:
    """Return whether ``text`` looks like a masked preview of a secret."""
    if "***" in text or "•••" in text or text in ("*", "**"):
        return True
    if "..." in text or "…" in text:
        return re.fullmatch(_PREVIEW, text) is not None
    return len(text) <= len("<redacted>") and text.casefold() in ("<redacted>", "[redacted]", "redacted")


def may_be_reference(text: str) -> bool:
    """Return whether ``text`` is a well-formed reference whose name does not look like a secret."""
    kind, _, name = text.partition(".")
    if kind == "env":
        return is_variable_name(name)
    return kind == "vault" and _safe_vault_path(name)


def _safe_vault_path(path: str) -> bool:
    return bool(re.fullmatch(_VAULT_PATH, path)) and not vault_path_looks_secret(path)


def _begins_like_a_key(text: str) -> bool:
    """Return whether ``text`` begins like a key; ``xai-1``, a common name for a key of xai, does not."""
    prefix = known_prefix(text)
    if prefix is None:
        return False
    rest = text[len(prefix) :]
    return not (prefix[:-1] in KEY_PREFIXES[prefix] and harmless(rest))


def quoted_argument(text: str) -> str:
    """Return ``text`` in quotes if it is harmless, else a note that it is not shown."""
    return f'"{text}"' if harmless(text) else NOT_SHOWN


def _is_random_run(run: str) -> bool:
    """Return whether letters and digits without a separator are unlikely to be words, a date or a version."""
    if len(run) > _LONGEST_WORD:
        return True
    if len(run) >= _SHORTEST_RANDOM and (_DIGIT(run) or _UNSPEAKABLE(run.lower())):
        return True
    if run == run.lower() or run == run.upper():
        return False
    if _DIGIT(run):
        return len(run) >= _SHORTEST_MIXED and _changes_of_kind(run) > 2
    return len(run) >= _SHORTEST_RANDOM and not _CAMEL_CASE.fullmatch(run)


def _changes(text: str) -> int:
    return sum(_changes_of_kind(run) for run in _RUNS(text) if not _CAMEL_CASE.fullmatch(run))


def _changes_of_kind(run: str) -> int:
    """Count the changes between lower case, upper case and digits in ``run``; Name2 has two."""
    kinds = (character.isdigit() * 2 + character.isupper() for character in run)
    return sum(one != other for one, other in pairwise(kinds))
