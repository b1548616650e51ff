"""Many runs at once on one file: no key is lost, no reader sees half a file, nobody waits for ever."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.figures import Tell
from tests.program import Program, listing
from tests.sentinel import Sentinel

campaign = pytest.mark.skipif(
    os.environ.get("BIFROST_KEYS_CAMPAIGN") != "1", reason="a long campaign: set BIFROST_KEYS_CAMPAIGN=1"
)
TEXT = '{"providers": {"openai": {"keys": []}}}\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config without keys in a directory of its own."""
    path = tmp_path / "app" / "config.json"
    path.parent.mkdir()
    path.write_text(TEXT)
    path.chmod(0o600)
    return path


def names(path: Path) -> list[str]:
    """Return the names of the keys of openai."""
    return [key["name"] for key in json.loads(path.read_bytes())["providers"]["openai"]["keys"]]


def write_at_once(run: Program, paths: list[Path], *, writers: int, at_once: int) -> list[int]:
    """Let so many processes each add a key named by its number, to the paths in turn; return exit codes."""
    create = ("create", "openai", "-q", "--value-env", "A", "--lock-timeout", "60")
    commands = [
        [*create, "--name", f"k{number}", "--config", str(paths[number % len(paths)])]
        for number in range(writers)
    ]
    return run_at_once(run, commands, at_once=at_once)


def run_at_once(run: Program, commands: list[list[str]], *, at_once: int) -> list[int]:
    """Return the exit codes of these command lines, so many of them at a time."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.proof.race", str(at_once)],
        cwd=run.root,
        env=run.environ,
        input=json.dumps(commands).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return [int(code) for code in process.stdout.split()]


class Reader(threading.Thread):
    """Parses the file repeatedly; records parse failures, and keys that disappeared again."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.reads = 0
        self.unparsable = 0
        self.shrank = 0
        self._ended = threading.Event()

    def run(self) -> None:
        count = 0
        while not self._ended.wait(0.002):
            try:
                now = len(names(self.path))
            except (OSError, ValueError, KeyError):
                self.unparsable += 1
                continue
            self.shrank += now < count
            count, self.reads = now, self.reads + 1

    def end(self) -> None:
        """Stop reading."""
        self._ended.set()
        self.join()


@pytest.fixture
def reader(config: Path) -> Iterator[Reader]:
    """Yield a reader of the file while the test runs."""
    thread = Reader(config)
    thread.start()
    yield thread
    thread.end()


@pytest.mark.parametrize(
    ("writers", "at_once"),
    [(100, 32), pytest.param(200, 64, marks=[campaign, pytest.mark.campaign])],
)
def test_no_key_of_many_writers_is_lost(
    run: Program,
    config: Path,
    reader: Reader,
    tell: Tell,
    writers: int,
    at_once: int,
) -> None:
    codes = write_at_once(run, [config], writers=writers, at_once=at_once)
    reader.end()
    tell(f"{writers} writers, {at_once} at once: {len(names(config))} keys, {reader.reads} reads")

    assert codes == [0] * writers
    assert sorted(names(config)) == sorted(f"k{number}" for number in range(writers))
    assert (reader.unparsable, reader.shrank) == (0, 0)
    assert reader.reads > 0
    assert sorted(listing(config.parent)) == ["config.json", "config.json.lock"]


def test_writers_through_two_links_share_one_lock(run: Program, config: Path, tmp_path: Path) -> None:
    links = [tmp_path / "one" / "config.json", tmp_path / "two" / "other-name.json"]
    for link in links:
        link.parent.mkdir()
        link.symlink_to(config)
    codes = write_at_once(run, [config, *links], writers=12, at_once=6)

    assert codes == [0] * 12
    assert sorted(names(config)) == sorted(f"k{number}" for number in range(12))
    assert [link.is_symlink() for link in links] == [True, True]
    assert sorted(listing(tmp_path / "one")) == ["config.json"]


@pytest.mark.parametrize("rounds", [3, pytest.param(30, marks=[campaign, pytest.mark.campaign])])
def test_runs_that_take_two_locks_and_runs_that_take_one_do_not_stall_each_other(
    run: Program, config: Path, sentinel: Sentinel, tell: Tell, rounds: int
) -> None:
    """Externalize locks the config, then the environment file beside it; update locks the config alone."""
    sentinel.allow("gateway.env")
    at_once, longest = 16, 0.0
    names = [f"k{number}" for number in range(at_once)]
    keys = [{"id": name, "name": name, "value": f"sk-SENTINEL-{name}", "models": ["*"]} for name in names]
    common = ["-q", "--lock-timeout", "10", "--config", str(config)]
    env_file = config.with_name("gateway.env")
    for _ in range(rounds):
        config.write_text(
            json.dumps({"config_store": {"enabled": False}, "providers": {"openai": {"keys": keys}}})
        )
        env_file.unlink(missing_ok=True)
        commands = [
            ["externalize", name, "--env-file", str(env_file), *common]
            if number % 4
            else ["update", name, "--weight", "2", *common]
            for number, name in enumerate(names)
        ]
        began = time.monotonic()
        codes = run_at_once(run, commands, at_once=at_once)
        longest = max(longest, time.monotonic() - began)

        assert codes == [0] * at_once
        found = {
            key["name"]: key["value"] for key in json.loads(config.read_text())["providers"]["openai"]["keys"]
        }
        lines = dict(line.split("=") for line in env_file.read_text().split())
        for number, name in enumerate(names):
            secret = found[name] if not number % 4 else lines[found[name].removeprefix("env.")]
            assert secret == f"sk-SENTINEL-{name}"
        assert sorted(listing(config.parent)) == [
            *("config.json", "config.json.lock", "gateway.env", "gateway.env.lock")
        ]
    tell(f"{at_once} at once, three of four with two locks, {rounds} times: the slowest took {longest:.2f} s")


