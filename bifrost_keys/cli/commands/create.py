"""keys create."""

from functools import partial
from typing import Annotated, Any, Final

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish, left_out_notices, made
from bifrost_keys.cli.global_values import bad_value
from bifrost_keys.cli.key_options import FieldOptions, KeyOptions
from bifrost_keys.cli.options import (
    KEY_PANEL,
    RUN_PANEL,
    DiffOption,
    DryRunOption,
    FromFileOption,
    InitOption,
    OverwriteWebOption,
    TestOption,
    flag,
    value_option,
)
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.providers.table import BASE_TYPES, built_in
from bifrost_keys.gateway.rules.unknown import UNKNOWN
from bifrost_keys.gateway.secrets.detection import harmless

# The gateway's API accepts a request body with these faults. In an option they are refused.
_AS_THE_GATEWAY: Final = frozenset({"weight-too-large", "weights-too-large"})


def create(
    session: Session,
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="The provider, for example openai.")],
    options: KeyOptions,
    own: FieldOptions,
    name: Annotated[
        str | None,
        value_option(
            "--name", "NAME", "The key's name; the default is the first free PROVIDER-N.", KEY_PANEL
        ),
    ] = None,
    key_id: Annotated[
        str | None, value_option("--id", "ID", "The key's id; the default is a new uuid.", KEY_PANEL)
    ] = None,
    from_file: FromFileOption = None,
    base_type: Annotated[
        str | None,
        value_option(
            "--base-provider-type",
            "TYPE",
            "Create a custom provider with this base type, for example openai. Requires --base-url.",
            KEY_PANEL,
        ),
    ] = None,
    base_url: Annotated[
        str | None, value_option("--base-url", "URL", "The address of the custom provider.", KEY_PANEL)
    ] = None,
    allow_unknown: Annotated[
        bool,
        flag("--allow-unknown", "Keep fields of --from-file that this program does not know.", RUN_PANEL),
    ] = False,
    if_not_exists: Annotated[
        bool, flag("--if-not-exists", "Exit 0 and change nothing if the name or id is taken.", RUN_PANEL)
    ] = False,
    overwrite_web: OverwriteWebOption = False,
    init: InitOption = False,
    test: TestOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Add a key to a provider.

    Examples:
      keys create openai
      keys create openai --name prod --value-env OPENAI_API_KEY --model gpt-4o
      keys create azure --value-env AZURE_KEY --endpoint https://my.openai.azure.com
      keys create acme --value-env KEY --base-provider-type openai --base-url URL
      keys create groq --name ci --value-stdin --if-not-exists < secret.txt
    """
    import uuid

    from bifrost_keys.cli.input.key import basics_first, read_key
    from bifrost_keys.gateway.key import selector_faults
    from bifrost_keys.operations.create import CreateRequest, create_key, refuse_provider

    _refuse_key_as_provider(provider)
    store = session.store(
        initial=INITIAL_TEXT if init else None, file_only={"--test with --dry-run": test and dry_run}
    )
    settings = _settings(provider, base_type, base_url)
    with basics_first(lambda: refuse_provider(store, provider, settings)):
        key = read_key(session, options, own, from_file=from_file)
    for member, value in (("name", name), ("id", key_id)):
        if value is not None:
            key.fields[member] = value
    key.faults += selector_faults(provider, name or "")
    request = CreateRequest(
        provider,
        key.fields,
        new_id=str(uuid.uuid4()),
        own=key.own,
        settings=settings,
        if_not_exists=if_not_exists,
        overwrite_web=overwrite_web,
        faults=key.faults,
        allowed=_allowed(from_file, options, allow_unknown=allow_unknown),
    )
    if from_file is None and (session.interactive or "value" not in key.fields):
        from bifrost_keys.cli.input.key_questions import completed  # only to ask for what is missing

        request = completed(session, store, request)
    report = made(session, store, partial(create_key, request=request), test=test, dry_run=dry_run)
    return finish(session, store, report, left_out_notices(key.left_out), diff=diff)


def _allowed(from_file: str | None, options: KeyOptions, *, allow_unknown: bool) -> frozenset[str]:
    """Return the codes of faults that a request body may have."""
    if allow_unknown and from_file is None:
        raise UsageError("--allow-unknown requires --from-file", code="from-file-missing")
    known = _AS_THE_GATEWAY if from_file is not None and options.weight is None else frozenset()
    return known | UNKNOWN if allow_unknown else known


def _refuse_key_as_provider(provider: str) -> None:
    head, slash, name = provider.partition("/")
    if slash and built_in(head) is not None:
        named = name if name and harmless(name) else "NAME"
        raise UsageError(
            "PROVIDER must be the name of a provider alone, without that of a key",
            code="provider-invalid",
            field="PROVIDER",
            hint=f"use keys create {head} --name {named}, or keys set {head}/{named}",
        )


def _settings(provider: str, base_type: str | None, base_url: str | None) -> dict[str, Any]:
    """Return the settings of a custom provider that is created with its first key."""
    if (base_type is None) is not (base_url is None):
        missing = "--base-url" if base_url is None else "--base-provider-type"
        message = "a custom provider needs --base-provider-type and --base-url"
        raise UsageError(
            message, code="custom-provider-incomplete", field=missing, hint=f"also give {missing}"
        )
    if base_type is None:
        return {}
    standard = built_in(provider)
    if standard is not None and not standard.later:
        raise UsageError(
            f"{provider.lower()} is a built-in provider, but --base-provider-type is for a custom one",
            code="custom-provider-name",
            field="--base-provider-type",
            hint="give the custom provider another name",
        )
    if base_type not in BASE_TYPES:
        raise bad_value(
            "--base-provider-type", "is not a base type", hint=f"use one of {', '.join(BASE_TYPES)}"
        )
    if not str(base_url).lower().startswith(("http://", "https://")):
        raise bad_value(
            "--base-url", "does not begin with https://", hint="for example https://llm.example/v1"
        )
    return {
        "custom_provider_config": {"base_provider_type": base_type},
        "network_config": {"base_url": base_url},
    }
