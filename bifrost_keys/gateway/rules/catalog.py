"""The table of fault codes: how bad each is and what the gateway does with the breach.

The effects were seen on running gateways of releases 1.5.1 and 1.5.16. ``keys help codes`` and the
documentation print this table, so it cannot drift from the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Effect = Literal["stops", "drops", "unused", "mixes", "schema", "less", "leaks", "ignored"]

EFFECTS: Final[Mapping[Effect, str]] = {
    "stops": "the gateway does not start",
    "drops": "the gateway drops the whole provider",
    "unused": "the gateway never uses the key, or every request with it fails",
    "mixes": "the gateway loses one of two keys or mixes them up",
    "schema": "the gateway starts and its schema check reports the file",
    "less": "it loads, but does less than it seems",
    "leaks": "what should be secret, or clean text, turns up where it does harm",
    "ignored": "the gateway ignores it",
}

# Code, severity in a file, effect, what is wrong. In the order of the documentation.
CODES: Final[Mapping[str, tuple[Literal["error", "warning"], Effect, str]]] = {
    "not-json": ("error", "stops", "the text is no JSON, or no text"),
    "not-a-file": ("error", "stops", "the path is no regular file"),
    "too-large": ("error", "stops", "the file is larger than 512 MiB"),
    "link-loop": ("error", "stops", "the symbolic links to the file run in a loop"),
    "not-utf8": ("error", "stops", "the file is not UTF-8, or begins with a byte order mark"),
    "wrong-type": ("error", "stops", "a value has the wrong JSON type"),
    "duplicate-member": ("error", "mixes", "a name stands twice in one object: only the last counts"),
    "top-level-unknown": ("error", "schema", "the file has no such block"),
    "schema-missing": ("warning", "schema", "$schema is missing"),
    "providers-missing": (
        "warning",
        "less",
        "no provider is configured: the gateway looks in its environment",
    ),
    "provider-unknown": ("error", "drops", "no built-in provider and no custom one"),
    "provider-case": ("warning", "less", "the provider's name is in other case"),
    "provider-unknown-field": ("error", "schema", "a provider has no such field"),
    "custom-provider-name": ("error", "drops", "a custom provider carries a built-in name"),
    "custom-provider-base": ("error", "drops", "base_provider_type is missing or unknown"),
    "custom-provider-keyless": ("error", "drops", "a provider that builds on bedrock is keyless"),
    "keys-missing": ("error", "schema", "a provider has no keys, or an empty list"),
    "keyless-without-keys": ("warning", "schema", "a keyless provider has no key, the schema wants one"),
    "keyless-with-keys": ("warning", "ignored", "a keyless provider has keys"),
    "duplicate-name": ("error", "mixes", "two keys have one name"),
    "duplicate-id": ("error", "mixes", "two keys have one id"),
    "duplicate-value": ("warning", "less", "two keys have one secret: it gets both shares of the traffic"),
    "name-missing": ("error", "schema", "a key has no name"),
    "name-empty": ("error", "schema", "a key's name is empty"),
    "name-blank": ("error", "leaks", "a key's name is blank"),
    "name-whitespace": ("error", "leaks", "a key's name has white space at an edge"),
    "name-unseen-characters": ("error", "leaks", "a key's name holds control or invisible characters"),
    "name-too-long": ("warning", "less", "a key's name is longer than 255 characters"),
    "name-looks-secret": ("error", "leaks", "a key's name looks like a secret"),
    "id-characters": ("error", "leaks", "a key's id is blank, too long or holds control characters"),
    "id-looks-secret": ("error", "leaks", "a key's id looks like a secret"),
    "null-value": ("error", "schema", "a field is null where the schema wants a value"),
    "field-case-required": ("error", "schema", "the name of a required field is in other case"),
    "field-case": ("warning", "less", "a field's name is in other case"),
    "unknown-field": ("warning", "ignored", "a key has no such field"),
    "lone-surrogate": ("error", "leaks", "a text holds half of a surrogate pair"),
    "value-missing": ("error", "unused", "the secret is missing"),
    "value-blank": ("error", "unused", "the secret is blank"),
    "value-whitespace": ("error", "unused", "the secret holds white space"),
    "value-control-characters": ("error", "unused", "the secret holds a control character or line end"),
    "value-not-text": ("error", "unused", "the secret is no valid Unicode"),
    "value-too-long": ("error", "unused", "the secret is longer than 64 KiB"),
    "value-redacted": ("error", "unused", "the secret is a redacted preview"),
    "value-bearer": ("error", "unused", "the secret begins with Bearer"),
    "value-escape": ("error", "unused", "the secret is spelled with an escape that the gateway misreads"),
    "value-unseen-characters": ("error", "unused", "the secret contains an invisible character"),
    "value-not-ascii": ("error", "unused", "a secret given by itself contains a character beyond ASCII"),
    "private-key-invalid": ("error", "unused", "the private key is not PEM text"),
    "value-quoted": ("warning", "unused", "the secret is wrapped in quotes"),
    "value-unexpanded": ("warning", "unused", "the secret is a variable that was not expanded"),
    "value-assignment": ("warning", "unused", "the secret is an assignment, NAME=VALUE"),
    "value-option": ("warning", "unused", "the secret begins with --, as an option does"),
    "value-file": ("warning", "unused", "the secret begins with @, as the name of a file does elsewhere"),
    "value-foreign-reference": ("warning", "unused", "the secret looks like another program's reference"),
    "value-placeholder": ("warning", "unused", "the secret looks like a placeholder"),
    "value-variable-name": ("warning", "unused", "the secret looks like the name of a variable"),
    "value-virtual-key": ("warning", "unused", "the secret is one of the gateway's own virtual keys"),
    "value-other-provider": ("warning", "unused", "the secret begins like another provider's key"),
    "note-repeats-secret": ("warning", "leaks", "status or description repeats the key's secret"),
    "reference-empty": ("error", "unused", "env. is followed by no name"),
    "reference-looks-secret": ("error", "leaks", "the variable's name looks like a secret"),
    "reference-name": ("warning", "unused", "no environment variable has such a name"),
    "reference-vault": ("warning", "less", "releases before 1.6.0 take a vault reference for the secret"),
    "models-missing": ("warning", "less", "models is missing: the key serves nothing"),
    "models-empty": ("warning", "less", "models is empty: the key serves nothing"),
    "model-wildcard-mixed": ("error", "stops", "* stands beside other models"),
    "model-duplicate": ("error", "stops", "a model stands twice, ignoring case"),
    "model-blank": ("warning", "less", "a model's name is blank or holds control characters"),
    "blacklist-all": ("warning", "less", "the blacklist blocks every model"),
    "blacklist-wildcard-mixed": ("error", "stops", "* stands beside other models in the blacklist"),
    "blacklist-duplicate": ("error", "stops", "a model stands twice in the blacklist, ignoring case"),
    "blacklist-blank": ("warning", "less", "a model's name in the blacklist is blank"),
    "weight-missing": ("error", "schema", "the weight is missing and loads as 0"),
    "weight-negative": ("error", "schema", "the weight is negative"),
    "weight-zero": ("warning", "less", "the weight counts as 0"),
    "alias-source": ("error", "drops", "an alias has an empty name or white space at its edge"),
    "alias-target": ("error", "drops", "an alias leads to nothing or has white space at its edge"),
    "alias-duplicate": ("error", "drops", "an alias stands twice, ignoring case"),
    "alias-object": ("warning", "stops", "an alias is an object: releases before 1.5.12 do not start"),
    "config-missing": ("error", "unused", "the provider's config object is missing"),
    "config-field-missing": ("error", "unused", "a required field of the config object is missing"),
    "config-incomplete": ("error", "unused", "fields that belong together are not all there"),
    "config-foreign": ("error", "ignored", "a config object belongs to another provider"),
    "config-unknown-field": ("error", "schema", "a config object has no such field"),
    "config-text": ("error", "unused", "a text of the config object is blank or holds control characters"),
    "bucket-name": ("error", "unused", "a bucket has no name"),
    "credentials-invalid": ("error", "unused", "the credential is no JSON object with a type"),
    "credentials-type": ("warning", "unused", "the credential is of an unusual type"),
    "field-missing": ("error", "schema", "a required field is missing"),
    "stale-hash": ("warning", "less", "config_hash is not the hash of the key"),
    "reference-unresolved": ("error", "stops", "a reference to a key leads nowhere"),
    "reference-unchecked": ("error", "unused", "a reference that the gateway does not check leads nowhere"),
}


def effect_of(code: str) -> str:
    """What the gateway does with this breach, in words."""
    return EFFECTS[CODES[code][1]] if code in CODES else ""
