"""JSON as a contract at a running gateway: every command, every store, and a change that stops halfway."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.commands import write_config
from tests.contract import assert_printed
from tests.stores.gateway_api.fake_gateway import FakeGateway
from tests.stores.gateway_api.http_server import Answer, Request

# The command of the contract, its line at a gateway, and the exit code.
LINES = [
    ("list", "list", 0),
    ("get", "get openai/first", 0),
    ("get", "get nope", 4),
    ("check", "check", 0),
    ("explain", "explain openai gpt-4o", 0),
    ("status", "status --exit-code", 10),
    ("diff", "diff", 0),
    ("diff", "diff --exit-code", 10),
    ("diff", "diff --nope", 2),
    ("test", "test openai", 4),
    ("test", "test groq/nope", 4),
    ("path", "path", 0),
    ("path", "path --explain", 0),
    ("providers", "providers", 0),
    ("providers", "providers openai", 0),
    ("create", "create groq --name two --value-env OPENAI_API_KEY", 0),
    ("create", "create mistral --name m --value-env OPENAI_API_KEY --test", 1),
    ("update", "update openai/first --weight 2 --diff", 0),
    ("update", "update openai/first --weight 1", 0),
    ("rename", "rename openai/first other --dry-run", 0),
    ("disable", "disable openai/first", 0),
    ("delete", "delete openai/first --yes", 0),
    ("apply", "apply - --prune --allow-empty --yes", 0),
    ("hash", "hash", 2),
    ("externalize", "externalize --all --env-file x.env", 2),
]


@pytest.mark.parametrize(("name", "line", "code"), LINES, ids=[line for _, line, _ in LINES])
def test_every_line_at_a_gateway_prints_one_document_of_its_form(
    call: Any, newest: FakeGateway, login: tuple[str, ...], tmp_path: Any, name: str, line: str, code: int
) -> None:
    write_config(tmp_path)
    desired = json.dumps({"providers": {"openai": {"keys": []}}})
    ran = call("--gateway", newest.url, *login, *line.split(), "-o", "json", stdin=desired)
    assert (ran.code, bool(ran.out)) == (code, code in (0, 10)), ran.err
    assert_printed(name, ran)


def test_a_change_that_stops_halfway_is_an_error_of_the_contract_with_what_was_done(
    call: Any, newest: FakeGateway, login: tuple[str, ...]
) -> None:
    def refuse_the_second(request: Request, go: Any) -> Answer:
        writes = [each for each in newest.sent("POST") if "/session/" not in each.target]
        stops = request.method == "POST" and "/session/" not in request.target and len(writes) > 1
        return Answer(503, b"{}") if stops else go()

    newest.intercept = refuse_the_second
    keys = [{"name": f"k{n}", "value": "env.OPENAI_API_KEY", "models": ["*"], "weight": 1} for n in range(3)]
    desired = json.dumps({"providers": {"groq": {"keys": keys}}})
    ran = call("--gateway", newest.url, *login, "apply", "-", "-o", "json", stdin=desired)
    assert_printed("apply", ran)
    assert ran.error["store"]["url"] == newest.url
    assert [change["applied"] for change in ran.error["changes"]] == [True, None, False]
