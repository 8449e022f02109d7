"""The certificate with which the service speaks HTTPS itself."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from service.errors import MisuseError, ServeError


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM: a certificate with its chain, and its key."""

    certificate: Path
    key: Path


def read_tls(certificate: Path | None, key: Path | None) -> Tls | None:
    """Both files, tried; None without any.

    Raises MisuseError for one without the other, ServeError for files that cannot be used.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise MisuseError("HTTPS wants both --tls-cert and --tls-key, got only one of them")
    for path in (certificate, key):
        try:
            path.read_bytes()
        except OSError as error:
            raise ServeError(f"{path} cannot be read: {error.strerror}") from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or "not a certificate and its key in PEM"
        raise ServeError(
            f"{certificate} and {key} cannot be used: {str(reason).replace('_', ' ').lower()};"
            " wanted a certificate and its unencrypted key"
        ) from error
    return Tls(certificate, key)
