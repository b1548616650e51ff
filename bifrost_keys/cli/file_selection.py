"""The config file, or standard input instead, that a command line selects."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, Never

from bifrost_keys.cli.selection import Checked, Tried, Whereabouts, creation, refuse_options
from bifrost_keys.errors import (
    BifrostKeysError,
    ConfigUnusableError,
    InvalidInputError,
    NotFoundError,
    UsageError,
)

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import Path
    from bifrost_keys.cli.selection import Change
    from bifrost_keys.cli.session import Session
    from bifrost_keys.operations.results import ChangeReport
    from bifrost_keys.operations.test import Tester
    from bifrost_keys.stores.config_file.locate import Location
    from bifrost_keys.stores.config_file.store import FileStore
    from bifrost_keys.stores.protocol import Notice, Snapshot, Store
    from bifrost_keys.stores.stream import StreamStore

_MISSING_IN_FILE: Final = ("config-not-found", "provider-not-found", "key-not-found")


class FileSelection:
    """The config file of a run; its methods are those of ``Selection``."""

    is_gateway = False

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told_passed_over = False

    @property
    def source(self) -> str:
        """The path, or "standard input"."""
        return "standard input" if self._is_stream else self.location().path

    @property
    def program(self) -> str:
        """``keys`` with --config or --app-dir, if they were given."""
        session = self._session
        if session.config is None and session.app_dir is not None:
            return _program("--app-dir", session.app_dir)
        return self._program_for(session.config)

    def store(
        self,
        *,
        initial: str | None,
        file_only: Mapping[str, bool],
        gateway_only: Mapping[str, bool],
        brief: bool,
    ) -> FileStore | StreamStore:
        """Return the file. Raise UsageError for an option of a gateway."""
        del file_only, brief
        refuse_options(gateway_only, code="gateway-only")
        return self.file(initial=initial)

    def file(self, *, initial: str | None = None) -> FileStore | StreamStore:
        """Return the file; ``initial`` is the text of a missing file (``--init``)."""
        session = self._session
        if session.stdout and not self._is_stream:
            raise UsageError("--stdout requires --config -")
        if self._is_stream:
            from bifrost_keys.stores.stream import StreamStore

            stream = StreamStore(
                read_stdin_config(),
                initial=initial,
                writable=session.stdout,
                release=session.gateway_release,
            )
            session.resources.callback(stream.close)
            return stream
        from bifrost_keys.stores.config_file.store import FileStore

        store = FileStore(
            self.location().path,
            lock_timeout=session.lock_timeout,
            on_wait=session.say_waiting,
            initial=initial,
            release=session.gateway_release,
        )
        session.resources.callback(store.close)
        return store

    def file_and_gateway(self) -> Never:
        """Raise UsageError, because there is no gateway."""
        hint = "add --gateway URL; keys apply FILE --dry-run --diff compares a document with the file"
        message = "the command compares the config file with a running gateway"
        raise UsageError(message, code="gateway-missing", hint=hint)

    def location(self) -> Location:
        """Return the chosen file, and why it was chosen. Raise UsageError for standard input."""
        if self._is_stream:
            raise UsageError("--config - is standard input, which does not have a path", code="path-missing")
        return self._located

    def whereabouts(self) -> Whereabouts:
        """Return the path, whether it exists, and the places that were tried."""
        found = self.location()
        exists = os.path.lexists(found.path)
        told: Path = {"path": found.path, "rule": found.rule, "exists": exists}
        return Whereabouts(
            found.path, told, [Tried(each.rule, each.path, each.why) for each in found.tried], exists
        )

    def to_check(self, files: Sequence[str] | None) -> Sequence[Checked]:
        """Return these files, or the file of the run. Raise UsageError for standard input twice."""
        if not files:
            name = "-" if self._is_stream else self.location().path
            return [Checked(name, partial(self._given, name), self.program)]
        if files.count("-") > 1:
            raise UsageError("standard input is asked for twice", code="stdin-twice")
        return [Checked(name, partial(self._given, name), self._program_for(name)) for name in files]

    def tester(self, snapshot: Snapshot, env_file: str | None) -> Tester:
        """Return the function that asks the providers from here."""
        from bifrost_keys.cli.key_testing import asker, variables
        from bifrost_keys.operations.test import ProviderTester

        session = self._session
        return ProviderTester(snapshot, asker(session), variables(session, env_file))

    def change_tested(self, store: Store, change: Change, *, dry_run: bool) -> ChangeReport:
        """Test the keys of the change with their providers, then make it."""
        from bifrost_keys.cli.key_testing import asker
        from bifrost_keys.operations.test import TestedStore

        change(TestedStore(store, asker(self._session), self._session.environ))
        return change(store, dry_run=dry_run)

    def provider_states(self) -> None:
        """Return None, because a file does not contain the state of its providers."""

    def offered_keys(self) -> Sequence[str]:
        """Return the keys of the file."""
        return [key.label for key in self.file().read(lenient=True).keys()]

    def offered_providers(self, *, initial: str | None) -> Sequence[str]:
        """Return the providers of the file. Raise the errors that the command would raise later."""
        return self.file(initial=initial).read(lenient=True).providers

    def passed_over(self) -> Sequence[Notice]:
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

    def name_passed_over(self, error: NotFoundError) -> None:
        """Name the passed-over file, the variable or the option in an error about something missing."""
        if error.code not in _MISSING_IN_FILE or self._is_stream:
            return
        location = self.location()
        if location.passed_over:
            error.message += f" ({location.passed_over})"
        if error.code == "config-not-found" and location.rule.startswith("BIFROST_"):
            error.message += f" (from {location.rule})"
        elif error.code == "config-not-found" and location.rule.startswith("--"):
            error.hint = f"{creation(self.program)}; or correct the path"

    def place_hints(self, error: BifrostKeysError) -> None:
        """Do nothing, because the user will name the file in the next command too."""

    def placed(self, notices: Sequence[Notice]) -> list[Notice]:
        """Return the notices as they are."""
        return [*notices]

    def take_notices(self) -> list[Notice]:
        """Return nothing, because a file is not closed."""
        return []

    @property
    def _is_stream(self) -> bool:
        return self._session.config == "-"

    @cached_property
    def _located(self) -> Location:
        # Cached, because the working directory may be gone after a change, which must still be reported.
        from bifrost_keys.stores.config_file.default_file import home_directory
        from bifrost_keys.stores.config_file.locate import locate, working_directory

        session = self._session
        return locate(
            config=session.config,
            app_dir=session.app_dir,
            environ=session.environ,
            cwd=working_directory(),
            home=home_directory(session.environ),
        )

    def _given(self, name: str) -> FileStore | StreamStore:
        """Return a file that is only read; standard input for a dash."""
        release, resources = self._session.gateway_release, self._session.resources
        if name == "-":
            from bifrost_keys.stores.stream import StreamStore

            stream = StreamStore(read_stdin_config(), release=release)
            resources.callback(stream.close)
            return stream
        from bifrost_keys.stores.config_file.store import FileStore

        store = FileStore(name, release=release)
        resources.callback(store.close)
        return store

    def _program_for(self, name: str | None) -> str:
        if name is None:
            return "keys "
        return _program("--config", name, *(["--stdout"] if name == "-" else []))


def _program(option: str, path: str, *more: str) -> str:
    import shlex  # only for hints

    from bifrost_keys.gateway.secrets.masking import shown_path

    return f"keys {shlex.join([option, shown_path(path), *more])} "


def read_stdin_config() -> bytes:
    """Return all of standard input; raise ConfigUnusableError if it is too large for a config."""
    from bifrost_keys.stores.files.bounded_input import read_stdin
    from bifrost_keys.stores.files.open_file import MAX_CONFIG_BYTES

    try:
        return read_stdin(limit=MAX_CONFIG_BYTES)
    except InvalidInputError:
        raise ConfigUnusableError("standard input: is larger than 512 MiB", code="file-too-large") from None
