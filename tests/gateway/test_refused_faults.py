"""An edit is refused for the faults that it causes, in time proportional to their number."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.gateway.rules.key import entry_faults, refused_faults

PLAIN: dict[str, Any] = {"name": "k", "value": "sk-SENTINEL", "models": ["*"], "weight": 1}


def refused(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    rules = built_in("openai")
    found = refused_faults(before, after, old=entry_faults(before, rules), new=entry_faults(after, rules))
    return [(fault.code, fault.path) for fault in found]


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        ({"models": ["m", "m"]}, {"models": ["m", "m"], "weight": 2}, []),
        ({"models": ["m", "m"]}, {"models": ["m", "m", "n"]}, [("model-duplicate", ("models", 1))]),
        ({"models": ["m"]}, {"models": ["m", "m"]}, [("model-duplicate", ("models", 1))]),
        ({"models": ["m", "m"]}, {"models": ["m"]}, []),
        ({"weight": -1}, {"weight": -1, "enabled": False}, []),
        ({"weight": -1}, {"weight": -2}, [("weight-negative", ("weight",))]),
    ],
)
def test_a_fault_that_an_edit_leaves_alone_is_not_refused(
    before: dict[str, Any], after: dict[str, Any], codes: list[Any]
) -> None:
    assert refused({**PLAIN, **before}, {**PLAIN, **after}) == codes


AZURE: dict[str, Any] = {"endpoint": "https://x.example", "deployments": {"a": "b"}}


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({**AZURE, "endpoint": "https://y.example"}, []),
        ({**AZURE, "deployments": {"a": "c"}}, []),
        ({**AZURE, "endpont": "x"}, ["field-misspelt"]),
        ({**AZURE, "endpoint": ""}, ["config-field-missing"]),
        ({"endpoint": "https://x.example"}, []),
    ],
)
def test_a_fault_in_an_object_does_not_prevent_another_change_of_it(
    changed: dict[str, Any], codes: list[str]
) -> None:
    before, after = ({**PLAIN, "azure_key_config": config} for config in (AZURE, changed))
    rules = built_in("azure")
    found = refused_faults(before, after, old=entry_faults(before, rules), new=entry_faults(after, rules))
    assert [fault.code for fault in found] == codes


class Compared(list[Any]):
    """A list that counts how often it is compared."""

    count = 0

    def __eq__(self, other: object) -> bool:
        Compared.count += 1
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]


def test_a_member_is_compared_once_however_many_faults_it_has() -> None:
    before, after = ({**PLAIN, "models": Compared(["m"] * 500), "weight": weight} for weight in (1, 2))
    assert refused(before, after) == []
    assert len(entry_faults(after, built_in("openai"))) >= 499
    Compared.count = 0
    rules = built_in("openai")
    refused_faults(before, after, old=entry_faults(before, rules), new=entry_faults(after, rules))
    assert Compared.count < 20