def test_of_many_who_make_the_file_one_does_and_the_others_add(run: Program, tmp_path: Path) -> None:
    config = tmp_path / "new" / "app" / "config.json"

    def make(number: int) -> int:
        arguments = ("--config", str(config), "--init", "-q", "--value-env", "A", "--name", f"k{number}")
        return run("create", "openai", *arguments).code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(make, range(8))) == [0] * 8
    assert sorted(names(config)) == [f"k{number}" for number in range(8)]
    assert sorted(listing(config.parent)) == ["config.json", "config.json.lock"]


HOLDER = """
import os, signal, sys
from bifrost_keys.stores.config_file.store import FileStore
with FileStore(sys.argv[1]).transaction():
    print(flush=True)
    signal.pause()
"""


@pytest.fixture
def holder(run: Program, config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a run that is in the middle of its transaction."""
    command = [sys.executable, "-c", HOLDER, str(config)]
    with subprocess.Popen(command, env=run.environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_stopped_holder_costs_others_their_timeout_and_no_more(
    run: Program, config: Path, holder: subprocess.Popen[bytes]
) -> None:
    holder.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    done = run("create", "openai", "--value-env", "A", "--config", str(config), "--lock-timeout", "0.6")

    assert (done.code, done.out) == (6, "")
    assert f"held by process {holder.pid}" in done.err
    assert time.monotonic() - began >= 0.6
    assert config.read_text() == TEXT


def test_a_killed_owner_of_the_lock_blocks_no_other_run(
    run: Program, config: Path, holder: subprocess.Popen[bytes]
) -> None:
    holder.kill()
    done = run("create", "openai", "--value-env", "A", "--name", "k", "--config", str(config))

    assert (done.code, names(config)) == (0, ["k"])


WAITERS = """
import os, sys, time
from bifrost_keys.stores.protocol import Changeset
from bifrost_keys.stores.config_file.store import FileStore
path, processes, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = FileStore(path, lock_timeout=60)
with store.transaction(dry_run=True):
    pass
gate, barrier = os.pipe()
for number in range(processes):
    if os.fork():
        continue
    os.close(barrier)
    os.read(gate, 1)
    waits = []
    for time_ in range(times):
        began = time.monotonic()
        with store.transaction() as transaction:
            waits.append(f"{began}:{time.monotonic()}")
            changeset = Changeset()
            name = f"k{number}-{time_}"
            changeset.add("openai", {"name": name, "value": "env.A", "models": ["*"], "weight": 1})
            transaction.commit(changeset)
    os.write(1, " ".join([*waits, ""]).encode())
    os._exit(0)
os.close(barrier)
for _ in range(processes):
    os.wait()
"""


def waits_of(run: Program, config: Path, *, processes: int, times: int) -> list[tuple[float, float]]:
    """Return when each process, forked after loading, requested and got the lock, every time."""
    script = [sys.executable, "-c", WAITERS, str(config), str(processes), str(times)]
    done = subprocess.run(script, env=run.environ, stdout=subprocess.PIPE, text=True, check=True)
    return [
        (float(wanted), float(had))
        for wanted, _, had in (pair.partition(":") for pair in done.stdout.split())
    ]


def percentile(values: list[float], percent: int) -> float:
    """Return the value below which so many percent of them lie."""
    return sorted(values)[len(values) * percent // 100]


@pytest.mark.parametrize("times", [5, pytest.param(50, marks=[campaign, pytest.mark.campaign])])
def test_waiters_come_in_turn(run: Program, config: Path, tell: Tell, times: int) -> None:
    """32 processes request the lock repeatedly, and nobody is overtaken by many others.

    The number of overtakings is checked, which does not depend on the speed of the disk.
    """
    waits = waits_of(run, config, processes=32, times=times)
    granted = sorted(had for _, had in waits)
    turns = [float(bisect_left(granted, had) - bisect_right(granted, wanted)) for wanted, had in waits]
    seconds = [had - wanted for wanted, had in waits]
    middle, late = percentile(seconds, 50), percentile(seconds, 99)
    tell(
        f"32 at once: turns p50 {percentile(turns, 50):.0f}, p99 {percentile(turns, 99):.0f};"
        f" waits p50 {middle:.3f} s, p99 {late:.3f} s, p99/p50 {late / middle:.2f}"
    )

    assert len(waits) == len(names(config)) == len(set(names(config))) == 32 * times
    # In turn it is 32 and a few; polling alone lets about a hundred others go first.
    assert percentile(turns, 99) <= 2.5 * 32
