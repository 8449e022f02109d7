"""Signatures of webhooks, after the Standard Webhooks specification (HMAC-SHA256, timestamp)."""

import base64
import binascii
import hashlib
import hmac
import secrets

MARK = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret that nobody can guess."""
    return MARK + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secret: str, message_id: str, timestamp_s: int, body: str) -> dict[str, str]:
    """The headers by which a receiver knows that a message is ours, whole and fresh."""
    signed = f"{message_id}.{timestamp_s}.{body}".encode()
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    """Secrets of our own making are base64; any other text is taken as it is."""
    if secret.startswith(MARK):
        try:
            return base64.b64decode(secret.removeprefix(MARK), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()
