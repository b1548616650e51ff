"""TLS settings of a connection. Certificates are always verified. Only ``transport`` uses this module."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Never

from bifrost_keys.errors import InvalidInputError, UsageError


@dataclass(frozen=True)
class TlsFiles:
    """PEM files: CA certificates to trust besides the system's, and the client's certificate and key."""

    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Create the context for a verified connection with TLS 1.2 or later.

    As always with OpenSSL, ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` replace the system's certificates. Raises
    InvalidInputError for an unusable file, UsageError for a key without a certificate.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.ca_file is not None:
        try:
            context.load_verify_locations(cafile=files.ca_file)
        except (OSError, ValueError):
            raise _unusable("--ca-file", "cannot be read as PEM certificates") from None
    if files.client_cert is not None:
        try:
            context.load_cert_chain(files.client_cert, files.client_key, password=_no_password)
        except (OSError, ValueError):
            what = "cannot be read as a PEM certificate with its key"
            raise _unusable("--client-cert", what) from None
    elif files.client_key is not None:
        raise UsageError("--client-key needs --client-cert", code="client-cert-missing")
    return context


def _no_password() -> Never:
    # Without this callback OpenSSL would prompt at the terminal.
    raise _unusable("--client-key", "is encrypted: decrypt it, and make it readable only by its owner")


def _unusable(option: str, what: str) -> InvalidInputError:
    return InvalidInputError(f"the file of {option} {what}", code="tls-file-unusable", field=option)
