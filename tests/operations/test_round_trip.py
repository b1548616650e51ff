"""What export prints, apply finds done: over every file that running gateways were given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bifrost_keys.errors import ConfigUnusableError
from bifrost_keys.gateway.desired_state import parse_desired
from bifrost_keys.operations.apply import ApplyRequest, apply_keys
from bifrost_keys.operations.export import export_keys
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
            continue  # one name or id at two keys: refused, there is no telling which is meant
        store = StreamStore(text.encode())
        assert apply_keys(store, ApplyRequest(desired, prune=True)).changed is False
        assert store.output == text.encode()
        left_alone += 1
    assert left_alone > 90
