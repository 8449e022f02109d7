"""HEAD wherever GET is taken: the same answer without its body (RFC 9110, 9.3.2)."""

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

END: Message = {"type": "http.response.body", "body": b""}


class HeadAsGet:
    """Asks the routes by GET and leaves where the body would begin: a stream's may never end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a HEAD; let everything else pass."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_over = False

        async def send_head(message: Message) -> None:
            nonlocal is_over
            await send(message)
            await send(END)
            is_over = True
            raise OSError("a HEAD wants no body")

        try:
            await self._app({**scope, "method": "GET"}, receive, send_head)
        except (ClientDisconnect, OSError):
            if not is_over:
                raise
