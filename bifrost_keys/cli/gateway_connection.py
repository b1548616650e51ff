"""Connect to the running gateway that the command line selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bifrost_keys.cli.global_options import GlobalOptions
from bifrost_keys.cli.global_values import bad_value
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.key import number_of
from bifrost_keys.gateway.secrets.detection import shown_argument
from bifrost_keys.stores.gateway_api.credentials import (
    MAX_BYTES,
    CredentialOptions,
    Readers,
    find_credential,
)
from bifrost_keys.stores.http.address import parse_address

if TYPE_CHECKING:
    from bifrost_keys.stores.gateway_api.store import GatewayStore

URL_VARIABLES: Final = ("BIFROST_GATEWAY_URL", "BIFROST_BASE_URL")
_FILE_ONLY: Final = (
    ("config", "--config"),
    ("app_dir", "--app-dir"),
    ("lock_timeout", "--lock-timeout"),
    ("stdout", "--stdout"),
)
_LONGEST_SECONDS: Final = 600


def gateway_url(session: Session, options: GlobalOptions) -> tuple[str, str]:
    """Return the address of the gateway, and the option or variable that gives it.

    Raise UsageError if --live is given without an address in the environment.
    """
    if options.gateway is not None:
        return "--gateway", options.gateway
    name = next((name for name in URL_VARIABLES if session.environ.get(name)), None)
    if name is None:
        message = f"--live needs {URL_VARIABLES[0]} in the environment"
        raise UsageError(message, code="gateway-url-missing", hint="set it, or use --gateway URL")
    return name, session.environ[name]


def refuse_file_options(options: GlobalOptions, *, but: frozenset[str] = frozenset()) -> None:
    """Raise UsageError if options for a file and for a gateway are combined."""
    chosen = "--gateway" if options.gateway is not None else "--live"
    for name, option in _FILE_ONLY:
        if getattr(options, name) and name not in but:
            message = f"{chosen} and {option} cannot be combined: use a gateway or a file"
            raise UsageError(message, code="store-twice", hint="use only one of them")


def open_gateway_store(
    session: Session, options: GlobalOptions, url: str, *, brief: bool = False
) -> GatewayStore:
    """Return the gateway as a store, without sending a request yet.

    Raise UsageError and InvalidInputError for an unusable address, credential or file.
    """
    from bifrost_keys.cli.output.progress import progress
    from bifrost_keys.stores.gateway_api.store import GatewayStore
    from bifrost_keys.stores.http.transport import Settings, TlsFiles

    environ = session.environ
    address = parse_address(url, allow_http=options.allow_http)
    given = CredentialOptions(
        options.token_file, options.user, options.password_file, options.setup_token_file
    )
    credential = find_credential(given, environ, _readers(session))
    tls = TlsFiles(
        options.ca_file or environ.get("BIFROST_GATEWAY_CA_FILE") or None,
        options.client_cert or environ.get("BIFROST_GATEWAY_CLIENT_CERT") or None,
        options.client_key or environ.get("BIFROST_GATEWAY_CLIENT_KEY") or None,
    )
    settings = Settings(address, tls, environ, answer_seconds=seconds(options.timeout))
    return GatewayStore(
        settings,
        credential,
        release=session.gateway_release,
        node_ok=options.node_ok,
        unchecked=options.unchecked,
        brief=brief,
        on_progress=session.resources.enter_context(progress(session, "gateway")),
    )


def _readers(session: Session) -> Readers:
    from bifrost_keys.stores.files.bounded_input import read_file, read_stdin

    def stdin() -> bytes:
        session.claim_stdin("the gateway's credential")
        return read_stdin(limit=MAX_BYTES + 2)

    return Readers(
        file=lambda path: read_file(path, limit=MAX_BYTES + 2, name=shown_argument(path)),
        stdin=stdin,
        ask=_ask if session.interactive else None,
    )


def _ask(what: str) -> str:
    from bifrost_keys.cli.input.hidden_prompt import read_unseen

    typed = read_unseen(f"{what} (not shown): ", limit=MAX_BYTES)
    if typed is None:
        raise UsageError("no password was entered", code="password-missing")
    return typed.decode("utf-8", "surrogateescape")


def seconds(text: str | None, *, default: float = 30.0) -> float:
    """Return the seconds of --timeout. Raise UsageError if it is not a valid number."""
    found = number_of(text) if text is not None else default
    if found is None or not 0 < found <= _LONGEST_SECONDS:
        raise bad_value("--timeout", "must be a number of seconds, more than 0 and at most 600")
    return found
