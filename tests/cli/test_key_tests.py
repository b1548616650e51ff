"""``keys test`` with a stub of each kind of provider, and each of its failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.providers.endpoints import ENDPOINTS
from tests.contract import assert_printed
from tests.program import Program
from tests.sentinel import Sentinel
from tests.stores.gateway_api.clients import RELEASES, fake
from tests.stores.gateway_api.fake_api import PASSWORD, USER
from tests.stores.gateway_api.http_server import Answer, HttpServer, Request

SECRET = "sk-SENTINEL-key-0123456789"
BEARER = f"Bearer {SECRET}"
NAMED = {"models": [{"name": "models/gpt-4o"}]}
REPEATED = b'{"error": {"message": "Incorrect API key provided: sk-SENTINEL-key-0123456789."}}'
MODELS = {"data": [{"id": "gpt-4o"}, {"id": "gpt-4o-mini"}]}


def listed(value: Any) -> Answer:
    return Answer(body=json.dumps(value).encode())


@contextmanager
def provider(answer: Callable[[Request], Answer] = lambda _: listed(MODELS)) -> Iterator[HttpServer]:
    with HttpServer(answer) as server:
        yield server


@pytest.fixture
def keep(tmp_path: Path, sentinel: Sentinel) -> Callable[..., Path]:
    """Return a function that writes a config with these providers."""

    def kept(**providers: Any) -> Path:
        path = tmp_path / "config.json"
        sentinel.allow(path)
        path.write_text(json.dumps({"config_store": {"enabled": False}, "providers": providers}))
        return path

    return kept


def at(url: str, *keys: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return a provider whose keys are sent to ``url``."""
    whole = [{"models": ["*"], "weight": 1, **key} for key in keys]
    return {"network_config": {"base_url": url}, "keys": whole, **settings}


def key(name: str = "k", value: str = SECRET, **fields: Any) -> dict[str, Any]:
    return {"name": name, "value": value, **fields}


@pytest.mark.parametrize(
    ("name", "header", "sent", "answer", "paths"),
    [
        ("openai", "authorization", BEARER, MODELS, ["/v1/models"]),
        ("anthropic", "x-api-key", SECRET, MODELS, ["/v1/models?limit=1000"]),
        (
            "gemini",
            "x-goog-api-key",
            SECRET,
            {"models": [{"name": "models/gpt-4o"}]},
            ["/models?pageSize=1000"],
        ),
        ("elevenlabs", "xi-api-key", SECRET, [{"model_id": "gpt-4o"}], ["/v1/models"]),
        (
            "cohere",
            "authorization",
            f"Bearer {SECRET}",
            {"models": [{"name": "gpt-4o"}]},
            ["/v1/models?page_size=1000"],
        ),
        ("openrouter", "authorization", BEARER, MODELS, ["/v1/key", "/v1/models"]),
        ("sarvam", "api-subscription-key", SECRET, MODELS, ["/v2/models", "/v1/models"]),
        ("replicate", "authorization", BEARER, {}, ["/v1/account"]),
    ],
)
def test_each_provider_is_asked_in_its_own_way(
    call: Any, keep: Any, name: str, header: str, sent: str, answer: Any, paths: list[str]
) -> None:
    with provider(lambda _: listed(answer)) as server:
        keep(**{name: at(server.url, key(models=["gpt-4o", "gone"]))})
        ran = call("test", "--all", "-o", "json")
    assert ran.code == 0, ran.err
    assert [request.target for request in server.seen] == paths
    assert {request.headers[header] for request in server.seen} == {sent}
    assert_printed("test", ran)
    found = ran.json["keys"][0]
    assert found["status"] == "success"
    assert found["not_listed"] == ([] if name == "replicate" else ["gone"])


