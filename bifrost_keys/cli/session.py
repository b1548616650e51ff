"""The settings of one run: its store, its output and its time limits."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bifrost_keys.cli.global_options import GATEWAY_ONLY, GlobalOptions
from bifrost_keys.cli.global_values import (
    RELEASE_VARIABLE,
    bad_value,
    output_value,
    release_value,
    seconds_value,
)
from bifrost_keys.cli.output.formats import FORMATS, Format
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.output.screen import Screen, is_terminal, screen_of
from bifrost_keys.errors import UsageError

if TYPE_CHECKING:
    from bifrost_keys.cli.selection import Selection
    from bifrost_keys.stores.config_file.locate import Location
    from bifrost_keys.stores.config_file.store import ConfigStore
    from bifrost_keys.stores.protocol import Notice, Store

_NO_OPTIONS: Final[Mapping[str, bool]] = MappingProxyType({})
_TRUE: Final = frozenset({"1", "true", "yes", "on"})


class Session:
    """One run of one command; ``claim_stdin`` prevents two options from reading standard input.

    ``beside`` are warnings about a result that has no place for them.
    """

    def __init__(self, options: GlobalOptions) -> None:
        """Read the global options and the environment; raise UsageError for an invalid value."""
        for value, option in ((options.config, "--config"), (options.app_dir, "--app-dir")):
            if value == "":
                raise bad_value(option, "is empty", hint="omit it to use the default file")
        if options.gateway is None and not options.live:
            for name in GATEWAY_ONLY:
                if getattr(options, name):
                    message = f"--{name.replace('_', '-')} requires --gateway URL or --live"
                    raise UsageError(message, code="gateway-missing", hint="add the gateway")
        environ = os.environ
        self.environ: Mapping[str, str] = environ
        self.options = options
        self.config, self.app_dir, self.stdout = options.config, options.app_dir, options.stdout
        self.quiet, self.verbose = options.quiet, options.verbose
        self.output = output_value(options.output, environ.get("BIFROST_KEYS_OUTPUT"))
        no_input = options.no_input or environ.get("BIFROST_KEYS_NO_INPUT", "").lower() in _TRUE
        streams = (sys.stdin, sys.stderr)
        self.interactive = not no_input and not options.stdout and all(map(is_terminal, streams))
        self.lock_timeout = seconds_value(options.lock_timeout)
        self.gateway_release = release_value(options.gateway_release, environ.get(RELEASE_VARIABLE))
        self.resources = ExitStack()
        self.beside: list[Notice] = []
        self._stdin_claim = "--config -" if options.config == "-" else None

    @property
    def advises(self) -> bool:
        """Whether advice on standard error has a reader: a person at a terminal."""
        return not self.quiet and not self.format.structured and self.err.columns is not None

    @property
    def format(self) -> Format:
        """The form of the result."""
        return FORMATS[self.output]

    @cached_property
    def screen(self) -> Screen:
        """What standard output shows."""
        return screen_of(sys.stdout, no_color=self.options.no_color)

    @cached_property
    def err(self) -> Screen:
        """What standard error shows."""
        return screen_of(sys.stderr, no_color=self.options.no_color)

    def claim_stdin(self, option: str) -> None:
        """Reserve standard input for ``option``; raise UsageError if another option has reserved it."""
        if self._stdin_claim is not None:
            message = f"{self._stdin_claim} and {option} both read standard input"
            raise UsageError(message, code="stdin-twice")
        self._stdin_claim = option

    @cached_property
    def selection(self) -> Selection:
        """The store that the command line selects. Only this asks which kind it is."""
        if self.options.gateway is not None or self.options.live:
            from bifrost_keys.cli.gateway_selection import GatewaySelection

            return GatewaySelection(self)
        from bifrost_keys.cli.file_selection import FileSelection

        return FileSelection(self)

    @property
    def source(self) -> str:
        """The name of the store of this run in messages."""
        return self.selection.source

    def location(self) -> Location:
        """Return the file of this run, and why it was chosen. Raise UsageError if it has none."""
        return self.selection.location()

    def passed_over(self) -> list[Notice]:
        """Return a warning, once per run, if a ./config.json that may have been meant was passed over."""
        return [*self.selection.passed_over()]

    def store(
        self,
        *,
        initial: str | None = None,
        file_only: Mapping[str, bool] = _NO_OPTIONS,
        gateway_only: Mapping[str, bool] = _NO_OPTIONS,
        brief: bool = False,
    ) -> Store:
        """Return the store of this run; ``initial`` is the text of a missing file (``--init``).

        ``file_only`` and ``gateway_only`` are options, and whether they were given. Raise UsageError for an
        option that does not apply to this store. ``brief``: for a look at one key, and nothing else.
        """
        return self.selection.store(
            initial=initial, file_only=file_only, gateway_only=gateway_only, brief=brief
        )

    def config_store(self, *, initial: str | None = None) -> ConfigStore:
        """Return the store for the file. Raise UsageError for a run at a gateway."""
        return self.selection.file(initial=initial)

    def close(self) -> list[Notice]:
        """Close what the run opened; return notices about failures, only once."""
        self.resources.close()
        notices = [*self.beside, *self.selection.take_notices()]
        self.beside.clear()
        return notices

    def say_waiting(self) -> None:
        """Print a line about waiting for a lock."""
        if not self.format.structured and not self.quiet:
            say("note", "waiting for another run to release the lock ...", screen=self.err)
