"""A thousand keys with a stop in the middle, and 200 rounds against a client that rotates the key.

The long forms run with ``BIFROST_KEYS_CAMPAIGN``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from typing import Any

import pytest

from tests.figures import Tell
from tests.keys import FIRST as ENTRY
from tests.program import Program
from tests.stores.gateway_api.clients import RELEASES, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.fake_keys import read_entry
from tests.stores.gateway_api.fake_secrets import is_mask
from tests.stores.gateway_api.http_server import Answer, Request

CAMPAIGN = bool(os.environ.get("BIFROST_KEYS_CAMPAIGN"))
KEYS = 1000 if CAMPAIGN else 120
ROUNDS = 200 if CAMPAIGN else 40
SECRET = "sk-load-SENTINEL-{:06}"


def running(release: str) -> FakeGateway:
    """Return a gateway that asks for no credential."""
    return fake(release, config=config(authentication=False), authentication=False)


@pytest.mark.parametrize("release", RELEASES)
def test_many_keys_that_are_stopped_in_the_middle_are_all_there_after_another_run(
    run: Program, release: str, tell: Tell
) -> None:
    entries = [
        {"name": f"k{n:04}", "value": SECRET.format(n), "models": ["*"], "weight": 1} for n in range(KEYS)
    ]
    wanted = json.dumps({"providers": {"groq": {"keys": entries}}}).encode()
    with running(release) as gateway:
        arguments = ("--gateway", gateway.url, "apply", "-", "-o", "json")
        process = subprocess.Popen(
            run.command(*arguments),
            cwd=run.root,
            env=run.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

        def stop() -> None:
            while len(gateway.database.rows) < KEYS // 2 and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGINT)

        stopper = threading.Thread(target=stop)
        stopper.start()
        out, err = process.communicate(wanted, timeout=300)
        stopper.join()
        told = json.loads(err)["error"]
        assert (process.returncode, out, told["code"]) == (130, b"", "run-stopped")
        made = sum(change["applied"] is True for change in told["changes"])
        unknown = sum(change["applied"] is None for change in told["changes"])
        stored = len(gateway.database.rows) - 1
        assert made <= stored <= made + unknown
        assert 0 < stored < KEYS
        began = time.monotonic()
        again = run(*arguments, stdin=wanted)
        seconds = time.monotonic() - began
        assert (again.code, again.json["plan"]["created"]) == (0, KEYS - stored)
        rows = {row.key.name: gateway.secret(row.key.id) for row in gateway.database.rows}
        assert rows == {"first": ENTRY["value"], **{entry["name"]: entry["value"] for entry in entries}}
        third = run(*arguments, stdin=wanted)
        assert (third.code, third.json["changed"]) == (0, False)
        posted = len(gateway.sent("POST"))
    tell(
        f"{release}: {KEYS} keys, stopped after {stored}, {posted} requests to create them in all; "
        f"the other {KEYS - stored} in {seconds:.1f} s"
    )
    assert KEYS <= posted <= KEYS + 1  # at most the one in flight was asked for twice


class Rival:
    """A second client that rotates the secret before a randomly chosen request of the program."""

    def __init__(self, gateway: FakeGateway, chance: random.Random) -> None:
        self.gateway, self.chance = gateway, chance
        self.moment, self.count, self.secret = 0, 0, str(ENTRY["value"])

    def prepare(self, round_: int) -> None:
        """Choose the moment: before the read, between read and write, before the last read, or never."""
        self.moment, self.count = self.chance.choice((0, 1, 2, 9)), 0
        self.next = f"sk-rival-SENTINEL-{round_:04}"

    def __call__(self, request: Request, go: Go) -> Answer:
        if request.target.endswith("/keys/one"):
            if self.count == self.moment:
                self.secret = self.next
                key = self.gateway.node.key("openai", "one")
                entry = {**ENTRY, "value": self.secret, "weight": key.weight, "enabled": True}
                members = read_entry(entry, self.gateway.api.release, {})
                self.gateway.node.update("openai", "one", members)
            self.count += 1
        return go()


@pytest.mark.parametrize("rotates_too", [False, True], ids=["we change the weight", "we rotate"])
@pytest.mark.parametrize("release", RELEASES)
def test_a_rival_who_rotates_while_a_command_runs(
    call: Any, release: str, rotates_too: bool, tell: Tell
) -> None:
    """The protocol saves the secret except between read and write, which it cannot exclude."""
    outcomes: Counter[str] = Counter()
    with running(release) as gateway:
        rival = Rival(gateway, random.Random(f"{release} {rotates_too}"))
        gateway.intercept = rival
        at = ("--gateway", gateway.url)
        for round_ in range(ROUNDS):
            rival.prepare(round_)
            ours = f"sk-ours-SENTINEL-{round_:04}"
            if rotates_too:
                ran = call(*at, "rotate", "openai/first", "--value-stdin", "-o", "json", stdin=ours)
            else:
                ran = call(*at, "update", "openai/first", "--weight", str(round_ + 2), "-o", "json")
            stored = gateway.secret("one")
            if is_mask(stored):
                outcomes["destroyed"] += 1
                assert (rival.moment, rotates_too) == (1, False)
                assert "stale-mask-release" in [each["code"] for each in ran.json["warnings"]]
                gateway.node.update("openai", "one", read_entry({**ENTRY, "value": ours}, release, {}))
                rival.secret = ours
            elif rotates_too and stored == ours:
                outcomes["ours is the last"] += 1
                assert rival.moment in (1, 9)
                rival.secret = ours
            else:
                assert stored == rival.secret
                outcomes["the rival's is kept, we refuse" if ran.code else "nobody came between"] += 1
                assert ran.code == (0 if rival.moment == 9 else 5)
    told = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
    tell(f"{release}, {ROUNDS} rounds: {told}")
    assert outcomes.total() == ROUNDS
    assert (outcomes["destroyed"] == 0) is rotates_too
