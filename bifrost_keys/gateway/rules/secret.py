"""What a secret may look like, judged without ever repeating it.

Every function answers with the kind of fault; the text itself goes nowhere. The rules: a secret is
one unbroken run of visible characters, no redacted preview (a preview that is written back destroys
the secret), no shell syntax that was not expanded, and no more than 64 KiB.
"""

from __future__ import annotations

import json
import re
from typing import Final

from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secrets.detection import (
    is_variable_name,
    known_prefix,
    looks_random,
    looks_redacted,
)

MAX_SECRET_BYTES: Final = 64 * 1024

VIRTUAL_KEY_PREFIX: Final = "sk-bf-"
CREDENTIAL_TYPES: Final = frozenset(
    {"service_account", "authorized_user", "external_account", "impersonated_service_account"}
)

_UNEXPANDED = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[^{}]*\})\Z")
# What nearly every secret is made of; nothing in it can be a fault.
ORDINARY: Final = "[A-Za-z0-9_./+=:@%~-]{1,1024}"
_is_ordinary = re.compile(ORDINARY).fullmatch


def variable_faults(name: str, path: Path) -> list[Fault]:
    """The faults of NAME in a reference ``env.NAME``."""
    if not name:
        message = "refers to no variable: env. must be followed by a name"
        return [Fault("reference-empty", path, "error", message, "write env.NAME")]
    if known_prefix(name) is not None or looks_random(name):
        return [
            Fault(
                "reference-looks-secret",
                path,
                "error",
                "names a variable that looks like a secret itself",
                "give the name of the variable, not its content; treat the secret as leaked",
            )
        ]
    if not is_variable_name(name):
        message = "refers to a variable with a name that no environment variable has"
        hint = "a name is letters, digits and _, and does not begin with a digit"
        if _holds_control(name):
            message = "refers to a variable with a control character or line end in its name"
            return [Fault("value-control-characters", path, "error", message, hint)]
        return [Fault("reference-name", path, "warning", message, hint)]
    return []


def secret_faults(text: str, path: Path, *, json_text: bool = False) -> list[Fault]:
    """The faults of a secret, or of the reference in its place; ``json_text`` allows white space in it.

    An empty text has none here: whether a secret may be empty is the provider's rule.
    """
    if not text:
        return []
    if text.startswith("env."):
        return variable_faults(text[4:], path)
    if text.startswith("vault."):
        message = "is a vault reference: releases before 1.5.12 take it for a literal secret"
        return [Fault("reference-vault", path, "warning", message, "use env.NAME there", refused=False)]
    if not json_text and _is_ordinary(text):
        return []
    kind = _secret_fault(text, json_text=json_text)
    if kind is None:
        return _credential_faults(text, path) if json_text else []
    code, message, hint = kind
    severity = "warning" if code in {"value-quoted", "value-unexpanded"} else "error"
    return [Fault(code, path, severity, message, hint)]  # type: ignore[arg-type]


def _secret_fault(text: str, *, json_text: bool) -> tuple[str, str, str] | None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "value-not-text", "is not valid Unicode", "give it as UTF-8"
    if size > MAX_SECRET_BYTES:
        return "value-too-long", "is longer than 64 KiB", "give the key alone"
    if text.startswith("\ufeff"):
        return "value-whitespace", "begins with a byte order mark", "save the file without it"
    if not text.strip():
        return "value-blank", "is blank", "give the key itself"
    if looks_redacted(text):
        hint = "paste the whole secret, not its preview"
        return "value-redacted", "looks redacted: it is a preview, not the secret", hint
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        return "value-quoted", "is wrapped in quotes", "give it without the quotes"
    if text[:7].lower() == "bearer ":
        return "value-bearer", "begins with Bearer", "give the key alone"
    if _UNEXPANDED.match(text):
        hint = "give --value-env NAME to store a reference"
        return "value-unexpanded", "is a variable that was not expanded", hint
    return _character_fault(text, json_text=json_text)


def _character_fault(text: str, *, json_text: bool) -> tuple[str, str, str] | None:
    if _holds_control(text, allowed="\t\n\r" if json_text else ""):
        return "value-control-characters", "holds a control character or line end", "give one line of text"
    if json_text:
        return None
    if text != text.strip():
        return "value-whitespace", "has white space at an edge", "give it without the white space"
    if any(c.isspace() for c in text):
        return "value-whitespace", "holds white space", "give the key alone"
    return None


def _holds_control(text: str, *, allowed: str = "") -> bool:
    return any((c < " " and c not in allowed) or "\x7f" <= c <= "\x9f" for c in text)


def _credential_faults(text: str, path: Path) -> list[Fault]:
    hint = "give the JSON file that Google issued"
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
        message = "is not a Google credential: a JSON object with a type"
        return [Fault("credentials-invalid", path, "error", message, hint)]
    if parsed["type"] not in CREDENTIAL_TYPES:
        message = "is a credential of an unusual type"
        return [Fault("credentials-type", path, "warning", message, hint, refused=False)]
    return []


def secret_warnings(text: str, provider: str, path: Path) -> list[Fault]:
    """What is odd about a literal value for this provider, but allowed."""
    if text.startswith(VIRTUAL_KEY_PREFIX):
        message = "is one of the gateway's own virtual keys (sk-bf-), not a provider's key"
        return [Fault("value-virtual-key", path, "warning", message, refused=False)]
    prefix = known_prefix(text)
    owner = prefix[1] if prefix is not None else None
    if owner is not None and owner != provider:
        message = f"begins like a key of {owner}, not of {provider}"
        return [Fault("value-other-provider", path, "warning", message, refused=False)]
    return []
