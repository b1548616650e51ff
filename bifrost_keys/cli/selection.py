"""What depends on the kind of store that a command line selects: a config file, a stream or a gateway.

A command asks the selection and never which kind it is. What makes sense for one kind only is refused by the
selection of the other, with the code ``file-only`` or ``gateway-only``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from bifrost_keys.errors import BifrostKeysError, NotFoundError, UsageError

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import GatewayPath, Path
    from bifrost_keys.operations.results import ChangeReport
    from bifrost_keys.operations.test import Tester
    from bifrost_keys.stores.config_file.locate import Location
    from bifrost_keys.stores.config_file.store import ConfigStore
    from bifrost_keys.stores.gateway_api.store import GatewayStore
    from bifrost_keys.stores.protocol import Notice, ProviderState, Snapshot, Store


# Makes the change at a store that it is given; with ``dry_run`` it only decides.
Change: TypeAlias = "Callable[..., ChangeReport]"


class Tried(NamedTuple):
    """A place that the command line or the environment may have named; ``why`` says what was found."""

    rule: str
    path: str
    why: str


class Whereabouts(NamedTuple):
    """Where the keys are, in words and as JSON, with the places that were tried."""

    text: str
    told: Path | GatewayPath
    tried: Sequence[Tried]
    exists: bool = True


class Checked(NamedTuple):
    """A store to be checked; ``program`` begins the commands of hints that are about it."""

    name: str
    store: Callable[[], Store]
    program: str


class Selection(Protocol):
    """The store that the command line selects, opened when it is first needed."""

    @property
    def is_gateway(self) -> bool:
        """Whether a command has a counterpart for gateways; for the table of commands alone."""

    @property
    def source(self) -> str:
        """How messages call it."""

    @property
    def program(self) -> str:
        """How a command in a hint begins that is about it: ``keys``, with the options that select it."""

    def store(
        self,
        *,
        initial: str | None,
        file_only: Mapping[str, bool],
        gateway_only: Mapping[str, bool],
        brief: bool,
    ) -> Store:
        """The store, ``brief`` for a look at one key. Raises UsageError for an option of the other kind."""

    def file(self, *, initial: str | None = None) -> ConfigStore:
        """The config file. Raises UsageError where a gateway is selected."""

    def file_and_gateway(self) -> tuple[ConfigStore, GatewayStore]:
        """The config file and the gateway beside it. Raises UsageError where no gateway is selected."""

    def location(self) -> Location:
        """Which file was chosen, and why. Raises UsageError where no file is."""

    def whereabouts(self) -> Whereabouts:
        """Where the keys are."""

    def to_check(self, files: Sequence[str] | None) -> Sequence[Checked]:
        """The stores to check: these files, or without any the selected store."""

    def tester(self, snapshot: Snapshot, env_file: str | None) -> Tester:
        """What tests keys of the snapshot. ``env_file`` has the variables that they refer to."""

    def change_tested(self, store: Store, change: Change, *, dry_run: bool) -> ChangeReport:
        """Make a change; raise KeyTestError for a key of it that does not work."""

    def provider_states(self) -> Mapping[str, ProviderState] | None:
        """The providers that are configured, by their names; None where that says nothing of their state."""

    def offered_keys(self) -> Sequence[str]:
        """Keys to choose from at a terminal; none where a name has to be typed."""

    def offered_providers(self, *, initial: str | None) -> Sequence[str]:
        """Providers to choose from at a terminal; none where all known ones are offered."""

    def passed_over(self) -> Sequence[Notice]:
        """A warning if another file is used than one that may well have been meant."""

    def name_passed_over(self, error: NotFoundError) -> None:
        """Add the file that was passed over to an error about what is missing."""

    def place_hints(self, error: BifrostKeysError) -> None:
        """Make the commands in the hints of an error lead to the store, where they would not."""

    def placed(self, notices: Sequence[Notice]) -> list[Notice]:
        """Return the notices, with commands in their hints that lead to the store."""

    def take_notices(self) -> list[Notice]:
        """What went wrong at the end of the run, once."""


def refuse_options(given: Mapping[str, bool], *, code: str) -> None:
    """Raise UsageError for an option that was given and works only with the other kind of store."""
    place = "a config file" if code == "file-only" else "a running gateway"
    for option, is_given in given.items():
        if is_given:
            raise UsageError(f"{option} works only with {place}", code=code, hint=f"remove {option}")
