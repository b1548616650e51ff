"""Test keys at their providers, in the way of the gateway's own model discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from bifrost_keys.errors import KeyTestError, UnavailableError
from bifrost_keys.gateway.providers.discovery import NotTestable, Question, question, wanted_models
from bifrost_keys.gateway.secrets.gateway_messages import Masker
from bifrost_keys.gateway.secrets.notes import without
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.stores.protocol import (
    Added,
    Admission,
    Change,
    Changeset,
    Key,
    Receipt,
    Replaced,
    Snapshot,
    Store,
    Transaction,
)

Status = Literal["success", "list_models_failed", "not_tested"]


class Answer(Protocol):
    """A provider's response to a key."""

    @property
    def accepted(self) -> bool:
        """Whether the provider accepts the key."""

    @property
    def message(self) -> str:
        """The provider's own sentence, or what went wrong. It may contain the secret."""

    @property
    def models(self) -> Sequence[str] | None:
        """The models that it lists, None if it returned no list."""

    @property
    def unavailable(self) -> bool:
        """Whether there is no verdict, because the provider cannot be reached now, or is busy."""


Ask = Callable[[Question], Answer]


@dataclass(frozen=True)
class KeyTest:
    """The outcome of one test, in the gateway's words.

    ``name`` selects the key at its provider, and may be printed.
    ``description`` is the provider's own sentence with the secret masked, or the reason why the key was not
    tested. ``listed`` is the number of models that the provider lists, None if it returned no list;
    ``not_listed`` are the key's models and alias targets that are not among them. ``unavailable`` says that a
    later test may have another outcome, because the provider cannot be reached now, or is busy.
    """

    provider: str
    name: str
    status: Status
    description: str = ""
    listed: int | None = None
    not_listed: tuple[str, ...] = ()
    unavailable: bool = False


class Tester(Protocol):
    """What tests keys, up to ``at_once`` at a time."""

    at_once: int

    def test(self, key: Key) -> KeyTest:
        """Test one key. Raise NotFoundError if that cannot be done at all."""


class ProviderTester:
    """Tests keys of a snapshot from here; references are looked up in ``environment``."""

    at_once = 8

    def __init__(self, snapshot: Snapshot, ask: Ask, environment: Mapping[str, str]) -> None:
        self._snapshot = snapshot
        self._ask = ask
        self._environment = environment

    def test(self, key: Key) -> KeyTest:
        """Ask the key's provider for its models."""
        settings = self._snapshot.provider_settings(key.provider)
        name = key.handle
        return _tested(key.provider, name, key.fields, settings, self._ask, self._environment)


class GatewayTester:
    """Lets a gateway test its keys; ``refresh`` returns the status and description that it then shows."""

    at_once = 1

    def __init__(self, refresh: Callable[[Key], tuple[str | None, str | None]]) -> None:
        self._refresh = refresh

    def test(self, key: Key) -> KeyTest:
        """Let the gateway ask the key's provider for its models."""
        status, description = self._refresh(key)
        known: Status = "not_tested"
        if status in ("success", "list_models_failed"):
            known = "success" if status == "success" else "list_models_failed"
        return KeyTest(key.provider, key.handle, known, description or "")


def run_tests(
    tester: Tester, keys: Sequence[Key], *, on_progress: Callable[[int, int], None] | None = None
) -> list[KeyTest]:
    """Test these keys; return the results in their order. ``on_progress`` gets the count and the total."""
    results: list[KeyTest] = []
    for result in _outcomes(tester, keys):
        results.append(result)
        if on_progress is not None:
            on_progress(len(results), len(keys))
    return results


def _outcomes(tester: Tester, keys: Sequence[Key]) -> Iterator[KeyTest]:
    if tester.at_once == 1:  # in this thread, which a signal ends immediately
        yield from map(tester.test, keys)
        return
    with ThreadPoolExecutor(tester.at_once) as pool:
        yield from pool.map(tester.test, keys)


