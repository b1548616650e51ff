"""The kinds of error, each with a stable code and an exit code.

An error is raised where the fact is known and caught once, at the command line's boundary. Its
message says what was refused and on which name, in lower case and without the refused value; its
hint is the next step. No error ever carries a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bifrost_keys.gateway.rules.fault import Fault
    from bifrost_keys.operations.results import ChangeReport
    from bifrost_keys.stores.protocol import Notice, Receipt

# No error: the exit code of a run that was asked whether there are differences, and found some.
EXIT_DIFFERENCES: Final = 10


class BifrostKeysError(Exception):
    """A refusal or failure with a stable ``code`` and the process's ``exit_code``."""

    code: str = "internal"
    exit_code: int = 70
    # Whether a change at a gateway took effect; None: no change was asked for, or nobody can tell.
    applied: bool | None = None
    # What of several changes was made before: as the store says, and as it is reported.
    receipt: Receipt | None = None
    report: ChangeReport | None = None
    # What went wrong besides, with the end of the run.
    notices: Sequence[Notice] = ()

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        field: str | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field
        self.faults = tuple(faults)
        if code is not None:
            self.code = code


class KeyTestError(BifrostKeysError):
    """A key that was tested before it is written does not work, or cannot be tested."""

    code = "key-test-failed"
    exit_code = 1


class UsageError(BifrostKeysError):
    """Wrong use: an unknown option, two sources for one secret, a missing answer without a terminal."""

    code = "usage"
    exit_code = 2


class AccessDeniedError(BifrostKeysError):
    """The operating system denies reading or writing."""

    code = "permission-denied"
    exit_code = 3


class NotFoundError(BifrostKeysError):
    """No such file, provider or key."""

    code = "not-found"
    exit_code = 4


class ConflictError(BifrostKeysError):
    """Exists already, ambiguous, referenced elsewhere, or changed by somebody else."""

    code = "conflict"
    exit_code = 5


class LockTimeoutError(BifrostKeysError):
    """The lock was not obtained in time."""

    code = "lock-timeout"
    exit_code = 6


class UnavailableError(BifrostKeysError):
    """A server cannot be reached, does not answer in time, or asks to come back later."""

    code = "unavailable"
    exit_code = 6


class InvalidInputError(BifrostKeysError):
    """The input given is invalid; ``faults`` names every one of them."""

    code = "input-invalid"
    exit_code = 65


class IOFailureError(BifrostKeysError):
    """Reading or writing failed; the old file is intact unless the message begins with "written"."""

    code = "io-failure"
    exit_code = 74


class ConfigUnusableError(BifrostKeysError):
    """``config.json`` cannot be used as it is; line and column where they are known (both from 1)."""

    code = "config-unusable"
    exit_code = 78

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        field: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint, field=field)
        self.line = line
        self.column = column


class ServerUnusableError(BifrostKeysError):
    """What answers at an address is not the server that was expected, or is not trusted."""

    code = "server-unusable"
    exit_code = 78


class StoppedError(BifrostKeysError):
    """A signal ended the run when a part of its changes was made; the exit code is the signal's."""

    code = "stopped"

    def __init__(self, message: str, *, exit_code: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code
