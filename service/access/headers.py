"""Headers that keep browsers from doing with our answers what they are not meant for."""

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"
DRAWING = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
HTTPS_ONLY = "max-age=31536000"


def page_policy(nonce: str) -> str:
    """What a page may load: its own files, and inline parts only with this nonce."""
    return (
        "default-src 'none'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the headers to every answer; what a route says itself stands."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["csp_nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), scope, nonce)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _add(headers: MutableHeaders, scope: Scope, nonce: str) -> None:
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    kind = headers.get("content-type", "")
    if kind.startswith("text/html"):
        headers.setdefault("Content-Security-Policy", page_policy(nonce))
        headers.setdefault("Cache-Control", "no-cache")
    elif kind.startswith("image/svg"):
        headers.setdefault("Content-Security-Policy", DRAWING)
    else:
        headers.setdefault("Content-Security-Policy", NOTHING)
    if scope["path"].startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
    if scope["scheme"] == "https":
        headers.setdefault("Strict-Transport-Security", HTTPS_ONLY)
