"""The login of the pages: paste a key, get a cookie; and the way there for who has none."""

from typing import Annotated
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from service.access.caller import CALLER, SENT_TO_LOGIN, Access, Caller, caller_of, learn_key
from service.access.guard import READING, NotAllowed, is_from_elsewhere, needs
from service.access.keys import key_of_text
from service.access.roles import Role
from service.access.session import COOKIE, LASTS_S, session_text
from service.pages.page import page
from service.routes.problems import Problem, problem_answer, wants_page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
NextQuery = Annotated[str, Query(alias="next", description="Page to go to after the login.")]
SEE_OTHER = 303
MOST_FIELDS = 8


@router.get("/login", dependencies=[needs(Role.PUBLIC)])
def login_page(request: Request, next_page: NextQuery = "/") -> Response:
    """The form; or straight on where access is off."""
    target = own_page(next_page)
    if request.app.state.access is None:
        return RedirectResponse(target, SEE_OTHER)
    return _form(request, target)


@router.post("/login", dependencies=[needs(Role.PUBLIC)])
async def login(request: Request) -> Response:
    """Take a key, give a cookie that ends with it."""
    access: Access | None = request.app.state.access
    if is_from_elsewhere(request):
        raise Problem(403, "logins are taken only from this service's own page")
    fields = _fields(await request.body())
    target = own_page(fields.get("next", ["/"])[0])
    if access is None:
        return RedirectResponse(target, SEE_OTHER)
    text = fields.get("key", [""])[0].strip()
    await learn_key(access, text)
    now_ns = access.clock_ns()
    key = key_of_text(text, access.keys, now_ns)
    if key is None and not access.keys.are_known:
        return _form(request, target, fault="login.away", status=503)
    if key is None:
        return _form(request, target, fault="login.unknown", status=401)
    request.scope[CALLER] = Caller(key.role, key.key_id, key.name)  # for the change log
    answer = RedirectResponse(target, SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        session_text(access.session_secret, key, now_ns),
        max_age=LASTS_S,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/logout", dependencies=[needs(Role.PUBLIC)])
def logout(request: Request) -> Response:
    """Take the cookie away."""
    if is_from_elsewhere(request):
        raise Problem(403, "logouts are taken only from this service's own pages")
    answer = RedirectResponse("/login", SEE_OTHER)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def add_login(app: FastAPI) -> None:
    """Add login and logout, and send browsers that lack a key to them."""
    app.include_router(router)

    @app.exception_handler(NotAllowed)
    async def _refused(request: Request, error: NotAllowed) -> Response:
        if not wants_page(request):
            return problem_answer(request.url.path, error.status, error.detail, error.headers)
        asked = _page_of(request)
        if error.status == 403:
            return _form(request, own_page(asked), fault="login.not_enough", status=403)
        request.scope[SENT_TO_LOGIN] = True
        return RedirectResponse(f"/login?next={quote(asked, safe='')}", SEE_OTHER)


def _page_of(request: Request) -> str:
    """The page that is asked for; of a form that is sent, the one on which it stands."""
    if request.method in READING:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    host, _, rest = request.headers.get("referer", "").partition("://")[2].partition("/")
    return f"/{rest}" if host == request.headers.get("host") else "/"


def own_page(target: str) -> str:
    """The target if it is a page of ours, else the first page: nobody is led elsewhere."""
    is_ours = (
        target.isascii()
        and target.isprintable()
        and target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
        and urlsplit(target).path not in ("/login", "/logout")
    )
    return target if is_ours else "/"


def _fields(body: bytes) -> dict[str, list[str]]:
    """What stands in the form; nothing where it has more fields than ours."""
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


def _form(request: Request, target: str, fault: str | None = None, status: int = 200) -> Response:
    values = {"next": target, "fault": fault, "caller": caller_of(request)}
    return page(request, "login.html", values, status=status)
