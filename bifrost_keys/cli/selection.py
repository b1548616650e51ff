"""The parts of a run that depend on the selected kind of store: a config file, a stream or a gateway.

A command asks the selection and never which kind it is. A request that makes sense only for one kind is
refused by the selection of the other, with the code ``file-only`` or ``gateway-only``.
"""

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


# Makes the change at the given store; with ``dry_run`` it only decides.
Change: TypeAlias = "Callable[..., ChangeReport]"


class Tried(NamedTuple):
    """A place that the command line or the environment may have named; ``why`` says what was found."""

    rule: str
    path: str
    why: str


class Whereabouts(NamedTuple):
    """The place of the keys, in words and as JSON, with the places that were tried."""

    text: str
    told: "Path | GatewayPath"
    tried: Sequence[Tried]
    exists: bool = True


class Checked(NamedTuple):
    """A store to be checked; ``program`` begins the commands in hints about it."""

    name: str
    store: "Callable[[], Store]"
    program: str


def creation(program: str) -> str:
    """Return the command that creates the missing file which ``program`` selects, in a hint."""
    return f"keys init {program.removeprefix('keys ')}creates it"


class Selection(Protocol):
    """The store that the command line selects, opened when it is first needed."""

    @property
    def is_gateway(self) -> bool:
        """Whether a command has a counterpart for gateways; only for the table of commands."""

    @property
    def source(self) -> str:
        """The name of the store in messages."""

    @property
    def program(self) -> str:
        """The beginning of a command in a hint about the store: ``keys``, with the options that select it."""

    def store(
        self,
        *,
        initial: str | None,
        file_only: Mapping[str, bool],
        gateway_only: Mapping[str, bool],
        brief: bool,
    ) -> "Store":
        """Return the store; ``brief``: for one key. Raise UsageError for an option of the other kind."""

    def file(self, *, initial: str | None = None) -> "ConfigStore":
        """Return the config file. Raise UsageError if a gateway is selected."""

    def file_and_gateway(self) -> "tuple[ConfigStore, GatewayStore]":
        """Return the config file and the gateway. Raise UsageError if no gateway is selected."""

    def location(self) -> "Location":
        """Return the chosen file, and why it was chosen. Raise UsageError if there is no file."""

    def whereabouts(self) -> Whereabouts:
        """Return the place of the keys."""

    def to_check(self, files: Sequence[str] | None) -> Sequence[Checked]:
        """Return the stores to check: these files, or the selected store if there are none."""

    def tester(self, snapshot: "Snapshot", env_file: str | None) -> "Tester":
        """Return the function that tests keys of the snapshot. ``env_file`` has variables for references."""

    def change_tested(self, store: "Store", change: Change, *, dry_run: bool) -> "ChangeReport":
        """Make a change; raise KeyTestError if one of its keys does not work."""

    def provider_states(self) -> "Mapping[str, ProviderState] | None":
        """Return the configured providers by their names; None if their state is not known."""

    def offered_keys(self) -> Sequence[str]:
        """Return keys to choose from at a terminal; None if a name must be typed."""

    def offered_providers(self, *, initial: str | None) -> Sequence[str]:
        """Return providers to choose from at a terminal; None if all known ones are offered."""

    def passed_over(self) -> "Sequence[Notice]":
        """Return a warning if a file that may have been meant was passed over."""

    def name_passed_over(self, error: NotFoundError) -> None:
        """Add the file that was passed over to an error about something missing."""

    def place_hints(self, error: BifrostKeysError) -> None:
        """Make the commands in the hints of an error select the store."""

    def placed(self, notices: "Sequence[Notice]") -> "list[Notice]":
        """Return the notices, with commands in their hints that select the store."""

    def take_notices(self) -> "list[Notice]":
        """Return failures at the end of the run, only once."""


def refuse_options(given: Mapping[str, bool], *, code: str) -> None:
    """Raise UsageError for an option that was given and works only with the other kind of store."""
    place = "a config file" if code == "file-only" else "a running gateway"
    for option, is_given in given.items():
        if is_given:
            raise UsageError(f"{option} works only with {place}", code=code, hint=f"remove {option}")
