"""The kinds of error, each with a stable code and an exit code.

An error is raised where the fact is known and caught once, in the command line. Its message says what was
refused and for which name, in lower case and without the refused value; its hint is the next step. No error
ever contains a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bifrost_keys.gateway.rules.fault import Fault
    from bifrost_keys.operations.results import ChangeReport
    from bifrost_keys.stores.protocol import Notice, Receipt

# Not an error: the exit code of a run with --exit-code that found differences.
EXIT_DIFFERENCES: Final = 10


class BifrostKeysError(Exception):
    """A refusal or failure with a stable ``code`` and the process's ``exit_code``."""

    code: str = "internal"
    exit_code: int = 70
    # Whether a change at a gateway took effect; None if no change was requested, or if it is unknown.
    applied: bool | None = None
    # The changes that were made before the error: the store's receipt, and the report made from it.
    receipt: Receipt | None = None
    report: ChangeReport | None = None
    # Warnings to print in addition to the error.
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
    """A key that was tested before writing it does not work, or cannot be tested."""

    code = "key-test-failed"
    exit_code = 1


class UsageError(BifrostKeysError):
    """A wrong command line: an unknown option, two sources for one secret, no terminal for a prompt."""

    code = "usage"
    exit_code = 2


class AccessDeniedError(BifrostKeysError):
    """The operating system denies access."""

    code = "permission-denied"
    exit_code = 3


class NotFoundError(BifrostKeysError):
    """A file, provider or key does not exist."""

    code = "not-found"
    exit_code = 4


class ConflictError(BifrostKeysError):
    """Something already exists, is ambiguous, is referenced elsewhere, or was changed by somebody else."""

    code = "conflict"
    exit_code = 5


class LockTimeoutError(BifrostKeysError):
    """The lock was not obtained in time."""

    code = "lock-timeout"
    exit_code = 6


class UnavailableError(BifrostKeysError):
    """A server cannot be reached, does not respond in time, or is busy."""

    code = "server-unavailable"
    exit_code = 6


class InvalidInputError(BifrostKeysError):
    """The input is invalid; ``faults`` lists everything that is wrong."""

    code = "input-invalid"
    exit_code = 65


class IOFailureError(BifrostKeysError):
    """Reading or writing failed; the old file is intact unless the message begins with "written"."""

    code = "io-failure"
    exit_code = 74


class ConfigUnusableError(BifrostKeysError):
    """``config.json`` cannot be used. ``line`` and ``column`` count from 1; None if unknown."""

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
    """The server at an address is not the expected one, or is not trusted."""

    code = "server-unusable"
    exit_code = 78


class StoppedError(BifrostKeysError):
    """A signal ended the run after some of its changes were made; the exit code is the signal's."""

    code = "run-stopped"

    def __init__(self, message: str, *, exit_code: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code
