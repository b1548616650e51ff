"""Mask secrets in what a gateway recorded about a key.

The gateway records a provider's error messages. They may repeat the credential that the provider refused, or
contain an address with a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from bifrost_keys.gateway.secrets.addresses import masked_address
from bifrost_keys.gateway.secrets.detection import harmless, looks_redacted, name_looks_secret
from bifrost_keys.gateway.secrets.literals import hidden_texts
from bifrost_keys.gateway.secrets.masking import MASK, redact
from bifrost_keys.gateway.secrets.notes import without

# What the gateway itself writes as the status of a key.
OWN_WORDS = frozenset({"", "success", "list_models_failed"})
_WORD = re.compile(r"[^\s\"'`<>()\[\]{},]+")
_HEADER = re.compile(r"(?i)(\b(?:bearer|basic)\s+)(?=[^\s\"']*[0-9])[^\s\"']+")
# A label before a word, such as key=… or id:…
_LABEL = re.compile(r"(?:[A-Za-z_-]{1,24}[=:])+(?!//)")
_DIGIT = re.compile("[0-9]").search
_LONG_WORD = 12
_REMEMBERED = 1000
# Long words with a digit that are not secrets: models, hosts, error codes, IP addresses, times.
_MODEL = re.compile(
    r"(?:[a-z]+[./])*(?:gpt|chatgpt|o[1-9]|claude|gemini|gemma|llama|meta-llama|codellama|mistral|mixtral"
    r"|ministral|magistral|codestral|devstral|pixtral|qwen|qwq|deepseek|grok|command|sonar|nova|titan|phi"
    r"|kimi|glm|whisper|tts|dall-e|text-embedding|embed|rerank|imagen|veo|sora|flux|minimax|yi|jamba"
    r"|nemotron|palm|eleven|olmo|granite)[a-z0-9]{0,4}(?:[-_.:/@][a-z0-9.]{1,12})*",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r"[A-Z]{2,8}[0-9]{3,8}"  # AADSTS7000215
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?-?"  # also before the arrow of a connection, 10.0.0.1:80->…
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?"
)
_HOST = re.compile(r"(?:[a-z0-9-]{1,24}\.)+[a-z]{2,12}(?::[0-9]+)?")


class Masker:
    """Mask known secrets, and whatever looks like a secret, in the gateway's messages."""

    def __init__(self, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        # Only the hashes of secrets, which take a third of the memory: a collision masks a word too much.
        self._known: set[int] = set()
        self._masked = lru_cache(maxsize=_REMEMBERED)(self._by_looks)  # most keys have the same status
        for entry in entries:
            self.learn(hidden_texts(entry))

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these secrets from now on, where they are words of a text that was not masked yet."""
        self._known.update(map(hash, secrets))

    def masked(self, text: str, *entries: Mapping[str, Any] | None) -> str:
        """Return ``text`` with secrets masked; those of ``entries`` are found inside words too.

        Every other word is masked if it looks like a secret, or if it has 12 or more characters and a
        digit. Exceptions are model names, hosts, error codes, IP addresses, times, and the harmless parts
        of a URL. Nobody knows what a provider's message contains, so it is better to mask too much.
        """
        if not text:
            return text
        text = without(
            text, {secret for entry in entries if entry is not None for secret in hidden_texts(entry)}
        )
        return self._masked(text)

    def _by_looks(self, text: str) -> str:
        return _HEADER.sub(rf"\1{MASK}", _WORD.sub(self._word, text))

    def _word(self, found: re.Match[str]) -> str:
        word = found[0].rstrip(".:;!?")
        rest = found[0][len(word) :]
        label = _LABEL.match(word)
        if hash(word) in self._known:
            return redact(word) + rest
        if label is not None:
            return label[0] + _shown_word(word[label.end() :], self._known) + rest
        return _shown_word(word, self._known) + rest


def _shown_word(word: str, known: AbstractSet[int]) -> str:
    if hash(word) in known:
        return redact(word)
    if "//" in word:
        return _address(word)
    return word if _is_harmless(word) else redact(word)


def _address(text: str) -> str:
    """Mask an address; each part after the host is judged separately."""
    scheme, slashes, rest = masked_address(text).partition("//")
    host, *parts = re.split(r"([/?#&;=])", rest)
    return scheme + slashes + host + "".join(part if _is_harmless(part) else MASK for part in parts)


def _is_harmless(word: str) -> bool:
    if looks_redacted(word):
        return True
    if len(word) >= _LONG_WORD and _DIGIT(word):
        if _NO_SECRET.fullmatch(word):
            return True
        return harmless(word) and bool(_MODEL.fullmatch(word) or _HOST.fullmatch(word))
    return not name_looks_secret(word)
