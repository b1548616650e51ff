"""The config objects of the providers: the part of the table of fields that differs by provider.

Those of Bedrock and Vertex are in modules of their own. Objects and fields are in the order in which the
gateway writes them when it hashes a key.
"""

from __future__ import annotations

from typing import Final

from bifrost_keys.gateway.fields.bedrock import BEDROCK, BEDROCK_MANTLE
from bifrost_keys.gateway.fields.field import ConfigObject, Field, Form
from bifrost_keys.gateway.fields.vertex import VERTEX

_DIGITS: Final = Form("[0-9]+", "digits")

AZURE: Final = ConfigObject(
    "azure_key_config",
    "azure",
    (
        Field(
            "endpoint",
            "--endpoint",
            "Address of the Azure resource, such as https://NAME.openai.azure.com.",
            shown=True,
            required=True,
        ),
        Field(
            "api_version",
            "--api-version",
            "API version, such as 2024-10-21. Releases from 1.5.5 on ignore it.",
            shown=True,
            omit="absent",
            until=(1, 5, 4),
        ),
        Field("client_id", "--client-id", "Entra ID: application (client) id of the app.", omit="absent"),
        Field(
            "client_secret",
            "--client-secret",
            "Entra ID: client secret of the app.",
            kind="secret",
            omit="absent",
        ),
        Field("tenant_id", "--tenant-id", "Entra ID: directory (tenant) id.", omit="absent"),
        Field(
            "scopes",
            "--scope",
            "Entra ID: scope to request instead of the default. Repeat for several.",
            kind="list",
            shown=True,
            omit="empty",
        ),
    ),
    all_or_none=(("client_id", "client_secret", "tenant_id"),),
)
VLLM: Final = ConfigObject(
    "vllm_key_config",
    "vllm",
    (
        Field(
            "url", "--url", "Address of the vLLM server, such as http://HOST:8000.", shown=True, required=True
        ),
        Field(
            "model_name",
            "--model-name",
            "Model that the server runs, spelled exactly as in requests.",
            kind="plain",
            shown=True,
            required=True,
        ),
    ),
)
REPLICATE: Final = ConfigObject(
    "replicate_key_config",
    "replicate",
    (
        Field(
            "use_deployments_endpoint",
            "--use-deployments-endpoint",
            "Send requests to Replicate's deployments instead of its models.",
            kind="boolean",
            shown=True,
        ),
    ),
    required=False,
)
OLLAMA: Final = ConfigObject(
    "ollama_key_config",
    "ollama",
    (
        Field(
            "url",
            "--url",
            "Address of the Ollama server, such as http://HOST:11434.",
            shown=True,
            required=True,
        ),
    ),
)
SGL: Final = ConfigObject(
    "sgl_key_config",
    "sgl",
    (
        Field(
            "url",
            "--url",
            "Address of the SGLang server, such as http://HOST:30000.",
            shown=True,
            required=True,
        ),
    ),
)
DATABRICKS: Final = ConfigObject(
    "databricks_key_config",
    "databricks",
    (
        Field(
            "workspace_url",
            "--workspace-url",
            "Address of the Databricks workspace, such as https://HOST.",
            shown=True,
            required=True,
        ),
        Field(
            "api_format",
            "--api-format",
            "Databricks API to call: auto (by the model's name), model_serving or ai_gateway.",
            kind="plain",
            shown=True,
            omit="empty",
            form=Form("auto|model_serving|ai_gateway", "auto, model_serving or ai_gateway"),
        ),
        Field("client_id", "--client-id", "OAuth: client id of the service principal.", omit="absent"),
        Field(
            "client_secret",
            "--client-secret",
            "OAuth: client secret of the service principal.",
            kind="secret",
            omit="absent",
        ),
        Field(
            "forward_gateway_tags",
            "--forward-gateway-tags",
            "Tag each request with the names of its virtual key, team and customer.",
            kind="boolean",
            shown=True,
            omit="empty",
        ),
    ),
    all_or_none=(("client_id", "client_secret"),),
    instead_of_value=("client_id", "client_secret"),
    since=(2, 1, 0),
)
GITHUB_COPILOT: Final = ConfigObject(
    "github_copilot_key_config",
    "github-copilot",
    (
        Field("app_id", "--app-id", "Id of the GitHub App.", required=True),
        Field(
            "installation_id",
            "--installation-id",
            "Numeric id of the app's installation.",
            shown=True,
            required=True,
            form=_DIGITS,
        ),
        Field(
            "repository_id",
            "--repository-id",
            "Numeric id of the repository that the token is limited to.",
            shown=True,
            required=True,
            form=_DIGITS,
        ),
        Field(
            "private_key",
            "--private-key",
            "Private key of the GitHub App, an RSA key in PEM format.",
            kind="secret",
            required=True,
        ),
        Field(
            "github_domain",
            "--github-domain",
            "Domain of a GitHub Enterprise server, instead of github.com.",
            shown=True,
        ),
    ),
    required=False,
    instead_of_value=("app_id", "installation_id", "repository_id", "private_key"),
    since=(2, 1, 0),
)

# In the order of the hash; the aliases are hashed between bedrock_mantle and vllm.
CONFIG_OBJECTS: Final = (
    AZURE,
    VERTEX,
    BEDROCK,
    BEDROCK_MANTLE,
    VLLM,
    REPLICATE,
    OLLAMA,
    SGL,
    DATABRICKS,
    GITHUB_COPILOT,
)
