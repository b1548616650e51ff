"""Errors for changes at a gateway; each says whether the change took effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bifrost_keys.errors import BifrostKeysError, ConflictError, InvalidInputError, IOFailureError

_LOOK: Final = "look at the key and try again"


@contextmanager
def nothing_sent() -> Iterator[None]:
    """Mark every error of the block: the change was not sent."""
    try:
        yield
    except BifrostKeysError as error:
        error.applied = False
        raise


def marked(error: BifrostKeysError, *, applied: bool | None) -> BifrostKeysError:
    """The error, which says whether the change took effect."""
    error.applied = applied
    return error


def deleted_meanwhile(label: str, *, applied: bool | None = False) -> BifrostKeysError:
    """The key that was read is not there any more."""
    error = ConflictError(f"{label} was deleted meanwhile", code="key-deleted-meanwhile", hint=_LOOK)
    return marked(error, applied=applied)


def changed_meanwhile(
    label: str, members: Sequence[str], *, applied: bool | None = False
) -> BifrostKeysError:
    """The key that was read is another now; names members, never values."""
    error = ConflictError(
        f"{label} was changed meanwhile: {', '.join(members)}",
        code="key-changed-meanwhile",
        field=members[0],
        hint=_LOOK,
    )
    return marked(error, applied=applied)


def mask_foreign(label: str, paths: Sequence[str]) -> BifrostKeysError:
    """A mask of another secret, or of another gateway, would become the secret."""
    return InvalidInputError(
        f"{label}: {', '.join(paths)} is only known masked, and the mask would become the secret",
        code="mask-foreign",
        field=paths[0],
        hint="give the secret itself, or a reference",
    )


def mask_cut(label: str, paths: Sequence[str]) -> BifrostKeysError:
    """A mask that is cut within a character would become the secret."""
    return ConflictError(
        f"{label}: the mask of {', '.join(paths)} is cut within a character, and would become the secret",
        code="mask-cut",
        field=paths[0],
        hint="give the secret together with this change",
    )


def not_as_wanted(label: str, members: Sequence[str], *, answered: bool) -> BifrostKeysError:
    """The write was taken, and the gateway shows something else; ``answered``: at once, in its answer."""
    unknown = "this release may not know what was set, or changes it"
    rival = "someone else may have changed it at that moment, or another node answered"
    error = ConflictError(
        f"{label} was written, and the gateway shows something else for {', '.join(members)}",
        code="key-not-as-wanted",
        field=members[0],
        hint=unknown if answered else rival,
    )
    return marked(error, applied=True)


def not_shown(label: str, *, deleted: bool) -> BifrostKeysError:
    """The write was taken, and looking again finds no key, or finds a deleted one."""
    what = (
        "deleted, and the gateway shows it again" if deleted else "written, and the gateway does not show it"
    )
    error = ConflictError(
        f"{label} was {what}",
        code="key-changed-meanwhile",
        hint="someone else may have changed it at that moment, or another node answered",
    )
    return marked(error, applied=True)


def not_looked_at(label: str, failure: BifrostKeysError) -> BifrostKeysError:
    """The write was taken, and could not be looked at again."""
    error = IOFailureError(
        f"{label} was written, but could not be looked at again: {failure.message}", code=failure.code
    )
    return marked(error, applied=True)


def not_stored(label: str, failure: BifrostKeysError) -> BifrostKeysError:
    """A POST without a good answer, whose key is not found: it can be in the database all the same."""
    return _retold(
        failure,
        f"{label} is not stored at this node; its name may be taken, and it may come with the next start",
    )


def not_in_effect(label: str, failure: BifrostKeysError) -> BifrostKeysError:
    """A PUT or DELETE without a good answer that shows no effect: the database can have it all the same."""
    return _retold(failure, f"{label}: not in effect now; may come with the next start")


def cannot_be_told(what: str, failure: BifrostKeysError) -> BifrostKeysError:
    """A write without a good answer that looking again does not clear up."""
    return _retold(failure, f"it cannot be told whether {what} took effect")


def _retold(failure: BifrostKeysError, found: str) -> BifrostKeysError:
    """The failure with what was found by looking again; its kind, hence its exit code, stays."""
    error = type(failure)(f"{found} ({failure.message})", code=failure.code, hint=failure.hint)
    return marked(error, applied=None)
