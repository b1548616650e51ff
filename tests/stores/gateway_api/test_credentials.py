"""One credential, from its own sources, refused before any request, and never shown."""

from __future__ import annotations

import traceback
from dataclasses import replace
from itertools import combinations

import pytest

from bifrost_keys.errors import InvalidInputError, UsageError
from bifrost_keys.stores.gateway_api.credentials import (
    Credential,
    CredentialOptions,
    Readers,
    find_credential,
)

TOKEN = "token-SENTINEL-0001"
PASSWORD = "correct SENTINEL battery"
FILES = {
    "token": TOKEN.encode(),
    "token-lf": TOKEN.encode() + b"\n",
    "token-crlf": TOKEN.encode() + b"\r\n",
    "password": PASSWORD.encode() + b"\n",
}
ENVIRONMENT = {
    "BIFROST_GATEWAY_TOKEN": "gateway-SENTINEL",
    "BIFROST_MANAGEMENT_KEY": "management-SENTINEL",
    "BIFROST_SESSION_TOKEN": "session-SENTINEL",
}
READERS = Readers(FILES.__getitem__, lambda: b"stdin-SENTINEL\n")
KINDS = {
    "token": (CredentialOptions(token_file="token"), {}),
    "token variable": (CredentialOptions(), {"BIFROST_MANAGEMENT_KEY": TOKEN}),
    "user": (CredentialOptions(user="admin"), {}),
    "user variable": (CredentialOptions(), {"BIFROST_GATEWAY_USER": "admin"}),
    "password variable": (CredentialOptions(), {"BIFROST_GATEWAY_PASSWORD": PASSWORD}),
    "setup": (CredentialOptions(setup_token_file="token"), {}),
    "setup variable": (CredentialOptions(), {"BIFROST_SETUP_TOKEN": TOKEN}),
}
NAMES = {
    "token": "--token-file",
    "token variable": "BIFROST_MANAGEMENT_KEY",
    "user": "--user",
    "user variable": "BIFROST_GATEWAY_USER",
    "password variable": "BIFROST_GATEWAY_PASSWORD",
    "setup": "--setup-token-file",
    "setup variable": "BIFROST_SETUP_TOKEN",
}


def test_without_options_there_is_no_credential() -> None:
    found = find_credential(CredentialOptions(), {"BIFROST_GATEWAY_TOKEN": ""}, READERS)
    assert (found, found.secrets) == (Credential(), ())


@pytest.mark.parametrize("path", ["token", "token-lf", "token-crlf"])
def test_one_final_line_end_of_a_file_is_dropped(path: str) -> None:
    found = find_credential(CredentialOptions(token_file=path), {}, READERS)
    assert (found.kind, found.source, found.secret) == ("token", "--token-file", TOKEN)


def test_a_token_comes_from_the_first_of_its_places() -> None:
    places = [*ENVIRONMENT]
    for index, name in enumerate(places):
        left = {each: ENVIRONMENT[each] for each in places[index:]}
        assert find_credential(CredentialOptions(), left, READERS).secret == ENVIRONMENT[name]
    assert find_credential(CredentialOptions(token_file="token"), ENVIRONMENT, READERS).secret == TOKEN
    assert find_credential(CredentialOptions(token_file="-"), ENVIRONMENT, READERS).secret == "stdin-SENTINEL"


def test_user_and_password_come_from_options_variables_or_a_prompt() -> None:
    both = CredentialOptions(user="admin", password_file="password")
    variables = {"BIFROST_GATEWAY_USER": "other", "BIFROST_GATEWAY_PASSWORD": "env SENTINEL"}
    asked: list[str] = []

    def ask(what: str) -> str:
        asked.append(what)
        return "typed SENTINEL"

    found = find_credential(both, variables, READERS)
    assert (found.kind, found.user, found.secret) == ("password", "admin", PASSWORD)
    found = find_credential(CredentialOptions(), variables, READERS)
    assert (found.user, found.secret) == ("other", "env SENTINEL")
    found = find_credential(CredentialOptions(user="admin", password_file="-"), {}, READERS)
    assert found.secret == "stdin-SENTINEL"
    found = find_credential(CredentialOptions(user="admin"), {}, replace(READERS, ask=ask))
    assert (found.secret, asked) == ("typed SENTINEL", ["Gateway password"])


