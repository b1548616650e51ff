"""What a change changes in a key, a field a line, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields import CONFIG_BY_NAME
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.secrets.redaction import mask_for_diff
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.results import Difference

_ABSENT: Final = object()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """The fields that differ, one a line, secrets masked by their path."""
    found = []
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if name in CONFIG_BY_NAME and (isinstance(before, Mapping) or isinstance(after, Mapping)):
            inner_old = before if isinstance(before, Mapping) else {}
            inner_new = after if isinstance(after, Mapping) else {}
            found += [
                _difference((name, part), inner_old.get(part, _ABSENT), inner_new.get(part, _ABSENT))
                for part in dict.fromkeys([*inner_old, *inner_new])
                if not same(inner_old.get(part, _ABSENT), inner_new.get(part, _ABSENT))
            ]
        elif not same(before, after):
            found.append(_difference((name,), before, after, old, new))
    return found


def _difference(
    path: tuple[str, ...],
    before: Any,
    after: Any,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> Difference:
    def text(value: Any, entry: Mapping[str, Any] | None) -> str | None:
        if value is _ABSENT:
            return None
        return json.dumps(mask_for_diff(path, value, entry), ensure_ascii=False)

    return Difference(".".join(shown_name(name) for name in path), text(before, old), text(after, new))
