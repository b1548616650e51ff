"""Small valid keys, for tests that change one member of them."""

from __future__ import annotations

from typing import Any

from tests.sentinel import SECRET, SHORT_SECRET

REFERENCE: dict[str, Any] = {"id": "i", "name": "one", "value": "env.KEY", "models": ["*"], "weight": 1}
LITERAL: dict[str, Any] = {**REFERENCE, "value": SHORT_SECRET, "enabled": True}
FIRST: dict[str, Any] = {"name": "first", "value": SHORT_SECRET, "models": ["*"], "weight": 1}
ONE: dict[str, Any] = {**REFERENCE, "id": "id-one", "value": SECRET, "enabled": True}
TWO: dict[str, Any] = {**ONE, "id": "id-two", "name": "two", "enabled": False}
