"""Errors for changes at a gateway; each says whether the change took effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bifrost_keys.errors import BifrostKeysError, ConflictError, InvalidInputError, IOFailureError

_LOOK: Final = "see keys get, and try again"


@contextmanager
def nothing_sent() -> Iterator[None]:
    """Mark every error of the block: the change was not sent."""
    try:
        yield
    except BifrostKeysError as error:
        error.applied = False
        raise


def marked(error: BifrostKeysError, *, applied: bool | None) -> BifrostKeysError:
    """Return the error, marked with whether the change took effect."""
    error.applied = applied
    return error


def deleted_meanwhile(label: str, *, applied: bool | None = False) -> BifrostKeysError:
    """Return the error for a key that was deleted after it was read."""
    error = ConflictError(f"{label} was deleted in the meantime", code="key-deleted-meanwhile", hint=_LOOK)
    return marked(error, applied=applied)


def changed_meanwhile(
    label: str, members: Sequence[str], *, applied: bool | None = False
) -> BifrostKeysError:
    """Return the error for a key that was changed after it was read; it names members, never values."""
    error = ConflictError(
        f"{label} was changed in the meantime: {', '.join(members)}",
        code="key-changed-meanwhile",
        field=members[0],
        hint=_LOOK,
    )
    return marked(error, applied=applied)


def mask_foreign(label: str, paths: Sequence[str]) -> BifrostKeysError:
    """Return the error for a mask of another secret, or of another gateway, which would become the secret."""
    return InvalidInputError(
        f"{label}: {', '.join(paths)} is known only as a mask, which would become the secret",
        code="mask-foreign",
        field=paths[0],
        hint="use the secret itself, or a reference",
    )


def mask_cut(label: str, paths: Sequence[str]) -> BifrostKeysError:
    """Return the error for a mask that is cut within a character, and would become the secret."""
    return ConflictError(
        f"{label}: the mask of {', '.join(paths)} is cut within a character and would become the secret",
        code="mask-cut",
        field=paths[0],
        hint="give the secret together with this change",
    )


def not_as_wanted(label: str, members: Sequence[str], *, answered: bool) -> BifrostKeysError:
    """Return the error for a write that was accepted, while the gateway shows other values.

    ``answered``: in its response already.
    """
    unknown = "this release may not support the value, or may change it"
    rival = "someone else may have changed it at that moment, or another node responded"
    error = ConflictError(
        f"{label} was written, but the gateway shows other values for {', '.join(members)}",
        code="key-not-as-wanted",
        field=members[0],
        hint=unknown if answered else rival,
    )
    return marked(error, applied=True)


def not_shown(label: str, *, deleted: bool) -> BifrostKeysError:
    """Return the error for a write that was accepted, while the key is missing or a deleted one is shown."""
    what = (
        "deleted, but the gateway still shows it" if deleted else "written, but the gateway does not show it"
    )
    error = ConflictError(
        f"{label} was {what}",
        code="key-changed-meanwhile",
        hint="someone else may have changed it at that moment, or another node responded",
    )
    return marked(error, applied=True)


def not_looked_at(label: str, failure: BifrostKeysError) -> BifrostKeysError:
    """Return the error for a write that was accepted, but could not be read back."""
    error = IOFailureError(
        f"{label} was written, but could not be read back: {failure.message}", code=failure.code
    )
    return marked(error, applied=True)


def not_stored(label: str, failure: BifrostKeysError) -> BifrostKeysError:
    """Return the error for a POST without a clear response: the key is missing but may be in the database."""
    return _retold(
        failure,
        f"{label} is not stored at this node; its name may be taken, and it may appear at the next start",
    )


def not_in_effect(label: str, failure: BifrostKeysError) -> BifrostKeysError:
    """Return the error for a PUT or DELETE without a clear response or effect; it may be in the database."""
    return _retold(failure, f"{label}: the change is not in effect now, but may be after the next start")


def cannot_be_told(what: str, failure: BifrostKeysError) -> BifrostKeysError:
    """Return the error for a write without a clear response whose effect cannot be determined."""
    return _retold(failure, f"it is unknown whether {what} took effect")


def _retold(failure: BifrostKeysError, found: str) -> BifrostKeysError:
    """Return the failure with what was found afterwards; its kind, and so its exit code, stays."""
    error = type(failure)(f"{found} ({failure.message})", code=failure.code, hint=failure.hint)
    return marked(error, applied=None)
