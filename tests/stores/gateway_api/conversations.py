"""Recorded conversations, repeated with the fake gateway, and the parts of responses that must be equal."""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.stores.gateway_api.fake_gateway import FakeGateway
from tests.stores.gateway_api.fake_secrets import is_mask

FOLDER = Path(__file__).parents[4] / "shared" / "gateway" / "http"
# What the program depends on; every other sentence of a gateway only has to be there.
_SENTENCES = (
    *("Provider not found", "Provider key not found", "Key value must not be empty", "Invalid JSON"),
    *("Unauthorized", "Authentication is not enabled", "Invalid username or password"),
)
_HASH = re.compile(r"[0-9a-f]{64}")
_NEW_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_HOST = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass
class Replay:
    """One topic of one release, repeated with a fake; ``differences`` names each unequal exchange."""

    release: str
    topic: str
    equal: int = 0
    differences: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)  # those that the gateway made, and those of the fake

    def run(self) -> None:
        """Repeat every request of the topic and compare."""
        text = (FOLDER / f"{self.release}-{self.topic}.jsonl").read_text()
        lines = [json.loads(line) for line in text.rstrip("\n").split("\n")]
        start, rest = lines[0], lines[1:]
        config = start["config.json"]
        with FakeGateway(config, release=self.release, environment=start["environment"]) as gateway:
            self.connection = http.client.HTTPConnection("127.0.0.1", gateway.server.port, timeout=10)
            if self.topic != "auth" and gateway.api.authentication:
                self.tokens["TOKEN"] = gateway.api.new_session()
            for number, line in enumerate(rest, 1):
                if "event" in line:
                    self._event(gateway, line["event"])
                else:
                    self._exchange(gateway, number, line)
            self.connection.close()

    def _event(self, gateway: FakeGateway, event: str) -> None:
        if event == "restart":
            gateway.restart()
        elif "expired" in event:
            gateway.database.sessions.clear()
        else:
            raise AssertionError(f"no such event: {event}")

    def _exchange(self, gateway: FakeGateway, number: int, line: Mapping[str, Any]) -> None:
        request = {**line["request"], "path": self._with_ids(line["request"]["path"])}
        before = _rows(gateway)
        status, headers, body = self._say(request)
        seen = {"status": status, "headers": _headers(headers), "answer": _answer(headers, body)}
        expected = {
            "status": line["status"],
            "headers": _headers(line["headers"]),
            "answer": _recorded_answer(line),
        }
        if "row" in line and line["row"]["state"] != "other rows changed":
            key_id = _key_id(request, body) or _half_made(before, _rows(gateway))
            seen["row"] = _row(before.get(key_id), _rows(gateway).get(key_id))
            expected["row"] = _recorded_row(line["row"], seen["row"]["state"])
        self._learn_id(line.get("answer"), body)
        if seen == expected:
            self.equal += 1
        else:
            wrong = {name: (expected[name], seen[name]) for name in seen if seen[name] != expected[name]}
            self.differences.append(f"{number} {line.get('case', '')}: {line['step']}: {wrong}")

    def _with_ids(self, path: str) -> str:
        for recorded, made in self.ids.items():
            path = path.replace(recorded, made)
        return path

    def _learn_id(self, recorded: Any, body: bytes) -> None:
        if isinstance(recorded, dict) and "-4000-9000-" in str(recorded.get("id")):
            self.ids[recorded["id"]] = str(json.loads(body)["id"])

    def _say(self, request: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
        body: bytes | None = None
        if request.get("body") is not None:
            body = json.dumps(request["body"], ensure_ascii=False).encode("utf-8", "surrogatepass")
        elif "body_text" in request:
            body = request["body_text"].encode("utf-8", "surrogatepass")
        elif "body_base64" in request:
            body = base64.b64decode(request["body_base64"])
        headers = {name: self._with_token(value) for name, value in request["headers"].items()}
        self.connection.request(request["method"], request["path"], body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        if token := re.match("token=([0-9a-f-]+);", found.get("set-cookie", "")):
            self.tokens["TOKEN" if "TOKEN" not in self.tokens else f"TOKEN-{len(self.tokens) + 1}"] = token[1]
        return answer.status, found, content

    def _with_token(self, value: str) -> str:
        return re.sub(r"TOKEN(-\d)?", lambda found: self.tokens.get(found[0], found[0]), value)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: headers[name] for name in ("content-type", "location", "allow", "connection") if name in headers
    }
    if "location" in kept:
        kept["location"] = _HOST.sub("", kept["location"])
        kept.pop("content-type", None)
    if "set-cookie" in headers:
        cookie = re.sub("^token=[^;]+", "token=SOME", headers["set-cookie"])
        kept["set-cookie"] = re.sub("expires=[^;]+", "expires=DATE", cookie)
    return kept


def _answer(headers: Mapping[str, str], body: bytes) -> Any:
    if headers.get("content-type") != "application/json" or not body:
        return body.decode()
    return _reduced(json.loads(body.decode("utf-8", "replace")))


def _recorded_answer(line: Mapping[str, Any]) -> Any:
    if "answer_base64" in line:
        return _reduced(json.loads(base64.b64decode(line["answer_base64"]).decode("utf-8", "replace")))
    return _reduced(line["answer"]) if "answer" in line else line.get("answer_text", "")


def _reduced(value: Any, name: str = "") -> Any:
    """Return the response without what a gateway makes up: hashes, new ids, virtual keys, its sentences."""
    if isinstance(value, dict):
        members = {key: _reduced(member, key) for key, member in value.items() if key != "provider_status"}
        keys = members.get("keys")
        if isinstance(keys, list) and "virtual_key_id" in members:
            keys.sort(key=lambda key: key["key_id"])
        return members
    if isinstance(value, list):
        members = [_reduced(member) for member in value]
        if members and isinstance(members[0], dict) and "key_id" in members[0]:
            members.sort(key=lambda member: member["key_id"])  # the order of providers is random
        return members
    if name == "message":
        found = next((each for each in _SENTENCES if value.startswith(each)), "")
        return found or ("already exists" if "already exists" in value else "a sentence")
    if name == "description":
        return "a sentence" if value else value
    if isinstance(value, str):
        if value.startswith("sk-bf-"):
            return "VIRTUAL KEY"
        if _HASH.fullmatch(value):
            return "HASH"
        return "NEW ID" if _NEW_ID.fullmatch(value) and "-4000-8000-" not in value else value
    return value


def _rows(gateway: FakeGateway) -> dict[str, dict[str, Any]]:
    rows = gateway.api.database.rows if gateway.api.database is not None else []
    return {row.key.id: row.key.row(row.provider) for row in rows}


def _key_id(request: Mapping[str, Any], body: bytes) -> str:
    """Return the key that a request is about."""
    from urllib.parse import unquote

    _, _, part = request["path"].partition("/keys/")
    if part and request["method"] != "POST":
        return unquote(part)
    try:
        return str(json.loads(body)["id"])
    except (ValueError, KeyError):
        return ""


def _half_made(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return the key that a refused request left in the database nevertheless."""
    return next((key_id for key_id in after if key_id not in before), "")


def _row(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    if before is None or after is None:
        state = "none" if before is after else ("new" if before is None else "gone")
        masks = _masked_columns(after) if state == "new" else []
        return {"state": state, **({"masks": masks} if masks else {})}
    said: dict[str, Any] = {"state": "same" if before == after else "changed"}
    said["secret"] = "same" if before["value"] == after["value"] else "changed"
    destroyed = [name for name in _masked_columns(after) if name not in _masked_columns(before)]
    if "value" in destroyed:
        said["secret"] = "destroyed"
    return said | ({"destroyed": destroyed} if destroyed else {})


def _masked_columns(row: Mapping[str, Any] | None) -> list[str]:
    columns = row or {}
    return sorted(
        _column(name)
        for name, value in columns.items()
        if isinstance(value, str) and name not in ("aliases", "name", "provider") and is_mask(value)
    )


def _column(name: str) -> str:
    return "bedrock_role_session_name" if name == "bedrock_session_name" else name


def _recorded_row(row: Mapping[str, Any], seen: str) -> dict[str, Any]:
    """Return the row's fate, without columns that discovery writes; two aliases may change places, or not."""
    kept = {name: row[name] for name in ("state", "secret", "destroyed", "masks") if name in row}
    columns = set(row.get("columns", ())) - {"status", "description"}
    if row["state"] == "changed" and not columns - {"aliases_json"}:
        kept["state"] = seen if columns else "same"
    return kept


def topics() -> Iterator[tuple[str, str]]:
    """Return every recorded release and topic."""
    for path in sorted(FOLDER.glob("*.jsonl")):
        release, _, topic = path.stem.partition("-")
        yield release, topic
