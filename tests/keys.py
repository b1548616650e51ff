"""The smallest valid keys, for tests that change one member of them."""

from __future__ import annotations

from typing import Any

from tests.sentinel import SHORT_SECRET

REFERENCE: dict[str, Any] = {"id": "i", "name": "one", "value": "env.KEY", "models": ["*"], "weight": 1}
LITERAL: dict[str, Any] = {**REFERENCE, "value": SHORT_SECRET, "enabled": True}
