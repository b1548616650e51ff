"""The settings of one run: its store, its output and its time limits."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from bifrost_keys.cli.global_options import GATEWAY_ONLY, GlobalOptions
from bifrost_keys.cli.global_values import (
    DEFAULT_LOCK_TIMEOUT,
    RELEASE_VARIABLE,
    bad_value,
    output_value,
    release_value,
    seconds_value,
)
from bifrost_keys.cli.output.formats import DEFAULT_FORMAT, FORMATS, Format
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.output.screen import Screen, is_terminal, screen_of
from bifrost_keys.errors import ConfigUnusableError, InvalidInputError, NotFoundError, UsageError

if TYPE_CHECKING:
    from bifrost_keys.stores.config_file.locate import Location
    from bifrost_keys.stores.config_file.store import FileStore
    from bifrost_keys.stores.gateway_api.store import GatewayStore
    from bifrost_keys.stores.protocol import Notice
    from bifrost_keys.stores.stream import StreamStore

_MISSING_IN_FILE: Final = ("config-not-found", "provider-not-found", "key-not-found")
_TRUE: Final = frozenset({"1", "true", "yes", "on"})


@dataclass(eq=False, repr=False)
class Session:
    """The settings of one run of one command.

    ``claim_stdin`` prevents two options from reading standard input.
    """

    config: str | None = None
    app_dir: str | None = None
    output: str = DEFAULT_FORMAT
    quiet: bool = False
    verbose: bool = False
    interactive: bool = False
    lock_timeout: float = DEFAULT_LOCK_TIMEOUT
    gateway_release: str | None = None
    stdout: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    options: GlobalOptions = field(default_factory=lambda: GlobalOptions({}))
    resources: ExitStack = field(default_factory=ExitStack)
    beside_gateway: bool = False
    beside: list[Notice] = field(default_factory=list)
    _stdin_claim: str | None = None
    _gateway: GatewayStore | None = None
    _told_passed_over: bool = False

    @classmethod
    def of(cls, options: GlobalOptions) -> Session:
        """Return the session for these global options; raise UsageError for an invalid value."""
        for value, option in ((options.config, "--config"), (options.app_dir, "--app-dir")):
            if value == "":
                raise bad_value(option, "is empty", hint="omit it to use the default file")
        if options.gateway is None and not options.live:
            for name in GATEWAY_ONLY:
                if getattr(options, name):
                    message = f"--{name.replace('_', '-')} requires --gateway URL or --live"
                    raise UsageError(message, code="gateway-missing", hint="add the gateway")
        environ = os.environ
        no_input = options.no_input or environ.get("BIFROST_KEYS_NO_INPUT", "").lower() in _TRUE
        return cls(
            config=options.config,
            app_dir=options.app_dir,
            output=output_value(options.output, environ.get("BIFROST_KEYS_OUTPUT")),
            quiet=options.quiet,
            verbose=options.verbose,
            interactive=not no_input
            and not options.stdout
            and is_terminal(sys.stdin)
            and is_terminal(sys.stderr),
            lock_timeout=seconds_value(options.lock_timeout),
            gateway_release=release_value(options.gateway_release, environ.get(RELEASE_VARIABLE)),
            stdout=options.stdout,
            options=options,
            _stdin_claim="--config -" if options.config == "-" else None,
        )

    @property
    def advises(self) -> bool:
        """Whether somebody reads advice on standard error: a person at a terminal."""
        return not self.quiet and not self.format.structured and self.err.columns is not None

    @property
    def format(self) -> Format:
        """The form of the result."""
        return FORMATS[self.output]

    @cached_property
    def screen(self) -> Screen:
        """The screen behind standard output."""
        return screen_of(sys.stdout, no_color=self.options.no_color)

    @cached_property
    def err(self) -> Screen:
        """The screen behind standard error."""
        return screen_of(sys.stderr, no_color=self.options.no_color)

    def claim_stdin(self, option: str) -> None:
        """Reserve standard input for ``option``; raise UsageError if another option has reserved it."""
        if self._stdin_claim is not None:
            message = f"{self._stdin_claim} and {option} both read standard input"
            raise UsageError(message, code="stdin-twice")
        self._stdin_claim = option

    def location(self) -> Location:
        """Return the file of this run, and why it was chosen. Raise UsageError for a gateway alone."""
        self._refuse_gateway()
        if self.config == "-":
            raise UsageError("--config - is standard input, which does not have a path", code="path-missing")
        return self._located

    @cached_property
    def _located(self) -> Location:
        # Cached, because the working directory may be gone after a change, which must still be reported.
        from bifrost_keys.stores.config_file.locate import home_directory, locate, working_directory

        return locate(
            config=self.config,
            app_dir=self.app_dir,
            environ=self.environ,
            cwd=working_directory(),
            home=home_directory(self.environ),
        )

    @property
    def source(self) -> str:
        """The name of this run's file in messages."""
        if self._gateway is not None:
            return self._gateway.path
        return "standard input" if self.config == "-" else self.location().path

    def name_passed_over(self, error: NotFoundError) -> None:
        """Name the ./config.json that was passed over, in an error about something missing elsewhere."""
        if self.at_gateway or error.code not in _MISSING_IN_FILE or self.config == "-":
            return
        passed_over = self.location().passed_over
        if passed_over:
            error.message += f" ({passed_over})"

    def passed_over(self) -> list[Notice]:
        """Return a warning, once per run, if a ./config.json that may have been meant was passed over.

        None if the run did not look for its file.
        """
        location: Location | None = vars(self).get("_located")
        if location is None or not location.passed_over_ours or self._told_passed_over:
            return []
        from bifrost_keys.stores.protocol import Notice

        self._told_passed_over = True
        hint = f"the file that is used is {location.path}"
        return [Notice("config-passed-over", location.passed_over, hint)]

    @property
    def at_gateway(self) -> bool:
        """Whether this run works on a running gateway instead of a file."""
        return self.options.gateway is not None or self.options.live

    def store(
        self,
        *,
        initial: str | None = None,
        file_only: Mapping[str, bool] | None = None,
        gateway_only: Mapping[str, bool] | None = None,
    ) -> FileStore | StreamStore | GatewayStore:
        """Return the store of this run; ``initial`` is the text of a missing file (``--init``).

        ``file_only`` and ``gateway_only`` are options, and whether they were given. Raise UsageError for an
        option that does not apply to this store.
        """
        refused = {"--init": initial is not None, **(file_only or {})} if self.at_gateway else gateway_only
        for option, given in (refused or {}).items():
            if given:
                place = "a config file" if self.at_gateway else "a running gateway"
                code = "file-only" if self.at_gateway else "gateway-only"
                raise UsageError(f"{option} works only with {place}", code=code, hint=f"remove {option}")
        return self.gateway_store() if self.at_gateway else self.config_store(initial=initial)

    def gateway_store(self, *, but: frozenset[str] = frozenset()) -> GatewayStore:
        """Return the gateway of this run; options for files are refused, except those in ``but``."""
        if self._gateway is not None:
            return self._gateway
        from bifrost_keys.cli.gateway_connection import (
            gateway_url,
            open_gateway_store,
            refuse_file_options,
        )

        refuse_file_options(self.options, but=but)
        store = open_gateway_store(self, self.options, gateway_url(self, self.options) or "")
        self.resources.callback(store.close)
        self._gateway = store
        return store

    def close(self) -> list[Notice]:
        """Close what the run opened; return notices about failures, only once."""
        self.resources.close()
        notices = [*self.beside, *(self._gateway.take_notices() if self._gateway is not None else ())]
        self.beside.clear()
        return notices

    def config_store(
        self, *, initial: str | None = None, beside_gateway: bool = False
    ) -> FileStore | StreamStore:
        """Return the store for the file; ``initial`` is the text of a missing file (``--init``).

        Raise UsageError for a run at a gateway, unless ``beside_gateway``: the command uses both.
        """
        if not beside_gateway:
            self._refuse_gateway()
        self.beside_gateway = beside_gateway
        if self.stdout and self.config != "-":
            raise UsageError("--stdout requires --config -")
        if self.config == "-":
            from bifrost_keys.stores.stream import StreamStore

            stream = StreamStore(
                read_stdin_config(),
                initial=initial,
                writable=self.stdout,
                release=self.gateway_release,
            )
            self.resources.callback(stream.close)
            return stream
        from bifrost_keys.stores.config_file.store import FileStore

        store = FileStore(
            self.location().path,
            lock_timeout=self.lock_timeout,
            on_wait=self.say_waiting,
            initial=initial,
            release=self.gateway_release,
        )
        self.resources.callback(store.close)
        return store

    def _refuse_gateway(self) -> None:
        if self.at_gateway and not self.beside_gateway:
            message = "the command works only with a config file, not with a gateway"
            raise UsageError(message, code="file-only", hint="remove --gateway or --live")

    def say_waiting(self) -> None:
        """Print a line about waiting for a lock."""
        if not self.format.structured and not self.quiet:
            say("note", "waiting for another run to release the lock ...", screen=self.err)


def read_stdin_config() -> bytes:
    """Return all of standard input; raise ConfigUnusableError if it is too large for a config."""
    from bifrost_keys.stores.files.bounded_input import read_stdin
    from bifrost_keys.stores.files.open_file import MAX_CONFIG_BYTES

    try:
        return read_stdin(limit=MAX_CONFIG_BYTES)
    except InvalidInputError:
        raise ConfigUnusableError("standard input: is larger than 512 MiB", code="file-too-large") from None
