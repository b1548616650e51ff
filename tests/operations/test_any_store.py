"""The operations need only the contract of a store: they work on one that this program does not have."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from bifrost_keys.errors import BifrostKeysError, ConflictError, KeyTestError
from bifrost_keys.gateway.desired_state import parse_desired
from bifrost_keys.gateway.providers.discovery import Question
from bifrost_keys.operations.apply import ApplyRequest, apply_keys
from bifrost_keys.operations.check import check_store
from bifrost_keys.operations.create import CreateRequest, create_key
from bifrost_keys.operations.delete import delete_keys
from bifrost_keys.operations.diff import compare_stores
from bifrost_keys.operations.enable_disable import disable_keys, enable_keys
from bifrost_keys.operations.export import export_keys
from bifrost_keys.operations.gateway_values import gateway_values
from bifrost_keys.operations.get import get_key
from bifrost_keys.operations.list import list_keys
from bifrost_keys.operations.rename import rename_key
from bifrost_keys.operations.results import KeyChange
from bifrost_keys.operations.test import ProviderTester, TestedStore, require_working, run_tests
from bifrost_keys.operations.update import Patch, rotate_key, update_key
from bifrost_keys.stores.protocol import GatewayFacts, Outcome, Store
from bifrost_keys.stores.provider_api import Answer
from tests.operations.memory_store import Keys, memory_store
from tests.sentinel import SECRET


@pytest.fixture
def kept() -> Keys:
    return {"openai": [{"id": "1", "name": "one", "value": SECRET, "models": ["*"], "weight": 1.0}]}


@pytest.fixture
def store(kept: Keys) -> Store:
    return memory_store(kept)


def test_a_key_lives_its_whole_life_in_any_store(store: Store, kept: Keys) -> None:
    made = create_key(
        store, CreateRequest("openai", {"name": "two", "value": f"{SECRET}-2", "models": ["gpt-4o"]}, "2")
    )
    assert made.changes[0].action == "created"
    assert made.receipt.store == GatewayFacts("memory", None, persistent=False)
    update_key(store, "openai/two", Patch({"weight": 2.0}, add_models=("gpt-5",)))
    rotate_key(store, "two", f"{SECRET}-3")
    rename_key(store, "two", "deux")
    disable_keys(store, ["deux"])
    two = kept["openai"][1]
    assert (two["name"], two["value"], two["weight"]) == ("deux", f"{SECRET}-3", 2.0)
    assert (two["models"], two["enabled"]) == (["gpt-4o", "gpt-5"], False)

    enable_keys(store, ["deux"])
    assert [view.key["name"] for view in list_keys(store.read())] == ["one", "deux"]
    assert get_key(store.read(), "one")[0].key["value"]["value"] != SECRET
    delete_keys(store, ["one"])
    assert [key["name"] for key in kept["openai"]] == ["deux"]


def test_a_dry_run_and_a_refused_change_leave_any_store_as_it_is(store: Store, kept: Keys) -> None:
    before = json.dumps(kept)
    create_key(store, CreateRequest("openai", {"name": "two", "value": SECRET}, "2"), dry_run=True)
    delete_keys(store, ["one"], dry_run=True)
    with pytest.raises(ConflictError):
        create_key(store, CreateRequest("openai", {"name": "one", "value": SECRET}, "2"))
    with pytest.raises(BifrostKeysError):
        update_key(store, "one", Patch({"weight": -1.0}))
    assert json.dumps(kept) == before


def test_what_export_gives_apply_takes_back_in_any_store(store: Store, kept: Keys) -> None:
    exported = json.dumps(export_keys(store.read(), reveal=True).data).encode()
    assert [change.action for change in applied(store, exported)] == ["unchanged"]

    del kept["openai"][0]
    assert [change.action for change in applied(store, exported)] == ["created"]
    assert kept["openai"][0]["value"] == SECRET


def test_check_finds_in_any_store_what_the_rules_say_of_its_keys(kept: Keys, store: Store) -> None:
    kept["openai"].append({**kept["openai"][0], "id": "2", "weight": -1})
    found = [(each.severity, each.code, each.key, each.line) for each in check_store(store)]
    assert found == [
        ("error", "weight-negative", "openai/one", None),
        ("error", "name-duplicate", "openai/one", None),
        ("warning", "value-duplicate", "openai/one", None),
    ]


def test_a_key_is_tested_in_any_store_and_before_it_is_changed(store: Store, kept: Keys) -> None:
    asked: list[str] = []

    def ask(question: Question) -> Answer:
        asked.append(question.base)
        return Answer(accepted=False, message=f"no such key: {SECRET}")

    snapshot = store.read()
    (result,) = run_tests(ProviderTester(snapshot, ask, {}), [*snapshot.keys()])
    assert (result.status, SECRET in result.description, len(asked)) == ("list_models_failed", False, 1)

    before = json.dumps(kept)
    with pytest.raises(KeyTestError):
        rotate_key(TestedStore(store, ask, {}), "one", f"{SECRET}-2")
    assert json.dumps(kept) == before


def test_a_key_that_a_store_could_not_use_is_said_to_be_written(store: Store, kept: Keys) -> None:
    report = rotate_key(store, "one", f"{SECRET}-2")
    (change,) = report.changes
    for status, code in (("list_models_failed", "key-test-failed"), ("unknown", "key-not-tested")):
        outcome = Outcome(True, status, "why")
        with pytest.raises(KeyTestError) as caught:
            require_working(report._replace(changes=(change._replace(outcome=outcome),)))
        assert (caught.value.code, caught.value.applied) == (code, True)
    outcome = Outcome(True, "success")
    require_working(report._replace(changes=(change._replace(outcome=outcome),)))


def test_two_stores_of_any_kind_are_compared(store: Store, kept: Keys) -> None:
    other = memory_store(json.loads(json.dumps(kept)))
    update_key(other, "one", Patch({"weight": 2.0}))
    assert [each.state for each in compare_stores(store.read(), store.read())] == ["in-sync"]
    (differing,) = compare_stores(store.read(), other.read())
    assert (differing.state, differing.fields) == ("differs", ("weight",))
    assert gateway_values(store.read()) == []


def applied(store: Store, data: bytes) -> Sequence[KeyChange]:
    return apply_keys(store, ApplyRequest(parse_desired(data))).changes