@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_two_kinds_are_refused_and_both_are_named(one: str, other: str) -> None:
    kind, kinds = one.split()[0].replace("password", "user"), other.split()[0].replace("password", "user")
    if kind == kinds:
        return
    options = CredentialOptions(**{**_given(KINDS[one][0]), **_given(KINDS[other][0])})
    with pytest.raises(UsageError) as caught:
        find_credential(options, {**KINDS[one][1], **KINDS[other][1]}, READERS)

    assert (caught.value.code, caught.value.exit_code) == ("credential-twice", 2)
    assert NAMES[one] in caught.value.message
    assert NAMES[other] in caught.value.message


def _given(options: CredentialOptions) -> dict[str, str]:
    return {name: value for name, value in vars(options).items() if value is not None}


def test_every_pair_of_kinds_was_tried() -> None:
    kinds = {name.split()[0].replace("password", "user") for name in KINDS}
    assert len([*combinations(kinds, 2)]) == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"  \n",
        b"to ken",
        b" token",
        b"token\n\n",
        b"token\ttoken",
        b"Bearer token",
        "t\u00f6ken".encode(),
        b"\xff\xfe",
        b"t\x00ken",
        b"t" * 4097,
        b"sk-bf-SENTINEL",
    ],
)
@pytest.mark.parametrize("option", ["token_file", "setup_token_file"])
def test_a_token_that_cannot_be_one_is_refused(data: bytes, option: str) -> None:
    readers = Readers(lambda path: data, lambda: b"")
    with pytest.raises(InvalidInputError) as caught:
        find_credential(CredentialOptions(**{option: "x"}), {}, readers)

    assert (caught.value.code, caught.value.exit_code) == ("credential-invalid", 65)
    assert caught.value.message.startswith(f"--{option.replace('_', '-')}: ")
    assert "SENTINEL" not in caught.value.message


def test_a_token_of_4_kib_is_one() -> None:
    readers = Readers(lambda path: b"t" * 4096 + b"\n", lambda: b"")
    assert len(find_credential(CredentialOptions(token_file="x"), {}, readers).secret) == 4096


@pytest.mark.parametrize("data", [b"", b"\n", b" \n", b"two\nlines", b"p\x00", b"p" * 4097, b"\xff"])
def test_a_password_that_cannot_be_one_is_refused(data: bytes) -> None:
    readers = Readers(lambda path: data, lambda: b"")
    with pytest.raises(InvalidInputError, match="--password-file"):
        find_credential(CredentialOptions(user="admin", password_file="x"), {}, readers)


@pytest.mark.parametrize("user", ["", " ", "a:b", "a\nb"])
def test_a_user_that_cannot_be_one_is_refused(user: str) -> None:
    with pytest.raises(InvalidInputError, match="--user"):
        find_credential(CredentialOptions(user=user, password_file="password"), {}, READERS)


def test_a_missing_part_is_reported() -> None:
    with pytest.raises(UsageError) as caught:
        find_credential(CredentialOptions(password_file="password"), {}, READERS)
    assert caught.value.code == "user-missing"
    with pytest.raises(UsageError) as caught:
        find_credential(CredentialOptions(user="admin"), {}, READERS)
    assert caught.value.code == "password-missing"


def test_a_credential_is_never_shown() -> None:
    found = Credential("password", "--password-file", "admin", PASSWORD)
    assert repr(found) == str(found) == "Credential(kind='password', source='--password-file')"
    assert found.secrets == (PASSWORD, "YWRtaW46Y29ycmVjdCBTRU5USU5FTCBiYXR0ZXJ5")
    assert "SENTINEL" not in f"{[found]}"
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(found)
    assert "battery" not in "".join(traceback.format_exception(caught.value))
