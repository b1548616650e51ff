"""Every literal secret of an entry is found, however it is spelled."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.secrets.addresses import address_secrets, masked_address
from bifrost_keys.gateway.secrets.literals import hidden_texts, literal_secrets
from bifrost_keys.gateway.secrets.masking import MASK

STARS = "*" * 24


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"value": "SENTINEL"}, [(("value",), "SENTINEL", True)]),
        ({"value": "env.K"}, []),
        ({"value": ""}, []),
        ({"value": None}, []),
        ({"VALUE": "SENTINEL"}, [(("VALUE",), "SENTINEL", False)]),
        ({"value": 4711}, [(("value",), "4711", False)]),
        ({"value": True}, [(("value",), "true", False)]),
        ({"value": {"value": "SENTINEL"}}, [(("value",), '{"value":"SENTINEL"}', False)]),
        (
            {"azure_key_config": {"client_secret": "SENTINEL", "client_id": "who", "endpoint": "https://h"}},
            [(("azure_key_config", "client_secret"), "SENTINEL", True)],
        ),
        (
            {"Vertex_Key_Config": {"auth_credentials": "SENTINEL"}},
            [(("Vertex_Key_Config", "auth_credentials"), "SENTINEL", False)],
        ),
        (
            {"ollama_key_config": {"url": "http://u:SENTINEL@h/?token=SENTINEL2"}},
            [
                (("ollama_key_config", "url"), "SENTINEL", False),
                (("ollama_key_config", "url"), "SENTINEL2", False),
            ],
        ),
        ({"ollama_key_config": "SENTINEL", "note": "SENTINEL"}, []),
    ],
)
def test_literals_are_found_where_they_are(entry: dict[str, Any], found: list[Any]) -> None:
    literals = literal_secrets(entry)
    assert [(each.path, each.text, not each.obstacle) for each in literals] == found
    assert all(bool(each.obstacle) is bool(each.hint) for each in literals)
    assert "SENTINEL" not in repr(literals)


def test_every_text_that_is_never_shown_is_hidden() -> None:
    entry = {
        "name": "name-0001",
        "value": "SENTINEL-1",
        "models": ["model-0001"],
        "aliases": {"alias": "target-0001"},
        "azure_key_config": {"client_id": "who-0001", "tenant_id": "env.TENANT", "endpoint": "https://h"},
        "Bedrock_Key_Config": {"SECRET_KEY": "SENTINEL-2", "odd": "sk-SENTINEL-3", "region": "us-east-1"},
        "sgl_key_config": {"url": "http://h/?pwd=SENTINEL-4"},
        "team": "openai",
        "api_key": ["sk-SENTINEL-5"],
        "short": "sk-",
    }
    assert hidden_texts(entry) == {
        *(f"SENTINEL-{n}" for n in (1, 2, 4)),
        *("who-0001", "sk-SENTINEL-3", "sk-SENTINEL-5"),
    }


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://h:8000/v1/models?limit=1000&api-version=2024-10-21#top", None),
        ("https://my-resource.openai.azure.com", None),
        ("https://h/a/b@c?q=d@e", None),
        ("us-central1", None),
        ("my-project-123456", None),
        ("https://h/?pass=SENTINEL", f"https://h/?pass={MASK}"),
        ("https://h/?pwd=SENTINEL&x=1", f"https://h/?pwd={MASK}&x=1"),
        ("https://h/?credential=SENTINEL", f"https://h/?credential={MASK}"),
        ("https://h/?X-Amz-Credential=SENTINEL;y=1", f"https://h/?X-Amz-Credential={MASK};y=1"),
        ("https://h/?sas=SENTINEL#token=SENTINEL", f"https://h/?sas={MASK}#token={MASK}"),
        ("https://h/#access_token=SENTINEL&x=y", f"https://h/#access_token={MASK}&x=y"),
        ("http://h/v1/sk-SENTINEL/x", f"http://h/v1/{MASK}/x"),
        ("http://h/?x=sk-SENTINEL", f"http://h/?x={MASK}"),
        ("http://h/0123456789abcdef0123456789SENTINEL", f"http://h/{MASK}"),
        ("http://sk-SENTINEL", f"http://{MASK}"),
        ("http://SENTINEL@h", f"http://{MASK}@h"),
        ("sk-SENTINEL-0123456789abcdef", f"sk-S{STARS}cdef"),
    ],
)
def test_a_secret_in_an_address_is_masked_wherever_it_is(address: str, shown: str | None) -> None:
    assert masked_address(address) == (address if shown is None else shown)
    secrets = address_secrets(address)
    assert bool(secrets) is (shown is not None)
    assert all("SENTINEL" in secret for secret in secrets)
