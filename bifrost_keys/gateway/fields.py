"""The one table of a key's fields and of each provider's config object.

Validation, the options of the command line and their help, the order of the fields in the gateway's
hash, redaction and the columns of the gateway's database are derived from it. The fields of a config
object stand in the order in which the gateway writes them when it hashes a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

RECIPES = ("1.5.1", "1.5.12")
Kind = Literal["text", "secret", "boolean", "list", "buckets"]


class Field(NamedTuple):
    """One field of a config object.

    ``kind`` "secret" has a ``…-file`` form of its option. ``reference``: the field takes ``env.NAME``
    and is an object in the gateway's own interface. ``shown``: it says where something is, so a
    literal in it is not masked. ``omit``: the hash leaves it out when it is absent. ``recipes``: the
    hash recipes that know the field at all. ``column``: its column in the gateway's database, without
    the provider's prefix.
    """

    name: str
    option: str
    help: str
    kind: Kind = "text"
    shown: bool = False
    reference: bool = True
    required: bool = False
    omit: bool = False
    recipes: tuple[str, ...] = RECIPES
    column: str = ""

    @property
    def secret(self) -> bool:
        """Whether the field is a secret by its nature (what says who is masked all the same)."""
        return self.kind == "secret"


class ConfigObject(NamedTuple):
    """The config object of one provider; ``required`` says whether its keys cannot work without it.

    Of each group in ``all_or_none`` either every field is given or none is.
    """

    name: str
    provider: str
    fields: tuple[Field, ...]
    required: bool = True
    all_or_none: tuple[tuple[str, ...], ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of this name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    def column(self, field: Field) -> str:
        """The column of the gateway's table ``config_keys`` that holds ``field``."""
        return f"{self.provider}_{field.column or field.name}"


AZURE = ConfigObject(
    "azure_key_config",
    "azure",
    (
        Field(
            "endpoint",
            "--endpoint",
            "Address of the Azure resource, as https://NAME.openai.azure.com.",
            shown=True,
            required=True,
        ),
        Field(
            "api_version",
            "--api-version",
            "API version, as 2024-10-21; releases from 1.5.12 ignore it.",
            shown=True,
            omit=True,
            recipes=("1.5.1",),
        ),
        Field("client_id", "--client-id", "Entra ID: application (client) id of the app.", omit=True),
        Field(
            "client_secret",
            "--client-secret",
            "Entra ID: client secret of the app.",
            kind="secret",
            omit=True,
        ),
        Field("tenant_id", "--tenant-id", "Entra ID: directory (tenant) id.", omit=True),
        Field(
            "scopes",
            "--scope",
            "Entra ID: scope to ask for instead of the default one; repeat for several.",
            kind="list",
            shown=True,
            reference=False,
            omit=True,
        ),
    ),
    all_or_none=(("client_id", "client_secret", "tenant_id"),),
)
VERTEX = ConfigObject(
    "vertex_key_config",
    "vertex",
    (
        Field("project_id", "--project-id", "Id of the Google Cloud project.", shown=True, required=True),
        Field(
            "project_number",
            "--project-number",
            "Number of the Google Cloud project, from its dashboard; fine-tuned models need it.",
            shown=True,
        ),
        Field("region", "--region", "Region, as us-central1, or global.", shown=True, required=True),
        Field(
            "auth_credentials",
            "--auth-credentials",
            "Google credential as JSON text; without it the gateway's own credential is used.",
            kind="secret",
        ),
    ),
)
BEDROCK = ConfigObject(
    "bedrock_key_config",
    "bedrock",
    (
        Field("access_key", "--access-key", "AWS access key id, AKIA…; with --secret-key.", kind="secret"),
        Field("secret_key", "--secret-key", "AWS secret access key; with --access-key.", kind="secret"),
        Field(
            "session_token",
            "--session-token",
            "AWS session token of temporary credentials.",
            kind="secret",
            omit=True,
        ),
        Field("region", "--region", "AWS region, as us-east-1.", shown=True, required=True, omit=True),
        Field("arn", "--arn", "Base ARN of the inference profiles.", omit=True),
        Field("role_arn", "--role-arn", "ARN of the IAM role to assume.", omit=True),
        Field(
            "external_id",
            "--external-id",
            "External id that the role's trust policy asks for.",
            omit=True,
        ),
        Field(
            "session_name",
            "--session-name",
            "Session name when the role is assumed; it appears in AWS logs.",
            omit=True,
            column="role_session_name",
        ),
        Field(
            "batch_s3_config",
            "--bucket",
            "S3 bucket for batch files, NAME or NAME=PREFIX; repeat for several, the first is the default.",
            kind="buckets",
            shown=True,
            reference=False,
            omit=True,
            column="batch_s3_config_json",
        ),
    ),
    required=False,
    all_or_none=(("access_key", "secret_key"),),
)
VLLM = ConfigObject(
    "vllm_key_config",
    "vllm",
    (
        Field("url", "--url", "Address of the vLLM server, as http://HOST:8000.", shown=True, required=True),
        Field(
            "model_name",
            "--model-name",
            "The model that this server runs, exactly as requests name it.",
            shown=True,
            reference=False,
            required=True,
        ),
    ),
)
REPLICATE = ConfigObject(
    "replicate_key_config",
    "replicate",
    (
        Field(
            "use_deployments_endpoint",
            "--use-deployments-endpoint",
            "Send requests to Replicate's deployments instead of its models.",
            kind="boolean",
            shown=True,
            reference=False,
        ),
    ),
    required=False,
)
OLLAMA = ConfigObject(
    "ollama_key_config",
    "ollama",
    (
        Field(
            "url", "--url", "Address of the Ollama server, as http://HOST:11434.", shown=True, required=True
        ),
    ),
)
SGL = ConfigObject(
    "sgl_key_config",
    "sgl",
    (
        Field(
            "url", "--url", "Address of the SGLang server, as http://HOST:30000.", shown=True, required=True
        ),
    ),
)