def test_azure_is_asked_at_the_endpoint_of_the_key(call: Any, keep: Any) -> None:
    with provider() as server:
        keep(azure={"keys": [key(models=["*"], weight=1, azure_key_config={"endpoint": server.url})]})
        ran = call("test", "azure/k", "-o", "json")
    assert (ran.code, ran.json["success"]) == (0, 1)
    assert server.seen[0].target.startswith("/openai/models?api-version=")
    assert server.seen[0].headers["api-key"] == SECRET


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            Answer(401, b'{"error": {"message": "Incorrect API key provided: sk-SENTINEL-key-0123456789."}}'),
            "HTTP 401",
        ),
        (Answer(400, b'{"error": {"message": "API key not valid"}}'), "HTTP 400: API key not valid"),
        (Answer(429, b"{}"), "HTTP 429"),
        (Answer(500, b"oops"), "HTTP 500"),
        (Answer(200, b"<html></html>", (("content-type", "text/html"),)), "not JSON"),
        (Answer(200, b'{"data": "x"}'), "not a list of models"),
        (Answer(302, b"", (("location", "https://elsewhere.example/"),)), "redirect"),
        (Answer(fault="cut"), "ended early"),
        (Answer(fault="reset"), ""),
    ],
)
def test_a_key_that_does_not_work_is_one_with_a_reason(
    call: Any, keep: Any, answer: Answer, told: str
) -> None:
    with provider(lambda _: answer) as server:
        keep(openai=at(server.url, key()))
        ran = call("test", "openai", "-o", "json")
    assert (ran.code, ran.json["keys"][0]["status"]) == (1, "list_models_failed")
    assert_printed("test", ran)
    assert told in ran.json["keys"][0]["description"]
    assert SECRET not in ran.out + ran.err
    assert {request.headers.get("host") for request in server.seen} == {server.url.removeprefix("http://")}


def test_a_provider_that_hangs_is_waited_for_until_the_timeout(call: Any, keep: Any) -> None:
    with provider(lambda _: Answer(fault="hang")) as server:
        keep(openai=at(server.url, key()))
        ran = call("test", "--all", "--timeout", "0.2", "-o", "json")
    assert (ran.code, ran.json["list_models_failed"]) == (1, 1)


def test_a_reference_is_taken_from_the_environment_or_a_file(
    call: Any, keep: Any, tmp_path: Path, sentinel: Sentinel
) -> None:
    env = tmp_path / "bifrost.env"
    env.write_text(f"MY_KEY={SECRET}\n")
    sentinel.allow(env)
    with provider() as server:
        keep(openai=at(server.url, key(value="env.MY_KEY")))
        unset = call("test", "--all", "-o", "json")
        assert (unset.code, unset.json["keys"][0]["status"]) == (4, "not_tested")
        assert "MY_KEY is not set here" in unset.json["keys"][0]["description"]
        assert server.seen == []
        assert call("test", "--all", "--env-file", str(env)).code == 0
        assert call("test", "--all", env={"MY_KEY": SECRET}).code == 0
    assert {request.headers["authorization"] for request in server.seen} == {f"Bearer {SECRET}"}


def test_the_secret_of_a_reference_is_masked_in_the_providers_message(call: Any, keep: Any) -> None:
    said = json.dumps({"error": {"message": f"bad key {SECRET}, sorry"}}).encode()
    with provider(lambda _: Answer(401, said)) as server:
        keep(openai=at(server.url, key(value="env.MY_KEY")))
        ran = call("test", "--all", "-o", "json", env={"MY_KEY": SECRET})
    assert "sorry" in ran.json["keys"][0]["description"]
    assert SECRET not in ran.out


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("vertex", {"vertex_key_config": {"project_id": "p", "region": "r"}}, "Google"),
        ("bedrock", {"bedrock_key_config": {"region": "us-east-1"}}, "AWS"),
        ("azure", {"azure_key_config": {"endpoint": "https://x.example"}}, "Entra"),
        ("wafer", {"value": SECRET}, "public"),
        ("openai", {"value": "vault.path/x"}, "vault"),
    ],
)
def test_a_key_that_cannot_be_tested_from_here_is_reported(
    call: Any, keep: Any, name: str, fields: dict[str, Any], reason: str
) -> None:
    keep(**{name: {"keys": [{"name": "k", "models": ["*"], "weight": 1, **fields}]}})
    ran = call("test", "--all", "-o", "json")
    assert (ran.code, ran.json["keys"][0]["status"]) == (4, "not_tested")
    assert_printed("test", ran)
    assert reason in ran.json["keys"][0]["description"]


