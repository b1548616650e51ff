"""Somebody rotates at any moment of a change: the secret is saved if possible, and the rest is counted."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from bifrost_keys.errors import ConflictError
from bifrost_keys.stores.gateway_api.writes import update_key
from tests.figures import Tell
from tests.keys import FIRST as ENTRY
from tests.stores.gateway_api.clients import RELEASES, changed, client, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.fake_keys import read_entry
from tests.stores.gateway_api.fake_secrets import is_mask
from tests.stores.gateway_api.http_server import Answer, Request

ROUNDS = 200
# Before which request of our change the rival comes, and the code of our refusal: before the read,
# between read and write, before the last look, after it.
CODES = ("key-changed-meanwhile", None, "key-not-as-wanted", None)


class Rival:
    """Rotates the secret once, before the request of a given number."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway, self.moment, self.count, self.secret = gateway, 0, 0, ""

    def prepare(self, moment: int, round_: int) -> None:
        """Wait for this moment."""
        self.moment, self.count, self.secret = moment, 0, f"sk-rival-SENTINEL-{round_:04}"

    def rotate(self) -> None:
        """Change the secret and nothing else."""
        key = self.gateway.node.key("openai", "one")
        entry = {**ENTRY, "value": self.secret, "weight": key.weight, "enabled": True}
        members = read_entry(entry, self.gateway.api.release, {})
        self.gateway.node.update("openai", "one", members)

    def __call__(self, request: Request, go: Go) -> Answer:
        if request.target.endswith("/keys/one"):
            if self.count == self.moment:
                self.rotate()
            self.count += 1
        return go()


def outcome(gateway: FakeGateway, ours: str, rival: str, code: str | None) -> str:
    """Return the fate of the secret."""
    stored = gateway.secret("one")
    if is_mask(stored):
        return "destroyed"
    if stored == ours:
        return "ours is the last"
    assert stored == rival
    return "refused, the rival's is kept" if code else "the rival's is the last"


@pytest.mark.parametrize("rotates_too", [False, True], ids=["we change the weight", "we rotate"])
@pytest.mark.parametrize("release", RELEASES)
def test_a_rival_who_rotates_at_any_moment(release: str, rotates_too: bool, tell: Tell) -> None:
    chance, outcomes = random.Random(f"{release} {rotates_too}"), Counter[str]()
    with fake(release) as gateway, client(gateway) as opened:
        rival = Rival(gateway)
        for round_ in range(ROUNDS):
            moment, ours = chance.randrange(len(CODES)), f"sk-ours-SENTINEL-{round_:04}"
            gateway.intercept = lambda request, go: go()
            before = opened.key("openai", "one")
            change = {"value": ours} if rotates_too else {"weight": round_ + 2}
            rival.prepare(moment, round_)
            gateway.intercept = rival
            code = None
            try:
                update_key(opened, before, changed(before, **change))
            except ConflictError as error:
                code = error.code
            if moment == len(CODES) - 1:
                rival.rotate()
            found = outcome(gateway, ours, rival.secret, code)
            outcomes[found] += 1
            assert code == CODES[moment]
            if found == "destroyed":
                assert moment == 1  # the one moment that no request can exclude
                assert not rotates_too  # a body without a mask destroys nothing
                rival.rotate()

    told = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
    tell(f"{release}, {ROUNDS} rounds: {told}")
    assert (outcomes["destroyed"] == 0) is rotates_too
    assert outcomes.total() == ROUNDS