# In the order of the hash; the aliases are hashed between bedrock and vllm.
CONFIG_OBJECTS = (AZURE, VERTEX, BEDROCK, VLLM, REPLICATE, OLLAMA, SGL)
CONFIG_BY_NAME: Mapping[str, ConfigObject] = {config.name: config for config in CONFIG_OBJECTS}
CONFIG_BY_PROVIDER: Mapping[str, ConfigObject] = {config.provider: config for config in CONFIG_OBJECTS}

# The gateway's own notes in an entry: they say nothing about what the key is.
BOOKKEEPING = ("config_hash", "status", "description")
# What every key has for itself; its other members are often those of many keys.
OWN_FIELDS = frozenset({"id", "name", "value", "config_hash"})
KEY_FIELDS = (
    *("id", "name", "value", "models", "blacklisted_models", "weight", "aliases", "enabled"),
    *("use_for_batch_api", *CONFIG_BY_NAME, *BOOKKEEPING),
)
_KNOWN = frozenset(KEY_FIELDS)
_KNOWN_IN = {config.name: frozenset(field.name for field in config.fields) for config in CONFIG_OBJECTS}


def fold(name: str) -> str:
    """The form under which the gateway compares names of fields: lower case, the long s as s."""
    return name.lower().replace("\u017f", "s")


def spelling(data: Mapping[str, Any], name: str) -> str:
    """How the object spells this field: the gateway matches names ignoring case, and takes the last."""
    return next((member for member in reversed([*data]) if fold(member) == name), name)


def as_gateway_reads(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with its known fields in their own spelling and without those that are null.

    The gateway matches field names ignoring case, takes the last of several, and takes null as absent.
    Unknown fields are dropped, in config objects too.
    """
    read = _known_members(entry, _KNOWN)
    for name in _KNOWN_IN.keys() & read.keys():
        if isinstance(read[name], Mapping):
            read[name] = _known_members(read[name], _KNOWN_IN[name])
    return read


def without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are not null, in config objects too: the gateway takes null as absent."""
    return {
        name: without_nulls(value) if name in CONFIG_BY_NAME and isinstance(value, Mapping) else value
        for name, value in data.items()
        if value is not None
    }


def _known_members(data: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    if known.issuperset(data):
        return {name: value for name, value in data.items() if value is not None}
    members: dict[str, Any] = {}
    for name, value in data.items():
        folded = name if name in known else fold(name)
        if folded in known and value is not None:
            members[folded] = value
    return members