def test_results_are_in_the_order_of_the_file(call: Any, keep: Any) -> None:
    names = [f"k{number}" for number in range(20)]
    with provider() as server:
        keep(openai=at(server.url, *(key(name, f"{SECRET}-{name}") for name in names)))
        ran = call("test", "openai", "-o", "json")
    assert [each["name"] for each in ran.json["keys"]] == names
    assert ran.json["success"] == 20


def test_plain_http_to_another_machine_is_refused(call: Any, keep: Any) -> None:
    keep(openai=at("http://192.0.2.1", key()))
    ran = call("test", "--all", "--timeout", "0.1")
    assert (ran.code, "--allow-http" in ran.err) == (2, True)


@pytest.mark.parametrize("url", ["no-scheme.example", "ftp://x", "https://user:pass@x.example"])
def test_an_address_that_cannot_be_one_is_a_failed_key(call: Any, keep: Any, url: str) -> None:
    keep(openai=at(url, key()))
    ran = call("test", "--all", "-o", "json")
    assert (ran.code, ran.json["keys"][0]["status"]) == (1, "list_models_failed")


def test_a_key_is_tried_before_it_is_written(call: Any, keep: Any) -> None:
    with provider(
        lambda request: listed(MODELS) if "good" in request.headers["authorization"] else Answer(401, b"{}")
    ) as server:
        path = keep(openai=at(server.url, key(value="sk-SENTINEL-good-1")))
        old = path.read_bytes()
        for command in (
            ["rotate", "openai/k", "--value", "sk-SENTINEL-bad"],
            ["set", "openai/k", "--value", "sk-SENTINEL-bad"],
            ["create", "openai", "--value", "sk-SENTINEL-bad"],
        ):
            ran = call(*command, "--test", "-o", "json")
            assert (ran.code, ran.error["code"]) == (1, "key-test-failed")
            assert path.read_bytes() == old
        assert call("rotate", "openai/k", "--value", "sk-SENTINEL-good-2", "--test").code == 0
    assert path.read_bytes() != old


@pytest.mark.parametrize("answer", [None, Answer(503, b"{}"), Answer(429, b"{}")], ids=["gone", "503", "429"])
def test_a_provider_that_gives_no_verdict_is_not_said_to_refuse_the_key(
    call: Any, keep: Any, answer: Answer | None
) -> None:
    with provider(lambda request: answer or listed(MODELS)) as server:
        path = keep(openai=at(server.url, key()))
        old = path.read_bytes()
        if answer is not None:
            ran = call("rotate", "openai/k", "--value", "sk-SENTINEL-new", "--test")
    if answer is None:
        ran = call("rotate", "openai/k", "--value", "sk-SENTINEL-new", "--test")

    assert (ran.code, path.read_bytes()) == (6, old)
    assert ran.err.startswith("error: openai/k was not tested: ")
    assert ran.err.endswith("; try again later, or omit --test\n")


def test_a_gateway_asks_itself_if_its_release_can(call: Any, tmp_path: Path, sentinel: Sentinel) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    sentinel.allow(password)
    login = ("--user", USER, "--password-file", str(password))
    with fake(RELEASES[-1], refreshes=True) as gateway:
        ran = call("--gateway", gateway.url, *login, "test", "openai/first", "-o", "json")
        assert (ran.code, ran.json["keys"][0]["status"]) == (0, "success"), ran.err
        assert_printed("test", ran)
    with fake(RELEASES[0]) as gateway:
        assert call("--gateway", gateway.url, *login, "test", "openai/first").code == 4


def test_every_provider_that_has_plain_keys_is_in_the_table() -> None:
    from bifrost_keys.gateway.providers.table import PROVIDERS

    assert set(PROVIDERS) - set(ENDPOINTS) == {"vertex"}


def test_providers_show_how_each_is_asked(run: Program) -> None:
    assert "GET https://openrouter.ai/api/v1/key with Authorization: Bearer" in run("providers", "-v").out
    told = {each["name"]: each["tested_by"] for each in run("providers", "-o", "json").json["providers"]}
    assert told["anthropic"] == "GET https://api.anthropic.com/v1/models?limit=1000 with x-api-key"
    assert told["ollama"] == "GET (ollama_key_config.url)/v1/models with Authorization: Bearer"
    assert told["vertex"] is told["wafer"] is None
    assert "cannot ask from here" in run("providers", "vertex").out
