"""The config object of Vertex keys: Google Cloud, also from a gateway on AWS."""

from __future__ import annotations

from typing import Final

from bifrost_keys.gateway.fields.field import REGION, ConfigObject, Field, Form

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
            form=REGION,
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