def require_working(report: ChangeReport) -> None:
    """Raise KeyTestError for the first key that was written and that the gateway could not use."""
    for change in report.changes:
        outcome = change.outcome
        if outcome is None or not outcome.applied or outcome.gateway_status == "success":
            continue
        failed, about = outcome.gateway_status == "list_models_failed", outcome.description
        what = "does not work" if failed else "could not be tested by the gateway"
        error = KeyTestError(
            f"{change.label} was written, and {what}{f': {about}' if about else ''}",
            code="key-test-failed" if failed else "key-not-tested",
            hint=f"give it another secret, or delete it: keys rotate {change.label}"
            if failed
            else f"see whether it works: keys test {change.label}",
        )
        error.applied, error.report, error.notices = True, report, report.notices
        raise error


def _tested(
    provider: str,
    name: str,
    fields: Mapping[str, Any],
    settings: Mapping[str, Any],
    ask: Ask,
    environment: Mapping[str, str],
) -> KeyTest:
    asked = question(provider, settings, fields, environment)
    if isinstance(asked, NotTestable):
        return KeyTest(provider, name, "not_tested", asked.reason)
    answer = ask(asked)
    description = _masked(answer.message, asked, fields)
    if not answer.accepted:
        return KeyTest(provider, name, "list_models_failed", description, unavailable=answer.unavailable)
    if answer.models is None:
        return KeyTest(provider, name, "success", description)
    there = {model.lower() for model in answer.models}
    missing = tuple(model for model in wanted_models(fields) if model.lower() not in there)
    return KeyTest(provider, name, "success", description, len(answer.models), missing)


def _masked(message: str, asked: Question, fields: Mapping[str, Any]) -> str:
    """Return the message without the secret, even if the key has only a reference to it."""
    sent = {text.removeprefix("Bearer ") for text in asked.headers.values()}
    return Masker().masked(without(message, sent), fields)


class TestedStore:
    """A store that tests changed keys at their providers instead of storing them.

    Change it before the real store, so that nobody waits for the lock during the test.
    """

    __test__ = False

    def __init__(self, store: Store, ask: Ask, environment: Mapping[str, str]) -> None:
        self.path = store.path
        self.exposed = store.exposed
        self._store = store
        self._ask = ask
        self._environment = environment

    def read(self, *, lenient: bool = False) -> Snapshot:
        """Return the keys as they are now."""
        return self._store.read(lenient=lenient)

    def inspect(self) -> Snapshot:
        """Return the keys as they are now, to be checked."""
        return self._store.inspect()

    @contextmanager
    def transaction(self, *, dry_run: bool = False, overwrite_web: bool = False) -> Iterator[Transaction]:
        """Open a transaction whose commit tests the changed keys first.

        It raises KeyTestError for the first that does not work, and UnavailableError for one whose provider
        cannot be reached.
        """
        del dry_run  # nothing is ever changed
        with self._store.transaction(dry_run=True, overwrite_web=overwrite_web) as transaction:
            yield _TestedTransaction(transaction, self._ask, self._environment)


class _TestedTransaction:
    def __init__(self, transaction: Transaction, ask: Ask, environment: Mapping[str, str]) -> None:
        self.snapshot = transaction.snapshot
        self._transaction = transaction
        self._ask = ask
        self._environment = environment

    def admit(self, change: Change) -> Admission:
        return self._transaction.admit(change)

    def commit(self, changeset: Changeset) -> Receipt:
        for change in changeset.changes:
            if isinstance(change, (Added, Replaced)):
                self._test(change)
        return self._transaction.commit(changeset)

    def _test(self, change: Added | Replaced) -> None:
        provider = change.provider if isinstance(change, Added) else change.key.provider
        known = self.snapshot.provider_name(provider)
        settings = self.snapshot.provider_settings(known) if known is not None else {}
        name = str(change.fields.get("name", ""))
        result = _tested(provider, name, change.fields, settings, self._ask, self._environment)
        if result.unavailable:
            raise UnavailableError(
                f"{provider}/{name} was not tested: {result.description}",
                hint="try again later, or omit --test",
            )
        if result.status == "list_models_failed":
            raise KeyTestError(
                f"{provider}/{name} does not work: {result.description}",
                code="key-test-failed",
                hint="correct the key, or omit --test",
            )
        if result.status == "not_tested":
            raise KeyTestError(
                f"{provider}/{name} cannot be tested: {result.description}",
                code="key-not-tested",
                hint="omit --test",
            )
