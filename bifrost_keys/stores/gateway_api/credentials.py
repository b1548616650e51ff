"""Find the credential for a gateway in a file, on standard input or in the environment."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bifrost_keys.errors import (
    AccessDeniedError,
    InvalidInputError,
    IOFailureError,
    NotFoundError,
    UsageError,
)

MAX_BYTES: Final = 4096
VIRTUAL_KEY_PREFIX: Final = "sk-bf-"
TOKEN_VARIABLES: Final = ("BIFROST_GATEWAY_TOKEN", "BIFROST_MANAGEMENT_KEY", "BIFROST_SESSION_TOKEN")
USER_VARIABLES: Final = ("BIFROST_GATEWAY_USER",)
PASSWORD_VARIABLES: Final = ("BIFROST_GATEWAY_PASSWORD",)
SETUP_TOKEN_VARIABLES: Final = ("BIFROST_SETUP_TOKEN",)

Kind = Literal["none", "token", "password", "setup-token"]
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_A_HEADER = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True)
class CredentialOptions:
    """The command-line options for credentials: paths, ``-`` for standard input, or None."""

    token_file: str | None = None
    user: str | None = None
    password_file: str | None = None
    setup_token_file: str | None = None


@dataclass(frozen=True)
class Readers:
    """Functions to read files, standard input and the terminal; ``ask`` is None without a terminal.

    ``file`` and ``stdin`` read at most ``MAX_BYTES`` and a line end, and raise InvalidInputError for more.
    """

    file: Callable[[str], bytes]
    stdin: Callable[[], bytes]
    ask: Callable[[str], str] | None = None


@dataclass(frozen=True, repr=False)
class Credential:
    """One credential. Its repr shows the kind and the source, never a secret."""

    kind: Kind = "none"
    source: str = ""
    user: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"Credential(kind={self.kind!r}, source={self.source!r})"

    @property
    def basic(self) -> str:
        """The user and password for the header ``Authorization: Basic``."""
        return b64encode(f"{self.user}:{self.secret}".encode()).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """All texts that must not be shown."""
        if self.kind == "none":
            return ()
        return (self.secret, self.basic) if self.kind == "password" else (self.secret,)


def find_credential(
    options: CredentialOptions, environment: Mapping[str, str], readers: Readers
) -> Credential:
    """Return the only credential in the options and the environment; of kind ``none`` without one.

    For each kind, an option goes before a variable, and an empty variable counts as unset. Raise UsageError
    for two kinds, and for a user without a password that can be asked for; InvalidInputError for an invalid
    credential: empty, with white space in a token, over 4 KiB, or a virtual key.
    """
    token = _given("--token-file", options.token_file, environment, TOKEN_VARIABLES)
    user = _given("--user", options.user, environment, USER_VARIABLES)
    password = _given("--password-file", options.password_file, environment, PASSWORD_VARIABLES)
    setup = _given("--setup-token-file", options.setup_token_file, environment, SETUP_TOKEN_VARIABLES)
    kinds = [source.name for source in (token, user or password, setup) if source is not None]
    if len(kinds) > 1:
        raise UsageError(
            f"two credentials for the gateway: {' and '.join(kinds)}",
            code="credential-twice",
            hint="use only one of them; unset a variable that is not intended",
        )
    if token is not None:
        return Credential("token", token.name, secret=_token(_text(token, readers), token.name))
    if setup is not None:
        return Credential("setup-token", setup.name, secret=_token(_text(setup, readers), setup.name))
    if user is None and password is None:
        return Credential()
    return _user_and_password(user, password, readers)


@dataclass(frozen=True, repr=False)
class _Source:
    """An option with its path, or a variable with its value."""

    name: str
    path: str | None = None
    value: str = ""


def _given(
    option: str, given: str | None, environment: Mapping[str, str], variables: tuple[str, ...]
) -> _Source | None:
    if given is not None:
        return _Source(option, path=given, value=given)
    named = next((name for name in variables if environment.get(name)), None)
    return None if named is None else _Source(named, value=environment[named])


def _user_and_password(user: _Source | None, password: _Source | None, readers: Readers) -> Credential:
    if user is None:
        raise UsageError(
            "a password for the gateway was given without a user",
            code="user-missing",
            hint=f"use --user NAME or {USER_VARIABLES[0]}",
        )
    name = user.value
    if not name.strip() or ":" in name or _CONTROL.search(name):
        raise InvalidInputError(
            f"{user.name}: the name of a user must not be empty, or contain a colon or a control character",
            code="user-invalid",
            field=user.name,
        )
    if password is not None:
        return Credential("password", password.name, name, _password(_text(password, readers), password.name))
    if readers.ask is None:
        raise UsageError(
            "no password for the gateway's user was given",
            code="password-missing",
            hint=f"use --password-file PATH or {PASSWORD_VARIABLES[0]}",
        )
    return Credential("password", "prompt", name, _password(readers.ask("Gateway password"), "the password"))


def _text(source: _Source, readers: Readers) -> str:
    """Return the text of a source, without one final line end of a file."""
    if source.path is None:
        return source.value
    try:
        data = readers.stdin() if source.path == "-" else readers.file(source.path)
    except (NotFoundError, AccessDeniedError, IOFailureError, InvalidInputError) as error:
        raise _unusable(source.name, f"cannot be read: {error.message}") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _unusable(source.name, "is not UTF-8") from None
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def _token(text: str, name: str) -> str:
    _bounded(text, name)
    if text.startswith(VIRTUAL_KEY_PREFIX):
        raise _unusable(
            name,
            "is a virtual key, which does not give access to the management API",
            hint="use a session token or a management key, or --user and --password-file",
        )
    if _NOT_IN_A_HEADER.search(text):
        hint = "use only the token, without a word such as Bearer before it"
        raise _unusable(name, "contains white space, a control character or a non-ASCII character", hint=hint)
    return text


def _password(text: str, name: str) -> str:
    _bounded(text, name)
    if _CONTROL.search(text):
        raise _unusable(name, "contains a control character or a second line")
    return text


def _bounded(text: str, name: str) -> None:
    if not text.strip():
        raise _unusable(name, "is empty")
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _unusable(name, "is longer than 4 KiB")


def _unusable(name: str, what: str, *, hint: str | None = None) -> InvalidInputError:
    return InvalidInputError(
        f"{name}: the credential {what}", code="credential-invalid", field=name, hint=hint
    )
