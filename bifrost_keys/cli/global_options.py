"""The options that every command accepts: config file, gateway, output and waiting.

This module does not postpone annotations, for the reason in ``command``.
"""

from typing import Annotated, Final

from bifrost_keys.cli.options import GATEWAY_PANEL, GLOBAL_PANEL, OptionGroup, flag, value_option
from bifrost_keys.cli.output.formats import DEFAULT_FORMAT, FORMATS


class GlobalOptions(OptionGroup):
    """The global options as they were given, before or after the command's name."""

    config: Annotated[
        str | None,
        value_option(
            "--config", "PATH", "Use this config.json; - reads it from standard input.", GLOBAL_PANEL
        ),
    ] = None
    app_dir: Annotated[
        str | None,
        value_option(
            "--app-dir", "DIR", "Use the config.json in this directory of the gateway.", GLOBAL_PANEL
        ),
    ] = None
    output: Annotated[
        str | None,
        value_option(
            "--output",
            "|".join(FORMATS),
            f"Print the result in this form; the default is {DEFAULT_FORMAT}.",
            GLOBAL_PANEL,
            "-o",
        ),
    ] = None
    quiet: Annotated[bool, flag("--quiet", "Print only errors.", GLOBAL_PANEL, "-q")] = False
    verbose: Annotated[
        bool,
        flag("--verbose", "Show each key as a whole, or how each provider is tested.", GLOBAL_PANEL, "-v"),
    ] = False
    no_color: Annotated[
        bool, flag("--no-color", "Print without colour, as with NO_COLOR in the environment.", GLOBAL_PANEL)
    ] = False
    no_input: Annotated[
        bool,
        flag("--no-input", "Never ask, as with BIFROST_KEYS_NO_INPUT=1 in the environment.", GLOBAL_PANEL),
    ] = False
    lock_timeout: Annotated[
        str | None,
        value_option(
            "--lock-timeout",
            "SECONDS",
            "Wait this long for the lock; the default is 10.",
            GLOBAL_PANEL,
        ),
    ] = None
    gateway_release: Annotated[
        str | None,
        value_option(
            "--gateway-release",
            "RELEASE",
            "Compute config_hash for this release of the gateway, for example 1.5.1.",
            GLOBAL_PANEL,
        ),
    ] = None
    stdout: Annotated[
        bool,
        flag("--stdout", "With --config -: write the changed file to standard output.", GLOBAL_PANEL),
    ] = False

    gateway: Annotated[
        str | None,
        value_option(
            "--gateway", "URL", "Use the running gateway at this address instead of a file.", GATEWAY_PANEL
        ),
    ] = None
    live: Annotated[
        bool, flag("--live", "Use the gateway at the address in BIFROST_GATEWAY_URL.", GATEWAY_PANEL)
    ] = False
    user: Annotated[
        str | None, value_option("--user", "NAME", "Log in to the gateway as this user.", GATEWAY_PANEL)
    ] = None
    password_file: Annotated[
        str | None,
        value_option("--password-file", "FILE|-", "Read the user's password from a file.", GATEWAY_PANEL),
    ] = None
    token_file: Annotated[
        str | None,
        value_option(
            "--token-file", "FILE|-", "Read a session token or management key from a file.", GATEWAY_PANEL
        ),
    ] = None
    setup_token_file: Annotated[
        str | None,
        value_option(
            "--setup-token-file", "FILE|-", "Read the gateway's setup token from a file.", GATEWAY_PANEL
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        value_option("--ca-file", "FILE", "Also trust these certificates (PEM).", GATEWAY_PANEL),
    ] = None
    client_cert: Annotated[
        str | None,
        value_option("--client-cert", "FILE", "Use this client certificate (PEM).", GATEWAY_PANEL),
    ] = None
    client_key: Annotated[
        str | None,
        value_option("--client-key", "FILE", "Use this key for the client certificate (PEM).", GATEWAY_PANEL),
    ] = None
    timeout: Annotated[
        str | None,
        value_option(
            "--timeout", "SECONDS", "Wait this long for each response; the default is 30.", GATEWAY_PANEL
        ),
    ] = None
    allow_http: Annotated[
        bool, flag("--allow-http", "Send credentials over plain http to another machine.", GATEWAY_PANEL)
    ] = False
    node_ok: Annotated[
        bool, flag("--node-ok", "Do not check for several gateways behind the address.", GATEWAY_PANEL)
    ] = False
    unchecked: Annotated[
        bool,
        flag("--unchecked", "Delete even if references to the key cannot be read.", GATEWAY_PANEL),
    ] = False


GLOBAL_NAMES: Final = tuple(parameter.name for parameter in GlobalOptions.parameters())
# The options that apply to a command; its help omits the others.
ANY_OUTPUT: Final = frozenset({"output", "quiet", "no_color"})
CONNECTION: Final = frozenset(
    {
        *("gateway", "live", "user", "password_file", "token_file", "setup_token_file", "ca_file"),
        *("client_cert", "client_key", "timeout", "allow_http"),
    }
)
READING: Final = ANY_OUTPUT | {"config", "app_dir"}
ANYWHERE: Final = READING | CONNECTION
CHANGING_ANYWHERE: Final = ANYWHERE | {
    "no_input",
    "lock_timeout",
    "gateway_release",
    "stdout",
    "verbose",
    "node_ok",
    "unchecked",
}
# Options that are refused without a gateway, because such a line is not meant to change a file.
GATEWAY_ONLY: Final = ("user", "password_file", "token_file", "setup_token_file", "node_ok", "unchecked")
CHANGING: Final = READING | {"no_input", "lock_timeout", "gateway_release", "stdout", "verbose"}
