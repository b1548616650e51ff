"""What a gateway noted of a key, without the secrets that it may repeat.

The gateway keeps what a provider answered, and providers repeat the credential that they refuse; an
address in an error may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.secrets.addresses import masked_address
from bifrost_keys.gateway.secrets.detection import harmless, looks_redacted, name_looks_secret
from bifrost_keys.gateway.secrets.literals import hidden_texts, literal_secrets
from bifrost_keys.gateway.secrets.masking import MASK, NOTED, redact

_WORD = re.compile(r"[^\s\"'`<>()\[\]{},]+")
_HEADER = re.compile(r"(?i)(\b(?:bearer|basic)\s+)(?=[^\s\"']*[0-9])[^\s\"']+")
# What stands before a word and is no part of it: key=…, id:…
_LABEL = re.compile(r"(?:[A-Za-z_-]{1,24}[=:])+(?!//)")
_DIGIT = re.compile("[0-9]").search
_LONG_WORD = 12
_NOTED_LENGTHS = {len(name) for name in NOTED}
_SHORTEST_REPEATED = 8
# A shorter one would be found within words by chance.
_SHORTEST_WITHIN_WORDS = 6
# Long words with a digit that are no secrets: models and hosts, errors, addresses of machines, times.
_MODEL = re.compile(
    r"(?:[a-z]+[./])*(?:gpt|chatgpt|o[1-9]|claude|gemini|gemma|llama|meta-llama|codellama|mistral|mixtral"
    r"|ministral|magistral|codestral|devstral|pixtral|qwen|qwq|deepseek|grok|command|sonar|nova|titan|phi"
    r"|kimi|glm|whisper|tts|dall-e|text-embedding|embed|rerank|imagen|veo|sora|flux|minimax|yi|jamba"
    r"|nemotron|palm|eleven|olmo|granite)[a-z0-9]{0,4}(?:[-_.:/@][a-z0-9.]{1,12})*",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r"[A-Z]{2,8}[0-9]{3,8}"  # AADSTS7000215
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?-?"  # before a connection's arrow, too
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?)?"
)
_HOST = re.compile(r"(?:[a-z0-9-]{1,24}\.)+[a-z]{2,12}(?::[0-9]+)?")


class Masker:
    """Masks in what the gateway noted: secrets that are known, and what looks like one."""

    def __init__(self, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        self._known = frozenset(secret for entry in entries for secret in hidden_texts(entry))
        self._masked: dict[str, str] = {}  # most keys have the same status

    def masked(self, text: str, *entries: Mapping[str, Any] | None) -> str:
        """``text`` without secrets; those of ``entries`` are found within words, too.

        Of the other words these are masked: what looks like a secret, and each of 12 or more characters
        with a digit in it, apart from the names of models, hosts and errors, addresses of machines, times,
        and the parts of a URL that are harmless by their looks. It is the provider's own sentence, so a
        word too many is masked rather than one too few.
        """
        if not text:
            return text
        text = without(
            text, {secret for entry in entries if entry is not None for secret in hidden_texts(entry)}
        )
        if text not in self._masked:
            self._masked[text] = self._by_looks(text)
        return self._masked[text]

    def _by_looks(self, text: str) -> str:
        return _HEADER.sub(rf"\1{MASK}", _WORD.sub(self._word, text))

    def _word(self, found: re.Match[str]) -> str:
        word = found[0].rstrip(".:;!?")
        rest = found[0][len(word) :]
        label = _LABEL.match(word)
        if word in self._known:
            return redact(word) + rest
        if label is not None:
            return label[0] + _shown_word(word[label.end() :], self._known) + rest
        return _shown_word(word, self._known) + rest


def without(text: str, secrets: Iterable[str], *, mask: Callable[[str], str] = redact) -> str:
    """``text`` with each of these secrets masked, within words too; a short one where it is a word."""
    for secret in sorted(secrets, key=len, reverse=True):  # the longer of two is masked first
        if len(secret) >= _SHORTEST_WITHIN_WORDS:
            text = text.replace(secret, mask(secret))
        elif secret in text:
            shown = mask(secret).replace("\\", r"\\")  # in a replacement it begins an escape
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", shown, text)
    return text


def without_leaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The entry ``new`` without the secrets that a change takes out of ``old``, where notes repeat them.

    They are masked whole: not even their first and last characters are to stay in the file.
    The gateway writes its notes of a key anew, so nothing is lost; left alone they would keep the secret in
    the file, and show it from now on.
    """
    gone = hidden_texts(old) - hidden_texts(new)
    left = dict(new)
    for name, value in new.items():
        if fold(name) in NOTED and isinstance(value, str):
            left[name] = without(value, gone, mask=lambda _: MASK)
    return left


def repeated_secret(entry: Mapping[str, Any]) -> str | None:
    """The name of the first note that repeats a secret of its own entry, or None; short ones do not count."""
    notes = [name for name in entry if len(name) in _NOTED_LENGTHS and fold(name) in NOTED]
    if not notes:
        return None
    secrets = [each.text for each in literal_secrets(entry) if len(each.text) >= _SHORTEST_REPEATED]
    return next((name for name in notes if any(secret in str(entry[name]) for secret in secrets)), None)


def _shown_word(word: str, known: frozenset[str]) -> str:
    if word in known:
        return redact(word)
    if "//" in word:
        return _address(word)
    return word if _is_harmless(word) else redact(word)


def _address(text: str) -> str:
    """An address: what follows the host is masked a part at a time."""
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
