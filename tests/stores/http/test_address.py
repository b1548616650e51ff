"""Parse URLs, refuse malformed ones without repeating them, and build paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.errors import InvalidInputError, UsageError
from bifrost_keys.stores.http.address import Address, encode_part, parse_address
from bifrost_keys.stores.http.proxies import proxy_for

PROXY = {"HTTPS_PROXY": "http://proxy.invalid:3128"}


@pytest.mark.parametrize(
    ("url", "address", "shown"),
    [
        ("https://gateway.invalid", Address("https", "gateway.invalid", 443), "https://gateway.invalid"),
        ("https://gateway.invalid/", Address("https", "gateway.invalid", 443), "https://gateway.invalid"),
        (
            "HTTPS://Gateway.Invalid:8443/Bifrost//",
            Address("https", "gateway.invalid", 8443, "/Bifrost"),
            "https://gateway.invalid:8443/Bifrost",
        ),
        ("http://localhost:8080", Address("http", "localhost", 8080), "http://localhost:8080"),
        ("http://127.9.8.7", Address("http", "127.9.8.7", 80), "http://127.9.8.7"),
        ("http://[::1]:8080/a/b", Address("http", "::1", 8080, "/a/b"), "http://[::1]:8080/a/b"),
        ("https://[2001:DB8::0:1]", Address("https", "2001:db8::1", 443), "https://[2001:db8::1]"),
        (
            "https://my_host-1.internal.",
            Address("https", "my_host-1.internal.", 443),
            "https://my_host-1.internal.",
        ),
        ("https://h/%7Euser/a%2Fb", Address("https", "h", 443, "/%7Euser/a%2Fb"), "https://h/%7Euser/a%2Fb"),
    ],
)
def test_a_url_is_taken_apart(url: str, address: Address, shown: str) -> None:
    parsed = parse_address(url)
    assert parsed == address
    assert parsed.url == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gateway",
        "localhost:8080",
        "//localhost",
        "ftp://localhost",
        "https:/localhost",
        "https://",
        "https:///x",
        "https://user@localhost",
        "https://user:SENTINEL@localhost",
        "https://:SENTINEL@localhost",
        "https://localhost\\@SENTINEL",
        "https://localhost/?",
        "https://localhost?key=SENTINEL",
        "https://localhost#SENTINEL",
        "https://localhost/a#",
        "https://local host",
        "https://localhost\n",
        "https://\u043b\u043e\u043a",
        "https://localhost:",
        "https://localhost:0",
        "https://localhost:65536",
        "https://localhost:SENTINEL",
        "https://[::1",
        "https://[::g]",
        "https://[SENTINEL]",
        "https://-host",
        "https://a..b",
        "https://h/a//b",
        "https://h/a/../b",
        "https://h/%2e%2E/b",
        "https://h/.",
        "https://h/%zz",
        "https://h/a|b",
    ],
)
def test_a_malformed_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(url, allow_http=True)

    assert (caught.value.exit_code, caught.value.code) == (2, "url-invalid")
    assert "SENTINEL" not in f"{caught.value.message} {caught.value.hint}"
    assert "local" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.255.0.1", "[::1]"])
def test_plain_http_is_fine_on_this_machine(host: str) -> None:
    address = parse_address(f"http://{host}:8080")
    assert (address.loopback, address.unencrypted) == (True, False)


@pytest.mark.parametrize(
    "host",
    ["gateway", "localhost.evil.invalid", "127.0.0.1.evil.invalid", "127.1", "10.0.0.1", "[::2]", "0.0.0.0"],
)
def test_plain_http_to_another_machine_has_to_be_allowed(host: str) -> None:
    with pytest.raises(UsageError, match="unencrypted") as caught:
        parse_address(f"http://{host}:8080")
    assert (caught.value.code, caught.value.exit_code) == ("plain-http", 2)

    address = parse_address(f"http://{host}:8080", allow_http=True)
    assert (address.loopback, address.unencrypted) == (False, True)
    assert not parse_address(f"https://{host}").unencrypted


@pytest.mark.parametrize(
    ("part", "encoded"),
    [
        ("0000-4A_z", "0000-4A_z"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("a/b", "a%2Fb"),
        ("k?q#h", "k%3Fq%23h"),
        ("a b+c%", "a%20b%2Bc%25"),
        ("k%2Fz", "k%252Fz"),
        ("~t", "%7Et"),
        ("\u043a\u043b", "%D0%BA%D0%BB"),
        ("\r\nX: y", "%0D%0AX%3A%20y"),
    ],
)
def test_a_part_of_a_path_is_encoded_byte_by_byte(part: str, encoded: str) -> None:
    assert encode_part(part) == encoded


@given(st.text(min_size=1))
def test_an_encoded_part_is_one_part_and_comes_back(part: str) -> None:
    from urllib.parse import unquote_to_bytes

    encoded = encode_part(part)
    assert set(encoded) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-%")
    assert unquote_to_bytes(encoded) == part.encode("utf-8", "surrogatepass")


def test_an_empty_part_would_address_the_list() -> None:
    with pytest.raises(InvalidInputError):
        encode_part("")


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://h.invalid", PROXY, "http://proxy.invalid:3128"),
        ("https://h.invalid", {"https_proxy": "proxy.invalid:1"}, "http://proxy.invalid:1"),
        ("https://h.invalid", {"HTTP_PROXY": "http://p", "ALL_PROXY": "http://p"}, None),
        ("https://h.invalid", {"HTTPS_PROXY": ""}, None),
        ("http://h.invalid", PROXY, None),
        ("https://localhost", PROXY, None),
        ("https://127.0.0.5", PROXY, None),
        ("https://[::1]", PROXY, None),
        ("https://h.invalid", PROXY | {"NO_PROXY": "*"}, None),
        ("https://h.invalid", PROXY | {"NO_PROXY": "other, h.invalid"}, None),
        ("https://a.h.invalid", PROXY | {"no_proxy": ".h.invalid"}, None),
        ("https://a.h.invalid", PROXY | {"no_proxy": "*.h.invalid"}, None),
        ("https://a.h.invalid", PROXY | {"no_proxy": "H.invalid"}, None),
        ("https://ah.invalid", PROXY | {"no_proxy": "h.invalid"}, PROXY["HTTPS_PROXY"]),
        ("https://h.invalid:8443", PROXY | {"no_proxy": "h.invalid:443"}, PROXY["HTTPS_PROXY"]),
        ("https://h.invalid", PROXY | {"no_proxy": "h.invalid:443"}, None),
        ("https://10.1.2.3", PROXY | {"no_proxy": "10.0.0.0/8"}, None),
        ("https://11.1.2.3", PROXY | {"no_proxy": "10.0.0.0/8"}, PROXY["HTTPS_PROXY"]),
        ("https://[2001:db8::1]", PROXY | {"no_proxy": "[2001:db8::1]"}, None),
        ("https://h.invalid", PROXY | {"no_proxy": ",, "}, PROXY["HTTPS_PROXY"]),
    ],
)
def test_the_proxy_is_only_for_https_to_other_machines(
    url: str, environment: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(parse_address(url, allow_http=True), environment) == proxy
