"""The config objects of the providers: the part of the table of fields that differs by provider.

Objects and fields are in the order in which the gateway writes them when it hashes a key.
"""

from __future__ import annotations

from typing import Final

from bifrost_keys.gateway.fields.field import ConfigObject, Field, Form

_REGION: Final = Form("[a-z0-9][a-z0-9-]{0,62}", "lower-case letters, digits and hyphens")
_DIGITS: Final = Form("[0-9]+", "digits")
_LIFETIME: Final = Form(
    "0|[6-9][0-9]{2}|[1-9][0-9]{3}|[1-3][0-9]{4}|4[0-2][0-9]{3}|43[01][0-9]{2}|43200", "0, or 600 to 43200"
)
_WORKLOAD_IDENTITY: Final = (
    Field(
        "audience",
        "--workload-audience",
        "AWS workload identity: audience of the identity provider. Not with --auth-credentials.",
        shown=True,
        required=True,
    ),
    Field(
        "service_account_email",
        "--workload-account",
        "AWS workload identity: e-mail address of the service account to impersonate.",
        omit="absent",
    ),
    Field(
        "token_lifetime_seconds",
        "--workload-lifetime",
        "AWS workload identity: lifetime of a token in seconds, 600 to 43200.",
        kind="integer",
        shown=True,
        omit="empty",
        form=_LIFETIME,
    ),
    Field(
        "aws_region",
        "--workload-region",
        "AWS workload identity: AWS region, such as us-east-1.",
        shown=True,
        omit="absent",
    ),
    Field(
        "aws_role_arn",
        "--workload-role-arn",
        "AWS workload identity: ARN of the IAM role to assume first.",
        omit="absent",
    ),
)
_ENDPOINTS: Final = tuple(
    Field(
        name,
        f"--endpoint-{name.replace('_', '-')}",
        f"Host of {service}, instead of the region's.",
        shown=True,
        omit="absent",
    )
    for name, service in (
        ("runtime", "the Bedrock runtime"),
        ("control_plane", "Bedrock's control plane"),
        ("mantle", "Bedrock Mantle"),
        ("agent_runtime", "the Bedrock agent runtime"),
        ("s3", "S3, for batch files"),
    )
)
_BUCKETS: Final = (
    Field("bucket_name", kind="plain", shown=True, required=True),
    Field("prefix", kind="plain", shown=True, omit="empty"),
    Field("is_default", kind="boolean", shown=True, omit="empty"),
)
_ACCESS_KEY: Final = Field(
    "access_key", "--access-key", "AWS access key id (AKIA…). Requires --secret-key.", kind="secret"
)
_SECRET_KEY: Final = Field(
    "secret_key", "--secret-key", "AWS secret access key. Requires --access-key.", kind="secret"
)
_SESSION_TOKEN: Final = Field(
    "session_token",
    "--session-token",
    "AWS session token of temporary credentials.",
    kind="secret",
    omit="absent",
)
_AWS_REGION: Final = Field(
    "region",
    "--region",
    "AWS region, such as us-east-1.",
    shown=True,
    required=True,
    omit="absent",
    form=_REGION,
)
_ROLE_ARN: Final = Field("role_arn", "--role-arn", "ARN of the IAM role to assume.", omit="absent")
_EXTERNAL_ID: Final = Field(
    "external_id", "--external-id", "External id that the role's trust policy requires.", omit="absent"
)
_SESSION_NAME: Final = Field(
    "session_name",
    "--session-name",
    "Session name for the assumed role, as it appears in AWS logs.",
    omit="absent",
    column="role_session_name",
)
_BEDROCK_PROJECT: Final = Field(
    "project_id",
    "--project-id",
    "Id of the Bedrock project.",
    shown=True,
    omit="absent",
    since=(1, 6, 4),
)
_BEDROCK_ENDPOINTS: Final = Field(
    "endpoints",
    help="Hosts of AWS services, instead of the region's.",
    kind="object",
    shown=True,
    omit="absent",
    since=(2, 0, 0),
    column="endpoints_json",
    fields=_ENDPOINTS,
)

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
VERTEX: Final = ConfigObject(
    "vertex_key_config",
    "vertex",
    (
        Field("project_id", "--project-id", "Id of the Google Cloud project.", shown=True, required=True),
        Field(
            "project_number",
            "--project-number",
            "Number of the Google Cloud project. Fine-tuned models need it.",
            shown=True,
        ),
        Field(
            "region",
            "--region",
            "Region, such as us-central1, or global.",
            shown=True,
            required=True,
            form=_REGION,
        ),
        Field(
            "auth_credentials",
            "--auth-credentials",
            "Google credential as JSON text. By default the gateway uses its own credential.",
            kind="secret",
        ),
        Field(
            "force_single_region",
            "--force-single-region",
            "Send every request to the key's own region.",
            kind="boolean",
            shown=True,
            omit="empty",
            since=(1, 6, 4),
        ),
        Field(
            "aws_workload_identity",
            help="Settings for a gateway on AWS to get its Google credential.",
            kind="object",
            omit="absent",
            since=(2, 2, 6),
            absent_at=(1, 6, 0),
            column="aws_workload_identity_json",
            fields=_WORKLOAD_IDENTITY,
        ),
    ),
    exclusive=(("auth_credentials", "aws_workload_identity"),),
)
BEDROCK: Final = ConfigObject(
    "bedrock_key_config",
    "bedrock",
    (
        _ACCESS_KEY,
        _SECRET_KEY,
        _SESSION_TOKEN,
        _AWS_REGION,
        Field("arn", "--arn", "Base ARN of the inference profiles.", omit="absent"),
        _ROLE_ARN,
        _EXTERNAL_ID,
        _SESSION_NAME,
        Field(
            "batch_role_arn",
            "--batch-role-arn",
            "ARN of the IAM role that runs batch jobs.",
            omit="absent",
            since=(2, 0, 0),
            absent_at=(1, 6, 5),
        ),
        _BEDROCK_PROJECT,
        Field(
            "batch_s3_config",
            help="S3 buckets for batch files.",
            kind="object",
            shown=True,
            omit="absent",
            column="batch_s3_config_json",
            fields=(
                Field(
                    "buckets",
                    "--bucket",
                    "S3 bucket for batch files, NAME or NAME=PREFIX; repeat for several, the first is the "
                    "default.",
                    kind="objects",
                    shown=True,
                    omit="empty",
                    fields=_BUCKETS,
                ),
            ),
        ),
        _BEDROCK_ENDPOINTS,
    ),
    required=False,
    all_or_none=(("access_key", "secret_key"),),
)
BEDROCK_MANTLE: Final = ConfigObject(
    "bedrock_mantle_key_config",
    "bedrock_mantle",
    (
        _ACCESS_KEY,
        _SECRET_KEY,
        _SESSION_TOKEN,
        _AWS_REGION,
        _ROLE_ARN,
        _EXTERNAL_ID,
        _SESSION_NAME,
        _BEDROCK_PROJECT,
        _BEDROCK_ENDPOINTS,
    ),
    required=False,
    all_or_none=(("access_key", "secret_key"),),
    since=(1, 6, 3),
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
            "Address of the Databricks workspace, such as https://NAME.cloud.databricks.com.",
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
