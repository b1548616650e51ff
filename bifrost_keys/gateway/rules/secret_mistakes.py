"""Texts that people enter as a secret by mistake, with the message for each kind."""

import base64
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from bifrost_keys.gateway.rules.catalog import Severity
from bifrost_keys.gateway.secrets.detection import harmless, known_prefix, looks_redacted

_QUOTES: Final = "\"'`“”„‟‘’‚‛«»‹›"
_NAME: Final = "[A-Za-z_][A-Za-z0-9_]*"
_FOREIGN: Final = re.compile(
    rf"(?:os\.environ[/.]|process\.env\.|import\.meta\.env\.|env[:/]|ENV\.|Env\.|ENV:|\$env:){_NAME}"
    rf"|\{{\$?(?:env[.:])?{_NAME}\}}|env\({_NAME}\)"
    r"|os\.environ\[.*\]|(?:os\.)?getenv\(.*\)|\{\{.*\}\}|<%.*%>"
    r"|(?:op|vault|ref\+\w+|bws|secret|secrets|awssm|gcpsm|azkv|keyring|keychain|file)://?\S*"
    r"|ENC\[\S+\]|secretref:\S+|(?:/var)?/run/(?:secrets|credentials)/\S+|/etc/secrets/\S+|~/\S+"
    r"|vault:\S+|arn:aws[\w-]*:secretsmanager:\S+|projects/\S+/secrets/\S+"
)
_PLACEHOLDER: Final = re.compile(
    r"(?:sk-)?(?:ant-|proj-|or-v1-)?(?:x{3,}(?:[-_]x+)*|\.{3,}|…)"
    r"|change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this)(?:[-_ ].*)?|replace[-_ ]with[-_ ].*"
    r"|(?:sk-)?(?:enter|insert|put|paste|add|use)?[-_ ]?(?:your|my)[-_ ](?:[a-z0-9]+[-_ ])*?"
    r"(?:key|token|secret|password|credentials?|value)(?:[-_ ](?:here|goes[-_ ]here))?"
    r"|(?:api[-_]?)?(?:key|token|secret|password)[-_](?:goes[-_])?here|insert[-_ ].*[-_ ]here"
    r"|<[^<>]+>|\[[^\[\]]+\]|todo|tbd|placeholder|null|none|nil|undefined",
    re.IGNORECASE,
)


def _decoded(text: str) -> str:
    """Return the text that is encoded in Base64; empty if it is not Base64."""
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except ValueError:
        return ""


class Mistake(NamedTuple):
    """One kind of mistake. ``refused`` says that the text cannot be a secret.

    In ``hint``, ``{option}`` is replaced with the option of the field, and ``{reference}`` with the way to
    refer to a variable in it.
    """

    code: str
    found: Callable[[str], object]
    message: str
    hint: str = ""
    severity: Severity = "warning"
    refused: bool = True


# The most specific kind comes first, because only the first match is reported.
MISTAKES: Final = (
    Mistake(
        "value-redacted",
        looks_redacted,
        "looks like a redacted preview",
        "paste the whole secret, not its preview",
        severity="error",
    ),
    Mistake(
        "value-quoted",
        lambda text: len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES,
        "is wrapped in quotes",
        "remove the quotes",
    ),
    Mistake(
        "value-bearer",
        re.compile(r"(?i)(?:authorization:\s*)?bearer\s").match,
        "begins with Bearer",
        "use only the key",
        severity="error",
    ),
    Mistake(
        "value-assignment",
        re.compile(rf"(?:export\s+)?{_NAME}=(?!=*\Z)").match,
        "is an assignment of the form NAME=VALUE",
        "use only the part after the equals sign",
    ),
    Mistake(
        "value-file",
        re.compile("@").match,
        "begins with @, which other programs expand to the content of a file",
        "{option}-file PATH reads the secret from a file",
    ),
    Mistake(
        "value-unexpanded",
        re.compile(rf"(?:\$(?:{_NAME}|\{{[^{{}}]*\}}|\([^()]*\))|%{_NAME}%)\Z").match,
        "is a variable that was not expanded",
        "{reference} refers to a variable",
    ),
)
# Checked if nothing else is wrong: texts that could be secrets but probably are not.
ODDITIES: Final = (
    Mistake(
        "value-option",
        re.compile(r"--(?!---BEGIN )").match,
        "begins with -- like an option",
        "use the secret itself",
        refused=False,
    ),
    Mistake(
        "value-foreign-reference",
        _FOREIGN.fullmatch,
        "looks like another program's reference; the gateway would use it as the secret",
        "{reference} refers to a variable",
        refused=False,
    ),
    Mistake(
        "value-placeholder",
        _PLACEHOLDER.fullmatch,
        "looks like a placeholder",
        "use the secret itself",
        refused=False,
    ),
    Mistake(
        "value-encoded",
        lambda text: known_prefix(_decoded(text)) is not None,
        "looks encoded in Base64, as Kubernetes stores it",
        "decode it once: base64 -d",
        refused=False,
    ),
    Mistake(
        "value-copied",
        re.compile(r"(?!-----BEGIN ).{8,}(?:[,;]|\\[nr])\Z").match,
        "ends like a line of code, with a comma, a semicolon or \\n",
        "use the secret itself",
        refused=False,
    ),
    Mistake(
        "value-variable-name",
        lambda text: re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", text) and harmless(text),
        "looks like the name of a variable, not its content",
        "{reference} refers to a variable",
        refused=False,
    ),
)
