"""The table of finding codes, each with its severity and the gateway's reaction.

The effects were observed on running gateways or read in their source, releases 1.5.1 to 2.2.6. ``keys help
codes`` and the documentation print this table, so it cannot drift from the code.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning"]
Effect = Literal[
    "stops", "crashes", "drops", "unused", "mixes", "fails", "less", "leaks", "ignored", "refused"
]

EFFECTS: Final[Mapping[Effect, str]] = {
    "stops": "the gateway does not start",
    "drops": "the gateway drops the whole provider",
    "unused": "the gateway never uses the key, or every request with it fails",
    "crashes": "the gateway crashes at a request",
    "mixes": "the gateway loses one of two keys or mixes them up",
    "fails": "the gateway starts, and requests fail",
    "less": "the gateway does less than the file seems to say",
    "leaks": "a secret or a malformed text gets to a place where it does harm",
    "ignored": "the gateway ignores it",
    "refused": "keys does not change the file",
}


class Code(NamedTuple):
    """The meaning of a finding's code: its severity in a file, the gateway's reaction, and a description."""

    severity: Severity
    effect: Effect
    meaning: str


def _error(effect: Effect, meaning: str) -> Code:
    return Code("error", effect, meaning)


def _warning(effect: Effect, meaning: str) -> Code:
    return Code("warning", effect, meaning)


# In the order of the documentation.
CODES: Final[Mapping[str, Code]] = {
    # The text of the file
    "text-not-json": _error("stops", "the text is not JSON"),
    "text-not-utf8": _error("stops", "the file is not UTF-8, or begins with a byte order mark"),
    "path-not-a-file": _error("stops", "the path is not a regular file"),
    "file-too-large": _error("stops", "the file is larger than 512 MiB"),
    "link-loop": _error("stops", "the symbolic links to the file form a loop"),
    "file-encrypted": _error("refused", "the file is encrypted by SOPS"),
    "type-wrong": _error("stops", "a value has the wrong JSON type"),
    "number-negative": _error("crashes", "a number outside the keys is negative"),
    "member-duplicate": _error("mixes", "an object contains a member twice, and only the last counts"),
    "field-case": _warning("less", "a field name is in the wrong case"),
    "surrogate-lone": _error("leaks", "a text contains half of a surrogate pair"),
    # Members that the gateway does not read
    "top-level-unknown": _warning("ignored", "unknown top-level field"),
    "provider-field-unknown": _warning("ignored", "unknown field of a provider"),
    "field-unknown": _warning("ignored", "unknown field of a key"),
    "config-field-unknown": _warning("ignored", "unknown field of a config object or alias"),
    "field-misspelt": _warning("ignored", "unknown field with a name similar to a known one"),
    "field-misplaced": _warning("ignored", "field that belongs elsewhere, or that only old releases read"),
    "provider-bookkeeping": _warning("less", "note of the gateway itself in a provider"),
    # Newer than the gateway, if its release is known
    "field-newer": _warning("ignored", "field that the gateway does not know yet"),
    "provider-newer": _error("unused", "provider or base type that the gateway does not know yet"),
    "alias-object": _warning("stops", "alias that is an object, which only releases from 1.5.12 on support"),
    "pattern-newer": _warning("less", "pattern of models, which only releases from 2.2.0 on support"),
    "fallback-object": _warning(
        "stops", "fallback that is an object, which only releases from 2.2.3 on support"
    ),
    # The file
    "schema-missing": _warning("less", "$schema is missing"),
    "schema-address": _warning("less", "$schema is not the address of Bifrost's schema"),
    "version-unknown": _warning("less", "version is neither 1 nor 2"),
    "source-of-truth-unknown": _warning("ignored", "source_of_truth is neither split nor config.json"),
    "providers-missing": _warning(
        "less", "there is no provider: the gateway looks for keys in its environment"
    ),
    # Providers
    "provider-unknown": _error("unused", "the provider is neither built in nor custom"),
    "provider-case": _warning("less", "the provider's name is in the wrong case"),
    "custom-provider-name": _error("drops", "a custom provider has the name of a built-in one"),
    "custom-provider-later": _warning("less", "a custom provider has the name of one that is built in later"),
    "custom-provider-base": _error("drops", "base_provider_type is missing or unknown"),
    "custom-provider-keyless": _error("drops", "a provider that builds on bedrock is keyless"),
    "keys-missing": _warning("less", "a provider has no keys"),
    "keys-at-keyless-provider": _warning("ignored", "a keyless provider has keys"),
    # Two keys
    "name-duplicate": _error("mixes", "two keys have the same name, or no name"),
    "id-duplicate": _error("mixes", "two keys have the same id"),
    "name-of-other-row": _error("stops", "a key has the name of another provider's key in the database"),
    "value-duplicate": _warning(
        "less", "two keys have the same secret, which gets both shares of the traffic"
    ),
    # Name and id
    "name-missing": _error("less", "a key has no name"),
    "name-empty": _error("less", "a key's name is empty"),
    "name-blank": _error("leaks", "a key's name is blank"),
    "name-whitespace": _error("leaks", "a key's name has leading or trailing white space"),
    "name-unseen-characters": _error("leaks", "a key's name contains control or invisible characters"),
    "name-too-long": _warning("less", "a key's name is longer than 255 characters"),
    "name-option": _warning("less", "a key's name begins with -- like an option"),
    "name-redacted": _error("leaks", "a key's name looks redacted"),
    "name-selector": _warning("less", "a key's name begins with a provider's name and a slash"),
    "name-looks-secret": _error("leaks", "a key's name looks like a secret"),
    "id-characters": _error("leaks", "a key's id is blank, too long or contains control characters"),
    "id-looks-secret": _error("leaks", "a key's id looks like a secret"),
    "secret-object": _warning("less", "a secret is an object, which releases before 1.6.0 misread"),
    "field-null": _error("less", "a known field is null"),
    # Secrets
    "value-missing": _error("unused", "the secret is missing"),
    "value-blank": _error("unused", "the secret is blank"),
    "value-whitespace": _error("unused", "the secret contains white space"),
    "value-control-characters": _error("unused", "the secret contains a control character or a line break"),
    "value-not-text": _error("unused", "the secret is not valid Unicode"),
    "value-too-long": _error("unused", "the secret is longer than 64 KiB"),
    "value-redacted": _error("unused", "the secret is a redacted preview"),
    "value-bearer": _error("unused", "the secret begins with Bearer"),
    "value-escape": _error("unused", "the secret is spelled with an escape that the gateway misreads"),
    "value-unseen-characters": _error("unused", "the secret contains an invisible character"),
    "value-not-ascii": _error("unused", "the secret contains a non-ASCII character"),
    "private-key-invalid": _error("unused", "the private key is not PEM text"),
    "value-quoted": _warning("unused", "the secret is wrapped in quotes"),
    "value-unexpanded": _warning("unused", "the secret is a variable that was not expanded"),
    "value-assignment": _warning("unused", "the secret is an assignment of the form NAME=VALUE"),
    "value-option": _warning("unused", "the secret begins with -- like an option"),
    "value-file": _warning("unused", "the secret begins with @, which other programs expand to a file"),
    "value-foreign-reference": _warning("unused", "the secret looks like another program's reference"),
    "value-placeholder": _warning("unused", "the secret looks like a placeholder"),
    "value-encoded": _warning("unused", "the secret looks encoded in Base64"),
    "value-copied": _warning("unused", "the secret ends like a line of code"),
    "value-variable-name": _warning("unused", "the secret looks like the name of a variable"),
    "value-virtual-key": _warning("unused", "the secret is one of the gateway's own virtual keys"),
    "value-other-provider": _warning("unused", "the secret looks like another provider's key"),
    "note-repeats-secret": _warning("leaks", "status or description repeats the key's secret"),
    "reference-empty": _error("unused", "env. is not followed by a name"),
    "reference-looks-secret": _error("leaks", "the variable's name looks like a secret"),
    "reference-name": _warning("unused", "no environment variable can have this name"),
    "reference-vault": _warning("less", "releases before 1.6.0 use a vault reference as the secret itself"),
    # Models, weight, aliases
    "models-missing": _warning("less", "models is missing: the key serves no model"),
    "models-empty": _warning("less", "models is empty: the key serves no model"),
    "model-wildcard-mixed": _error("stops", '"*" is not the only entry of models'),
    "model-duplicate": _error("stops", "a model is listed twice, ignoring case"),
    "model-blank": _warning("less", "a model's name is blank, or has leading or trailing white space"),
    "model-pattern": _error("stops", "a pattern of models is not valid in RE2"),
    "model-not-pattern": _warning("less", 'a model contains "*": it is neither a name nor a pattern'),
    "model-with-provider": _warning("less", "a model is listed as provider/model, which matches no model"),
    "blacklist-all": _warning("less", "the blacklist blocks every model"),
    "blacklist-wildcard-mixed": _error("stops", '"*" is not the only entry of the blacklist'),
    "blacklist-duplicate": _error("stops", "a model is listed twice in the blacklist, ignoring case"),
    "blacklist-blank": _warning("less", "a model's name in the blacklist is blank"),
    "blacklist-pattern": _error("stops", "a pattern in the blacklist is not valid in RE2"),
    "blacklist-not-pattern": _warning("less", 'an entry of the blacklist contains "*": it blocks nothing'),
    "model-name-excluded": _error("unused", "the key's lists exclude the only model that it serves"),
    "weight-missing": _error("less", "the weight is missing and counts as 0"),
    "weight-negative": _error("crashes", "the weight is negative"),
    "weight-too-large": _error("crashes", "the weight is more than the gateway can count"),
    "weights-too-large": _error(
        "crashes", "the weights of a provider add up to more than the gateway can count"
    ),
    "weight-zero": _warning("less", "the weight counts as 0"),
    "alias-source": _error("drops", "an alias is empty, or has leading or trailing white space"),
    "alias-target": _error(
        "drops", "the target of an alias is empty, or has leading or trailing white space"
    ),
    "alias-duplicate": _error("drops", "an alias is listed twice, ignoring case"),
    "alias-foreign": _error("drops", "an alias has a field that belongs to another provider"),
    "alias-field": _error("drops", "a field of an alias has an impossible value"),
    "alias-reference": _warning("less", "the target of an alias is a reference, which is not resolved there"),
    # Config objects
    "config-missing": _error("unused", "the provider's config object is missing"),
    "config-field-missing": _error("unused", "a required field of the config object is missing"),
    "config-incomplete": _error("unused", "some of the fields that belong together are missing"),
    "config-foreign": _error("ignored", "a config object belongs to another provider"),
    "config-text": _error("unused", "a text of the config object is blank or contains control characters"),
    "config-form": _warning("unused", "a field of the config object has a form that gateways refuse"),
    "config-conflict": _warning("unused", "the config object contains fields that exclude each other"),
    "address-scheme": _warning("unused", "an address does not begin with http:// or https://"),
    "address-path": _warning("unused", "an address is that of a single call"),
    "secret-not-text": _error("unused", "a secret is JSON of another type than text"),
    "bucket-name": _error("unused", "a bucket has no name"),
    "credentials-invalid": _error("unused", "the credential is not a JSON object with a type"),
    "credentials-type": _warning("unused", "the credential is of an unusual type"),
    # Hash and references
    "hash-stale": _warning("less", "config_hash is not the hash of the key"),
    "reference-unresolved": _error("stops", "a reference to a key does not resolve"),
    "reference-incomplete": _error("stops", "a reference to a key lacks the key or its provider"),
    "reference-doubled": _error("stops", "a reference names a key both by its name and by its id"),
    "reference-all-mixed": _error("stops", '"*" is not the only entry of a list of key ids'),
    "reference-without-database": _error("stops", "a key is named by its name, and config_store is off"),
    "reference-other-provider": _warning("less", "a reference names a key of another provider"),
    "reference-enterprise": _warning("less", "a reference of an enterprise gateway does not resolve"),
    "reference-unchecked": _error("less", "a reference that the gateway does not check does not resolve"),
    # At a running gateway
    "reference-not-set": _error("unused", "the variable is not set at the gateway"),
    "list-models-failed": _warning("fails", "the provider rejected the key when the gateway last asked"),
    "virtual-key-empty": _warning(
        "fails", "a virtual key has no keys of a provider, and denies every request to it"
    ),
}


def effect_of(code: str) -> str:
    """Return the gateway's reaction to this fault, in words; empty for a code of another table."""
    return EFFECTS[CODES[code].effect] if code in CODES else ""
