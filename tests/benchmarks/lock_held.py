"""Print how long a create holds the lock, compared with the bare write of the same bytes."""

from __future__ import annotations

import contextlib
import gc
import os
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

import bifrost_keys.stores.files.lock as lock
from bifrost_keys.operations.create import CreateRequest, create_key
from bifrost_keys.stores.config_file.store import FileStore

_ROUNDS = 10
held: list[float] = []
_locked = lock.locked


@contextlib.contextmanager
def timed(*given: Any, **named: Any) -> Iterator[None]:
    """Yield the lock, with a watch."""
    with _locked(*given, **named):
        began = time.perf_counter()
        try:
            yield
        finally:
            held.append(time.perf_counter() - began)


def bare(path: str, data: bytes) -> float:
    """Seconds that the write alone takes."""
    began = time.perf_counter()
    file = os.open(f"{path}.bare", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(file, data)
    os.fsync(file)
    os.close(file)
    os.rename(f"{path}.bare", f"{path}.done")
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print the ratio."""
    gc.disable()
    path = sys.argv[1]
    with open(path, "rb") as file:
        data = file.read()
    lock.locked = timed
    ratios = []
    for _ in range(_ROUNDS):
        alone = bare(path, data)
        request = CreateRequest("openai", {"value": "env.NEW_KEY"}, new_id=str(uuid.uuid4()))
        create_key(FileStore(path), request)
        ratios.append(held[-1] / alone)
        with open(path, "wb") as file:
            file.write(data)
    print(statistics.median(ratios))


if __name__ == "__main__":
    main()
