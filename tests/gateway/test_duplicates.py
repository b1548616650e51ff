"""Keys that share a name, an id or a secret with an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.gateway.rules.duplicate import Duplicates

SECRET = "sk-test-SENTINEL-000000000000000001"


class CountedKey:
    """A key that counts how often it is read."""

    def __init__(self, position: int, models: list[str]) -> None:
        self.provider, self.position = "openai", position
        self.name: str | None = f"key-{position}"
        self.id: str | None = f"id-{position}"
        self.label = f"openai/{self.name}"
        self.entry = {"name": self.name, "id": self.id, "value": SECRET, "models": models}
        self.reads = 0

    def read(self) -> Mapping[str, Any]:
        self.reads += 1
        return self.entry


def test_a_key_is_read_again_only_once_however_many_have_its_secret() -> None:
    keys = [CountedKey(position, ["gpt-4o"] if position % 2 else ["*"]) for position in range(20)]
    duplicates = Duplicates()
    found = [duplicates.faults(key, key.entry, built_in("openai")) for key in keys]
    assert [len(faults) for faults in found] == [0, *[1] * 19]
    assert {faults[0].code for faults in found[1:]} == {"value-duplicate"}
    assert [bool(faults[0].hint) for faults in found[1:]] == [position % 2 == 0 for position in range(1, 20)]
    assert [key.reads for key in keys] == [1, *[0] * 19]
