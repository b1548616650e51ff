"""The running gateway that a command line selects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Never

from bifrost_keys.cli.file_selection import FileSelection
from bifrost_keys.cli.gateway_connection import gateway_url, open_gateway_store, refuse_file_options
from bifrost_keys.cli.hints import with_program
from bifrost_keys.cli.output.change_json import gateway_json
from bifrost_keys.cli.selection import Checked, Tried, Whereabouts, refuse_options
from bifrost_keys.errors import BifrostKeysError, NotFoundError, UsageError

if TYPE_CHECKING:
    from bifrost_keys.cli.selection import Change
    from bifrost_keys.cli.session import Session
    from bifrost_keys.operations.results import ChangeReport
    from bifrost_keys.operations.test import Tester
    from bifrost_keys.stores.config_file.store import ConfigStore
    from bifrost_keys.stores.gateway_api.store import GatewayStore
    from bifrost_keys.stores.protocol import Notice, ProviderState, Snapshot, Store


class GatewaySelection:
    """The gateway of a run; its methods are those of ``Selection``."""

    is_gateway = True

    def __init__(self, session: Session) -> None:
        self._session = session
        self._brief = False

    @property
    def source(self) -> str:
        """The address."""
        return self._store.path

    @property
    def program(self) -> str:
        """``keys`` with the option that selects the address."""
        if self._session.options.gateway is None:
            return "keys --live "
        return f"keys --gateway {self._store.path} "

    def store(
        self,
        *,
        initial: str | None,
        file_only: Mapping[str, bool],
        gateway_only: Mapping[str, bool],
        brief: bool,
    ) -> GatewayStore:
        """Return the gateway. Raise UsageError for an option that applies to a file."""
        del gateway_only
        self._brief = brief
        refuse_options({"--init": initial is not None, **file_only}, code="file-only")
        return self._alone()

    def file(self, *, initial: str | None = None) -> Never:
        """Raise UsageError, because the command is for a file."""
        del initial
        message = "the command works only with a config file, not with a gateway"
        raise UsageError(message, code="file-only", hint="remove --gateway or --live")

    def file_and_gateway(self) -> tuple[ConfigStore, GatewayStore]:
        """Return the file that the other options select, and the gateway."""
        refuse_file_options(self._session.options, but=frozenset({"config", "app_dir"}))
        return FileSelection(self._session).file(), self._store

    def location(self) -> Never:
        """Raise UsageError, because the command is for a file."""
        self.file()

    def whereabouts(self) -> Whereabouts:
        """Return the address, the gateway's release, and whether it has a database."""
        about = self._alone().read().describe()
        kept = "keeps a database" if about.persistent else "has no database: a restart forgets changes"
        text = f"{self._store.path}: release {about.release or 'unknown'}, {kept}"
        rule, _ = gateway_url(self._session, self._session.options)
        return Whereabouts(text, {"store": gateway_json(about)}, [Tried(rule, self._store.path, "used")])

    def to_check(self, files: Sequence[str] | None) -> Sequence[Checked]:
        """Return the gateway. Raise UsageError if files are named too."""
        if files:
            message = "check accepts a file or a gateway, not both"
            raise UsageError(message, code="store-twice", hint="use only one of them")
        store = self._alone()
        return [Checked(store.path, lambda: store, self.program)]

    def tester(self, snapshot: Snapshot, env_file: str | None) -> Tester:
        """Return the function that lets the gateway ask the providers."""
        del snapshot, env_file
        from bifrost_keys.operations.test import GatewayTester

        return GatewayTester(self._store.refresh)

    def change_tested(self, store: Store, change: Change, *, dry_run: bool) -> ChangeReport:
        """Make the change, because the gateway tests a key only when it stores it."""
        from bifrost_keys.operations.test import require_working

        report = change(store, dry_run=dry_run)
        require_working(report)
        return report

    def provider_states(self) -> Mapping[str, ProviderState]:
        """Return the gateway's providers."""
        return {each.name: each for each in self._alone().read().provider_states()}

    def offered_keys(self) -> Sequence[str]:
        """Return None, because reading them would need another login than that of the command."""
        return ()

    def offered_providers(self, *, initial: str | None) -> Sequence[str]:
        """Return None, as for keys."""
        del initial
        return ()

    def passed_over(self) -> Sequence[Notice]:
        """Return None, because no file was looked for."""
        return ()

    def name_passed_over(self, error: NotFoundError) -> None:
        """Do nothing, because no file was looked for."""

    def place_hints(self, error: BifrostKeysError) -> None:
        """Make the commands in the hints of an error select the gateway, once its address is known."""
        if "_store" not in self.__dict__:
            return
        error.hint = with_program(error.hint, self.program) if error.hint else error.hint
        error.faults = tuple(
            fault._replace(hint=with_program(fault.hint, self.program)) for fault in error.faults
        )

    def placed(self, notices: Sequence[Notice]) -> list[Notice]:
        """Return the notices, with commands in their hints that select the gateway."""
        return [each._replace(hint=with_program(each.hint, self.program)) for each in notices]

    def take_notices(self) -> list[Notice]:
        """Return failures at the end of the session, only once."""
        return self._store.take_notices() if "_store" in self.__dict__ else []

    def _alone(self) -> GatewayStore:
        """Return the gateway; raise UsageError for options that select a file."""
        refuse_file_options(self._session.options)
        return self._store

    @cached_property
    def _store(self) -> GatewayStore:
        session = self._session
        _, url = gateway_url(session, session.options)
        store = open_gateway_store(session, session.options, url, brief=self._brief)
        session.resources.callback(store.close)
        return store
