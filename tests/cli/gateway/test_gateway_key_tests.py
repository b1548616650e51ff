"""``--test`` at a gateway, which tests a key when it stores it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stores.gateway_api.clients import NETWORK, RELEASES, config, fake
from tests.stores.gateway_api.fake_discovery import STUB
from tests.stores.gateway_api.fake_gateway import FakeGateway

CREATE = ("--name", "new", "--value-stdin", "--test", "-o", "json")
SECRET = "sk-new-SENTINEL-bbbbbbbbbbbbbbbb"


@pytest.fixture(params=RELEASES)
def gateway(request: pytest.FixtureRequest) -> Iterator[FakeGateway]:
    """Yield a gateway with providers that deny a key, and that do not answer."""
    deny, hang = ({"network_config": {"base_url": f"http://{STUB}/{how}"}, "keys": []} for how in DENYING)
    made = config(groq=deny, mistral=hang, cohere={"network_config": NETWORK, "keys": []})
    with fake(request.param, config=made) as running:
        yield running


DENYING = ("deny", "hang")


def test_a_key_that_the_provider_takes_is_written(keys: Callable[..., Any]) -> None:
    ran = keys("create", "cohere", *CREATE, stdin=SECRET)
    assert (ran.code, ran.json["changes"][0]["gateway_status"]) == (0, "success")
    assert keys("rotate", "cohere/new", "--value-stdin", "--test", stdin=f"{SECRET}-2").code == 0
    assert keys("set", "cohere/new", "--weight", "2", "--test").code == 0


@pytest.mark.parametrize(
    ("provider", "code"), [("groq", "key-test-failed"), ("mistral", "key-not-tested")], ids=DENYING
)
def test_a_key_that_does_not_work_is_exit_1_and_reported_as_written(
    keys: Callable[..., Any], gateway: FakeGateway, provider: str, code: str
) -> None:
    ran = keys("create", provider, *CREATE, stdin=SECRET)
    assert (ran.code, ran.out, ran.error["code"]) == (1, "", code)
    assert f"{provider}/new was written" in ran.error["message"]
    assert [each["applied"] for each in ran.error["changes"]] == [True]
    assert ran.error["effective"] == "now"
    assert keys("get", f"{provider}/new", "-o", "name").code == 0
    assert not gateway.database.sessions


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create", "cohere", "--value-env", "OPENAI_API_KEY", "--test", "--dry-run"], "file-only"),
        (["rotate", "openai/first", "--value-env", "OPENAI_API_KEY", "--test", "--dry-run"], "file-only"),
        (["set", "openai/first", "--weight", "2", "--test", "--dry-run"], "file-only"),
        (["test", "openai/first", "--env-file", "x.env"], "file-only"),
    ],
)
def test_options_for_tests_from_here_are_refused(
    keys: Callable[..., Any], gateway: FakeGateway, arguments: list[str], code: str
) -> None:
    ran = keys(*arguments, "-o", "json")
    assert (ran.code, ran.error["code"]) == (2, code)
    assert gateway.seen == []
