"""Parse the URL of a server, and encode the parts of a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from bifrost_keys.errors import InvalidInputError, UsageError

_PORTS: Final = {"http": 80, "https": 443}
_URL = re.compile(r"[\x21-\x7e]+")
_HOST_NAME = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_-]+)*\.?")
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)*")
_KEPT: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_EXAMPLE: Final = "use the form https://HOST, https://HOST:PORT or https://HOST/PREFIX"


@dataclass(frozen=True)
class Address:
    """The address of a server. ``base_path`` is empty or begins with a slash, and never ends with one."""

    scheme: str
    host: str
    port: int
    base_path: str = ""

    @property
    def authority(self) -> str:
        """The host, with the port unless it is the scheme's default; IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The normalised URL, without a trailing slash, for output and comparison."""
        return f"{self.scheme}://{self.authority}{self.base_path}"

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine: ``localhost``, 127.0.0.0/8 or ``::1``."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def unencrypted(self) -> bool:
        """Whether requests leave this machine unencrypted."""
        return self.scheme == "http" and not self.loopback


def parse_address(url: str, *, allow_http: bool = False) -> Address:
    """Parse a URL.

    Raise UsageError if the URL is malformed, contains user information, a query or a fragment, or is plain
    http to another machine without ``allow_http``. The error does not repeat the URL, which may contain a
    password.
    """
    if not url:
        raise _refused("is empty", _EXAMPLE)
    if not _URL.fullmatch(url):
        raise _refused("contains white space, a control character or a non-ASCII character", _EXAMPLE)
    if "?" in url or "#" in url:
        raise _refused("contains a query or a fragment", _EXAMPLE)
    scheme, colon, rest = url.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in _PORTS:
        raise _refused("does not begin with http:// or https://", _EXAMPLE)
    if "@" in rest.partition("/")[0] or "\\" in rest:
        raise _refused(
            "contains user information", "use --user, --password-file or --token-file for credentials"
        )
    host, port = _host_and_port(scheme, url)
    address = Address(scheme, host, port, _base_path(rest))
    if address.unencrypted and not allow_http:
        raise UsageError(
            f"plain http to {address.authority} would send credentials and secrets unencrypted",
            code="plain-http",
            hint="use https, or add --allow-http if you trust the network",
        )
    return address


def encode_part(text: str) -> str:
    """Percent-encode a name or an id as one segment of a path.

    Every byte is encoded except letters, digits, ``_`` and ``-``. Dots are encoded because proxies and
    libraries resolve ``..``, which the gateway accepts as an id. Raise InvalidInputError for an empty text,
    which would address the whole list.
    """
    if not text:
        raise InvalidInputError("an empty name or id cannot be addressed at a gateway", code="id-empty")
    data = text.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _KEPT else f"%{byte:02X}" for byte in data)


def _host_and_port(scheme: str, url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("has an invalid host or port", _EXAMPLE) from None
    if port == 0 or (port is None and parts.netloc.endswith(":")):
        raise _refused("has an invalid port", _EXAMPLE)
    if ":" in host:
        try:
            host = str(IPv6Address(host))
        except ValueError:
            raise _refused("has an invalid IPv6 address", _EXAMPLE) from None
    elif not _HOST_NAME.fullmatch(host):
        raise _refused("has an invalid host", _EXAMPLE)
    return host, port or _PORTS[scheme]


def _base_path(rest: str) -> str:
    _, slash, path = rest.partition("/")
    path = (slash + path).rstrip("/")
    segments = re.sub("(?i)%2e", ".", path).split("/")
    if not _PATH.fullmatch(path) or "." in segments or ".." in segments:
        raise _refused("has an invalid path", _EXAMPLE)
    return path


def _refused(what: str, hint: str) -> UsageError:
    return UsageError(f"the URL {what}", code="url-invalid", field="gateway", hint=hint)
