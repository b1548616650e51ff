"""The fake gateway behaves like running gateways: their recorded conversations, and the main rules."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from tests.figures import Tell
from tests.sentinel import SHORT_SECRET as SECRET
from tests.stores.gateway_api.conversations import FOLDER, Replay
from tests.stores.gateway_api.fake_gateway import FakeGateway
from tests.stores.gateway_api.fake_secrets import NEW, OLD, mask

# Not imitated: what a start does with a config.json that somebody changed (restart,
# restart-source-of-truth), which no request shows; no-database-auth, where no gateway starts.
TOPICS = (
    *("keys", "auth", "no-auth", "auth-disabled", "no-database", "providers", "paths", "governance"),
    *("race", "half-written", "slow"),
)

RELEASES = (OLD, NEW)
KEY = "/api/providers/openai/keys/one"


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("release", RELEASES)
def test_recorded_conversations_go_as_they_went(release: str, topic: str, tell: Tell) -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"the recorded conversations are not here: {FOLDER}")
    replay = Replay(release, topic)
    replay.run()

    tell(f"{release} {topic}: {replay.equal} of {replay.equal + len(replay.differences)} exchanges are equal")
    assert replay.differences == []


def gateway(release: str, **more: Any) -> FakeGateway:
    """Return a gateway without authentication and with one key."""
    entry = {"id": "one", "name": "first", "value": SECRET, "models": ["*"], "weight": 1}
    config = {"providers": {"openai": {"keys": [entry]}, "groq": {"keys": []}}}
    return FakeGateway(config, release=release, **more)


def say(fake: FakeGateway, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Send one request and return its response."""
    connection = http.client.HTTPConnection("127.0.0.1", fake.server.port)
    connection.request(method, path, None if body is None else json.dumps(body, ensure_ascii=False).encode())
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    is_json = answer.headers["content-type"] == "application/json"
    return answer.status, json.loads(content) if is_json else content.decode()


def entry(**more: object) -> dict[str, object]:
    """Return the body of an update that changes only these members."""
    return {"name": "first", "value": mask(SECRET), "models": ["*"], "weight": 1, "enabled": True, **more}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("value", "kept_by"),
    [
        (mask(SECRET), (OLD, NEW)),
        ({"value": mask(SECRET), "env_var": "", "from_env": False}, (OLD,)),
        ({"value": mask(SECRET), "type": "plain_text"}, (NEW,)),
        ({"value": mask(SECRET)}, ()),
        (mask(SECRET) + " ", ()),
        ("sk-o" + "*" * 24 + "0002", ()),
    ],
)
def test_a_mask_keeps_the_secret_as_a_string_or_in_the_releases_own_form(
    release: str, value: object, kept_by: tuple[str, ...]
) -> None:
    with gateway(release) as fake:
        assert say(fake, "PUT", KEY, entry(value=value))[0] == 200
        assert (fake.secret("one") == SECRET) is (release in kept_by)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"value": ""}, 400),
        ({"value": "env.NOT_SET"}, 400),
        ({"models": ["*", "a"]}, 500),
        ({"models": ["a", "A"]}, 500),
        ({"blacklisted_models": ["a", "A"]}, 400),
        ({"weight": "1"}, 400),
        ({"weight": -1}, 200),
        ({"name": ""}, 200),
        ({"value": None}, 200),
    ],
)
def test_a_refused_request_changes_nothing(release: str, change: dict[str, object], status: int) -> None:
    with gateway(release) as fake:
        before = say(fake, "GET", KEY)
        assert say(fake, "PUT", KEY, entry(**change))[0] == status
        assert (say(fake, "GET", KEY) == before) is (status != 200)
        assert (fake.secret("one") == SECRET) is ("value" not in change or status != 200)


@pytest.mark.parametrize("release", RELEASES)
def test_a_member_omitted_from_an_update_is_emptied(release: str) -> None:
    with gateway(release) as fake:
        status, shown = say(fake, "PUT", KEY, {"value": mask(SECRET)})

    assert (status, shown["name"], shown["models"], shown["weight"]) == (200, "", [], 0)


@pytest.mark.parametrize(("release", "status"), [(OLD, 500), (NEW, 409)])
def test_a_taken_name_is_refused_on_every_provider(release: str, status: int) -> None:
    with gateway(release) as fake:
        found, answer = say(fake, "POST", "/api/providers/groq/keys", entry(value="sk-SENTINEL-2"))
        assert found == status
        assert release == NEW or "already exists" in answer["error"]["message"]
        assert say(fake, "GET", "/api/providers/groq/keys") == (200, {"keys": None, "total": 0})


@pytest.mark.parametrize("release", RELEASES)
def test_unknown_addresses_are_the_web_page_or_not_allowed(release: str) -> None:
    with gateway(release) as fake:
        assert say(fake, "GET", "/api/nosuch") == (200, "<html></html>\n")
        assert say(fake, "POST", "/api/nosuch") == (405, "Method Not Allowed")
        assert say(fake, "GET", "/api/providers/")[0] == 301
        assert say(fake, "DELETE", f"{KEY}/")[0] == 308
        assert say(fake, "GET", "/api/providers/openai/keys/%2E%2E")[0] == 404


@pytest.mark.parametrize("release", RELEASES)
def test_a_half_written_change_comes_with_the_next_start(release: str) -> None:
    with gateway(release) as fake:
        fake.node.half_writes = {"POST", "PUT", "DELETE"}
        before = say(fake, "GET", KEY)[1]
        assert say(fake, "PUT", KEY, entry(weight=5))[0] == 500
        assert say(fake, "GET", KEY)[1] == before
        assert say(fake, "POST", "/api/providers/groq/keys", entry(id="two", name="second"))[0] == 500
        assert say(fake, "GET", "/api/providers/groq/keys/two")[0] == 404
        fake.restart()
        assert say(fake, "GET", KEY)[1]["weight"] == 5
        assert say(fake, "GET", "/api/providers/groq/keys/two")[0] == 200


@pytest.mark.parametrize("release", RELEASES)
def test_nodes_of_one_database_do_not_notify_each_other(release: str) -> None:
    with gateway(release) as one, gateway(release, database=one.database) as other:
        assert say(one, "PUT", KEY, entry(value="sk-other-SENTINEL-0002"))[0] == 200
        assert say(other, "GET", KEY)[1]["value"]["value"] == mask(SECRET)
        assert say(other, "PUT", KEY, entry(weight=2))[0] == 200
        assert one.secret("one") == SECRET  # the old secret came back
        assert say(one, "DELETE", KEY)[0] == 200
        assert say(other, "GET", KEY)[0] == 200
