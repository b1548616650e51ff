"""What people give as a secret without meaning it, each kind with what a message says of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from bifrost_keys.gateway.rules.catalog import Severity
from bifrost_keys.gateway.secrets.detection import harmless, looks_redacted

_QUOTES: Final = "\"'`“”„‟‘’‚‛«»‹›"
_NAME: Final = "[A-Za-z_][A-Za-z0-9_]*"
_FOREIGN: Final = re.compile(
    rf"(?:os\.environ[/.]|process\.env\.|import\.meta\.env\.|env[:/]|ENV\.|Env\.|ENV:|\$env:){_NAME}"
    rf"|\{{\$?(?:env[.:])?{_NAME}\}}|env\({_NAME}\)"
    r"|os\.environ\[.*\]|(?:os\.)?getenv\(.*\)|\{\{.*\}\}|<%.*%>"
    r"|(?:op|vault|ref\+\w+|bws|secret|secrets|awssm|gcpsm|azkv|keyring|keychain|file)://?\S*"
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


class Slip(NamedTuple):
    """One kind of text that somebody gave without meaning it; ``refused``: nobody can mean it.

    In ``hint``, ``{option}`` stands for the option of the field, ``{reference}`` for the way to refer to
    a variable there.
    """

    code: str
    found: Callable[[str], object]
    message: str
    hint: str = ""
    severity: Severity = "warning"
    refused: bool = True


# In the order in which they are looked for: the first that fits says the most.
SLIPS: Final = (
    Slip(
        "value-redacted",
        looks_redacted,
        "looks redacted: it is a preview, not the secret",
        "paste the whole secret, not its preview",
        severity="error",
    ),
    Slip(
        "value-quoted",
        lambda text: len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES,
        "is wrapped in quotes",
        "give it without the quotes",
    ),
    Slip(
        "value-bearer",
        re.compile(r"(?i)(?:authorization:\s*)?bearer\s").match,
        "begins with Bearer",
        "give the key alone",
        severity="error",
    ),
    Slip(
        "value-assignment",
        re.compile(rf"(?:export\s+)?{_NAME}=(?!=*\Z)").match,
        "is an assignment, NAME=VALUE",
        "give only what follows the equals sign",
    ),
    Slip(
        "value-file",
        re.compile("@").match,
        "begins with @, which other programs read as a file's name",
        "{option}-file PATH reads the secret from a file",
    ),
    Slip(
        "value-unexpanded",
        re.compile(rf"(?:\$(?:{_NAME}|\{{[^{{}}]*\}}|\([^()]*\))|%{_NAME}%)\Z").match,
        "is a variable that was not expanded",
        "{reference} refers to a variable",
    ),
)
# Looked for when nothing else is wrong: a text that can be a secret, and hardly is one.
ODDITIES: Final = (
    Slip(
        "value-option",
        re.compile(r"--(?!---BEGIN )").match,
        "begins with -- like an option",
        "give the secret itself",
        refused=False,
    ),
    Slip(
        "value-foreign-reference",
        _FOREIGN.fullmatch,
        "looks like another program's reference: the gateway takes it for the secret itself",
        "{reference} refers to a variable",
        refused=False,
    ),
    Slip(
        "value-placeholder",
        _PLACEHOLDER.fullmatch,
        "looks like a placeholder",
        "give the secret itself",
        refused=False,
    ),
    Slip(
        "value-variable-name",
        lambda text: re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", text) and harmless(text),
        "looks like the name of a variable, not like its content",
        "{reference} refers to a variable",
        refused=False,
    ),
)
