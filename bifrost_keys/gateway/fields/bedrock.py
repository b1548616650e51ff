"""The config objects of Bedrock keys, which have the fields of an AWS sign-in in common."""

from __future__ import annotations

from typing import Final

from bifrost_keys.gateway.fields.field import REGION, ConfigObject, Field

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
    form=REGION,
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
