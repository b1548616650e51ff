"""The output of export needs no change by apply, for every file that running gateways loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bifrost_keys.errors import ConfigUnusableError
from bifrost_keys.gateway.desired_state import parse_desired
from bifrost_keys.operations.apply import ApplyRequest, apply_keys
from bifrost_keys.operations.export import export_keys
from bifrost_keys.operations.list import list_keys
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.stream import StreamStore

SHARED = Path(__file__).parents[2] / ".." / "shared"


def files() -> list[str]:
    if not (SHARED / "gateway" / "files.jsonl").exists():
        pytest.skip("the gateways' files are not beside this checkout")
    lines = (SHARED / "gateway" / "files.jsonl").read_text().splitlines()
    samples = sorted((SHARED / "samples").glob("*.json"))
    return [json.loads(line)["text"] for line in lines] + [sample.read_text() for sample in samples]


OLD_AND_NEW = {
    "azure": {
        "keys": [
            {
                "name": "old",
                "value": "env.A",
                "azure_key_config": {"endpoint": "e", "deployments": {"a": "b"}},
            },
            {"name": "bare", "value": "sk-SENTINEL-0123456789abcdef", "deployments": {"a": "b"}},
        ]
    },
    "openai": {
        "keys": [
            {"value": "env.NAMELESS", "models": ["*"]},
            {"value": "sk-SENTINEL-nameless-0123456789", "weight": 2},
            {
                "name": "new",
                "value": "env.B",
                "future": {"token": "SENTINEL", "n": 1, "in": {"s": "x", "m": 2}},
            },
            {
                "name": "map",
                "value": "env.C",
                "aliases": {"f": {"model_id": "m", "endpoint": "http://u:p@h"}},
            },
        ]
    },
}


def test_what_export_list_and_get_print_of_old_and_new_keys_changes_nothing() -> None:
    text = json.dumps({"providers": OLD_AND_NEW})
    snapshot = StreamStore(text.encode()).read()
    views = [{"provider": view.provider, "key": view.key} for view in list_keys(snapshot)]
    inputs = [dict(export_keys(snapshot).data), {"keys": views}, *views]
    for printed in inputs:
        desired = parse_desired(json.dumps(printed).encode())
        store = StreamStore(text.encode())
        assert apply_keys(store, ApplyRequest(desired, prune="key" not in printed)).changed is False, printed
        assert store.output == text.encode()


@pytest.mark.parametrize("reveal", [False, True], ids=["without secrets", "with secrets"])
def test_export_then_apply_with_prune_is_a_no_op(reveal: bool) -> None:
    left_alone = 0
    for text in files():
        try:
            document = Document.parse(text.encode())
        except ConfigUnusableError:
            continue
        desired = parse_desired(
            json.dumps(export_keys(FileSnapshot(document, None), reveal=reveal).data).encode()
        )
        if any(fault.code.endswith("-duplicate") for fault in desired.faults):
            continue  # two keys with one name or id are refused, because it is unclear which one is meant
        store = StreamStore(text.encode())
        assert apply_keys(store, ApplyRequest(desired, prune=True)).changed is False
        assert store.output == text.encode()
        left_alone += 1
    assert left_alone > 90
