"""Rules for the text of secrets. Their messages never repeat the secret.

A secret is a run of visible characters without white space, up to 64 KiB. It must not be a redacted preview
(writing a preview back destroys the secret), nor a text that a shell, a template or another program should
have replaced with the secret. A Google credential is JSON text, a private key is PEM text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from bifrost_keys.gateway.names import has_unseen_characters
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secrets.detection import (
    KEY_PREFIXES,
    is_reference,
    is_variable_name,
    known_prefix,
    variable_looks_secret,
    vault_path_looks_secret,
)

if TYPE_CHECKING:
    from bifrost_keys.gateway.rules.secret_mistakes import Mistake

MAX_SECRET_BYTES: Final = 64 * 1024
CREDENTIAL_TYPES: Final = frozenset(
    {"service_account", "authorized_user", "external_account", "impersonated_service_account"}
)

_Form = Literal["token", "json", "pem"]
# The fields whose secret may contain white space.
_FORMS: Final[dict[str, _Form]] = {"auth_credentials": "json", "private_key": "pem"}
_VIRTUAL_KEY_PREFIX: Final = "sk-bf-"
_VISIBLE: Final = re.compile("[!-~]+").fullmatch
_PEM: Final = (
    r"-----BEGIN (?:RSA )?PRIVATE KEY-----(?:\\n|[A-Za-z0-9+/=\s])+"
    r"-----END (?:RSA )?PRIVATE KEY-----(?:\\n|\s)*"
)


def variable_faults(name: str, path: Path) -> list[Fault]:
    """Return the faults of NAME in a reference ``env.NAME``."""
    if not name:
        message = "is a reference without the name of a variable"
        return [Fault("reference-empty", path, "error", message, "add the name")]
    if variable_looks_secret(name):
        message = "has something that looks like a secret in place of the variable's name"
        hint = "use the name of the variable, not its content; treat the secret as leaked"
        return [Fault("reference-looks-secret", path, "error", message, hint)]
    if is_variable_name(name):
        return []
    if has_unseen_characters(name):
        message = "has a control or invisible character in the name of the variable"
        return [Fault("value-control-characters", path, "error", message, "use only the name")]
    message = "refers to a name that cannot be the name of an environment variable"
    hint = "a name consists of letters, digits and _, and does not begin with a digit"
    if name.startswith(("env.", "$")):
        hint = "use the name without env." if name[0] == "e" else "use the name without $"
    return [Fault("reference-name", path, "warning", message, hint)]


def secret_faults(text: str, path: Path) -> list[Fault]:
    """Return the faults of a secret or a reference; ``path`` ends with the field's name.

    An empty text has none: whether a secret may be empty depends on the provider.
    """
    if not text:
        return []
    if text.startswith("env."):
        return variable_faults(text[4:], path)
    if text.startswith("vault."):
        return _vault_faults(text[6:], path)
    # Its patterns take 2 ms to compile, and most keys have references.
    from bifrost_keys.gateway.rules.secret_mistakes import MISTAKES, ODDITIES

    form = _FORMS.get(str(path[-1]), "token")
    kind = _unusable(text) or _first(MISTAKES, text, path) or _characters(text, form)
    if kind is None:
        kind = _FORM_RULES[form](text) or _first(ODDITIES, text, path)
    return [] if kind is None else [_fault(kind, path)]


def given_faults(text: str, path: Path) -> list[Fault]:
    """Return the faults of a secret that was typed or piped in, which are allowed in a document.

    The gateway loads such a secret, but it cannot be sent in a header, or is probably not what was meant.
    """
    if text.startswith("--") and str(path[-1]) not in _FORMS:
        hint = "use --value=TEXT if the secret really begins with --" if path[-1] == "value" else ""
        return [Fault("value-option", path, "warning", "begins with -- like an option", hint)]
    if text.isascii() or is_reference(text) or str(path[-1]) in _FORMS:
        return []
    if any(fault.refused for fault in secret_faults(text, path)):
        return []  # that fault is more specific
    message = "contains a non-ASCII character, which an HTTP header cannot carry"
    return [Fault("value-not-ascii", path, "error", message, "copy it again as plain text")]


def text_mistakes(text: str, path: Path) -> list[Fault]:
    """Return mistakes in a field that may be a reference but not a secret, such as an address."""
    from bifrost_keys.gateway.rules.secret_mistakes import MISTAKES, ODDITIES

    codes = ("value-redacted", "value-quoted", "value-unexpanded", "value-foreign-reference")
    kinds = tuple(kind for kind in (*MISTAKES, *ODDITIES) if kind.code in codes)
    mistake = _first(kinds, text, path)
    return [] if mistake is None else [_fault(mistake, path)]


def secret_warnings(text: str, provider: str, path: Path) -> list[Fault]:
    """Return warnings about a literal value that is allowed but unusual for this provider."""
    if text.startswith(_VIRTUAL_KEY_PREFIX):
        message = "is one of the gateway's own virtual keys (sk-bf-), not a provider's key"
        return [Fault("value-virtual-key", path, "warning", message, refused=False)]
    owners = KEY_PREFIXES.get(known_prefix(text) or "", ())
    if owners and provider not in owners:
        message = f"looks like a key of {' or '.join(owners)}, not of {provider}"
        return [Fault("value-other-provider", path, "warning", message, refused=False)]
    return []


def _vault_faults(place: str, path: Path) -> list[Fault]:
    if not place:
        message = "is a reference without a path in the vault"
        return [Fault("reference-empty", path, "error", message, "use vault.PATH")]
    if vault_path_looks_secret(place):
        message = "has something that looks like a secret in place of the vault path"
        hint = "use the path, not its content; treat the secret as leaked"
        return [Fault("reference-looks-secret", path, "error", message, hint)]
    if has_unseen_characters(place):
        message = "has a control or invisible character in the vault path"
        return [Fault("value-control-characters", path, "error", message, "use only the path")]
    message = "is a vault reference; releases before 1.6.0 use it as a literal secret"
    return [Fault("reference-vault", path, "warning", message, "use env.NAME for those", refused=False)]


def _first(mistakes: tuple[Mistake, ...], text: str, path: Path) -> Mistake | None:
    mistake = next((mistake for mistake in mistakes if mistake.found(text)), None)
    if mistake is None:
        return None
    field = str(path[-1])
    option = f"--{field.replace('_', '-')}"
    reference = "--value-env NAME, or the text env.NAME," if field == "value" else "the text env.NAME"
    return mistake._replace(hint=mistake.hint.format(option=option, reference=reference))


def _fault(mistake: Mistake, path: Path) -> Fault:
    return Fault(mistake.code, path, mistake.severity, mistake.message, mistake.hint, mistake.refused)


def _error(code: str, message: str, hint: str) -> Mistake:
    from bifrost_keys.gateway.rules.secret_mistakes import Mistake

    return Mistake(code, bool, message, hint, severity="error")


def _unusable(text: str) -> Mistake | None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return _error("value-not-text", "is not valid Unicode", "use UTF-8")
    if size > MAX_SECRET_BYTES:
        return _error("value-too-long", "is longer than 64 KiB", "use only the key")
    if text.startswith("\ufeff"):
        return _error("value-whitespace", "begins with a byte order mark", "save the file without it")
    if not text.strip():
        return _error("value-blank", "is blank", "use the key itself")
    return None


def _characters(text: str, form: _Form) -> Mistake | None:
    if _VISIBLE(text):
        return None
    if any((c < " " and (form == "token" or c not in "\t\n\r")) or "\x7f" <= c <= "\x9f" for c in text):
        message = "contains a control character or a line break"
        return _error("value-control-characters", message, "use a single line of text")
    if not text.isascii() and has_unseen_characters(re.sub(r"\s", "", text)):
        message = "contains an invisible character, such as a zero-width space or a soft hyphen"
        return _error("value-unseen-characters", message, "copy it again as plain text")
    if form != "token":
        return None
    if text != text.strip():
        return _error("value-whitespace", "has leading or trailing white space", "remove the white space")
    if any(c.isspace() for c in text):
        return _error("value-whitespace", "contains white space", "use only the key")
    return None


def _credential(text: str) -> Mistake | None:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
        hint = "use the JSON that Google issued; --auth-credentials-file PATH reads it from a file"
        return _error("credentials-invalid", "is not a Google credential (a JSON object with a type)", hint)
    if parsed["type"] not in CREDENTIAL_TYPES:
        return _error("credentials-type", "has an unusual type of credential", "")._replace(
            severity="warning", refused=False
        )
    return None


def _private_key(text: str) -> Mistake | None:
    if re.fullmatch(_PEM, text.strip()):
        return None
    hint = "use the PEM text; --private-key-file PATH reads it from a file"
    return _error("private-key-invalid", "is not a private key (PEM text in PKCS#1 or PKCS#8 form)", hint)


_FORM_RULES: Final[dict[_Form, Callable[[str], Mistake | None]]] = {
    "token": lambda _: None,
    "json": _credential,
    "pem": _private_key,
}
