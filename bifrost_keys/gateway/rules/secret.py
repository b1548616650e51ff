"""What a secret may look like, judged without ever repeating it.

A secret is one unbroken run of visible characters, up to 64 KiB. It is not a redacted preview (a
preview that is written back destroys the secret), and not what a shell, a template or another program
would have turned into the secret. A Google credential is JSON text, a private key is PEM text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final, Literal

from bifrost_keys.gateway.names import has_unseen_characters
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.rules.secret_slips import ODDITIES, SLIPS, Slip
from bifrost_keys.gateway.secrets.detection import (
    KEY_PREFIXES,
    is_reference,
    is_variable_name,
    known_prefix,
    variable_looks_secret,
    vault_path_looks_secret,
)

MAX_SECRET_BYTES: Final = 64 * 1024
CREDENTIAL_TYPES: Final = frozenset(
    {"service_account", "authorized_user", "external_account", "impersonated_service_account"}
)

_Form = Literal["token", "json", "pem"]
# The fields whose secret is not one unbroken run of characters.
_FORMS: Final[dict[str, _Form]] = {"auth_credentials": "json", "private_key": "pem"}
_VIRTUAL_KEY_PREFIX: Final = "sk-bf-"
_VISIBLE: Final = re.compile("[!-~]+").fullmatch
_PEM: Final = re.compile(
    r"-----BEGIN (?:RSA )?PRIVATE KEY-----(?:\\n|[A-Za-z0-9+/=\s])+"
    r"-----END (?:RSA )?PRIVATE KEY-----(?:\\n|\s)*"
)


def variable_faults(name: str, path: Path) -> list[Fault]:
    """The faults of NAME in a reference ``env.NAME``."""
    if not name:
        message = "refers to no variable: env. must be followed by a name"
        return [Fault("reference-empty", path, "error", message, "write env.NAME")]
    if variable_looks_secret(name):
        message = "names a variable that looks like a secret itself"
        hint = "give the name of the variable, not its content; treat the secret as leaked"
        return [Fault("reference-looks-secret", path, "error", message, hint)]
    if is_variable_name(name):
        return []
    if has_unseen_characters(name):
        message = "refers to a variable with a control or invisible character in its name"
        return [Fault("value-control-characters", path, "error", message, "give the name alone")]
    message = "refers to a variable whose name cannot be the name of an environment variable"
    hint = "a name is letters, digits and _, and does not begin with a digit"
    if name.startswith(("env.", "$")):
        hint = "give the name alone, without env." if name[0] == "e" else "give the name alone, without $"
    return [Fault("reference-name", path, "warning", message, hint)]


def secret_faults(text: str, path: Path) -> list[Fault]:
    """The faults of a secret, or of the reference in its place; ``path`` ends with the field's name.

    An empty text has none here: whether a secret may be empty is the provider's rule.
    """
    if not text:
        return []
    if text.startswith("env."):
        return variable_faults(text[4:], path)
    if text.startswith("vault."):
        return _vault_faults(text[6:], path)
    form = _FORMS.get(str(path[-1]), "token")
    kind = _unusable(text) or _first(SLIPS, text, path) or _characters(text, form)
    if kind is None:
        kind = _FORM_RULES[form](text) or _first(ODDITIES, text, path)
    return [] if kind is None else [_fault(kind, path)]


def given_faults(text: str, path: Path) -> list[Fault]:
    """What is wrong with a secret that somebody gives by itself, and is left alone in a document.

    The gateway starts with such a secret and stores it, but no header carries it to a provider, or it is
    hardly the secret that was meant.
    """
    if text.startswith("--") and str(path[-1]) not in _FORMS:
        hint = "--value=TEXT gives a secret that does begin so" if path[-1] == "value" else ""
        return [Fault("value-option", path, "warning", "begins with -- like an option", hint)]
    if text.isascii() or is_reference(text) or str(path[-1]) in _FORMS:
        return []
    if any(fault.refused for fault in secret_faults(text, path)):
        return []  # which says more
    message = "contains a character beyond ASCII, which no HTTP header carries"
    return [Fault("value-not-ascii", path, "error", message, "copy it again, as plain text")]


def text_slips(text: str, path: Path) -> list[Fault]:
    """What nobody means in a field that is no secret and takes a reference, such as an address or an ARN."""
    told = ("value-redacted", "value-quoted", "value-unexpanded", "value-foreign-reference")
    slip = _first(tuple(slip for slip in (*SLIPS, *ODDITIES) if slip.code in told), text, path)
    return [] if slip is None else [_fault(slip, path)]


def secret_warnings(text: str, provider: str, path: Path) -> list[Fault]:
    """What is odd about a literal value for this provider, but allowed."""
    if text.startswith(_VIRTUAL_KEY_PREFIX):
        message = "is one of the gateway's own virtual keys (sk-bf-), not a provider's key"
        return [Fault("value-virtual-key", path, "warning", message, refused=False)]
    owners = KEY_PREFIXES.get(known_prefix(text) or "", ())
    if owners and provider not in owners:
        message = f"begins like a key of {' or '.join(owners)}, not of {provider}"
        return [Fault("value-other-provider", path, "warning", message, refused=False)]
    return []


def _vault_faults(place: str, path: Path) -> list[Fault]:
    if not place:
        message = "refers to no secret: vault. must be followed by a path"
        return [Fault("reference-empty", path, "error", message, "write vault.PATH")]
    if vault_path_looks_secret(place):
        message = "names a place in the vault that looks like a secret itself"
        hint = "give the path, not its content; treat the secret as leaked"
        return [Fault("reference-looks-secret", path, "error", message, hint)]
    if has_unseen_characters(place):
        message = "refers to a vault path with a control or invisible character in it"
        return [Fault("value-control-characters", path, "error", message, "give the path alone")]
    message = "is a vault reference: releases before 1.6.0 take it for a literal secret"
    return [Fault("reference-vault", path, "warning", message, "use env.NAME there", refused=False)]


def _first(slips: tuple[Slip, ...], text: str, path: Path) -> Slip | None:
    slip = next((slip for slip in slips if slip.found(text)), None)
    if slip is None:
        return None
    field = str(path[-1])
    option = f"--{field.replace('_', '-')}"
    reference = "--value-env NAME, or the text env.NAME," if field == "value" else "the text env.NAME"
    return slip._replace(hint=slip.hint.format(option=option, reference=reference))


def _fault(slip: Slip, path: Path) -> Fault:
    return Fault(slip.code, path, slip.severity, slip.message, slip.hint, slip.refused)


def _error(code: str, message: str, hint: str) -> Slip:
    return Slip(code, bool, message, hint, severity="error")


def _unusable(text: str) -> Slip | None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return _error("value-not-text", "is not valid Unicode", "give it as UTF-8")
    if size > MAX_SECRET_BYTES:
        return _error("value-too-long", "is longer than 64 KiB", "give the key alone")
    if text.startswith("\ufeff"):
        return _error("value-whitespace", "begins with a byte order mark", "save the file without it")
    if not text.strip():
        return _error("value-blank", "is blank", "give the key itself")
    return None


def _characters(text: str, form: _Form) -> Slip | None:
    if _VISIBLE(text):
        return None
    if any((c < " " and (form == "token" or c not in "\t\n\r")) or "\x7f" <= c <= "\x9f" for c in text):
        message = "contains a control character or line end"
        return _error("value-control-characters", message, "give one line of text")
    if not text.isascii() and has_unseen_characters(re.sub(r"\s", "", text)):
        message = "contains an invisible character, such as a zero-width space or a soft hyphen"
        return _error("value-unseen-characters", message, "copy it again, as plain text")
    if form != "token":
        return None
    if text != text.strip():
        return _error("value-whitespace", "has white space at an edge", "give it without the white space")
    if any(c.isspace() for c in text):
        return _error("value-whitespace", "contains white space", "give the key alone")
    return None


def _credential(text: str) -> Slip | None:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
        hint = "give the JSON that Google issued; --auth-credentials-file PATH reads it from a file"
        return _error("credentials-invalid", "is not a Google credential: a JSON object with a type", hint)
    if parsed["type"] not in CREDENTIAL_TYPES:
        return Slip("credentials-type", bool, "is a credential of an unusual type", refused=False)
    return None


def _private_key(text: str) -> Slip | None:
    if _PEM.fullmatch(text.strip()):
        return None
    hint = "give the PEM text; --private-key-file PATH reads it from a file"
    return _error("private-key-invalid", "is not a private key: PEM text, as PKCS#1 or PKCS#8", hint)


_FORM_RULES: Final[dict[_Form, Callable[[str], Slip | None]]] = {
    "token": lambda _: None,
    "json": _credential,
    "pem": _private_key,
}
