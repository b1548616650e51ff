"""The schemas judge every member, whatever the names beside it."""

from __future__ import annotations

from bifrost_keys.gateway.schema import type_faults


def test_a_name_that_is_no_text_hides_no_other_fault() -> None:
    entry = {"\ud800": 1, "weight": "x", "azure_key_config": {"\udc00": 1, "endpoint": 7, "nope": 1}}

    assert {(fault.path, fault.code) for fault in type_faults(entry)} == {
        (("weight",), "wrong-type"),
        (("azure_key_config", "endpoint"), "wrong-type"),
    }
