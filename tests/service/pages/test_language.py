import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from starlette.requests import Request

from service.pages.language import (
    LOCALES,
    Language,
    language_of,
    languages,
    load_language,
    preferred,
)

TEMPLATES = sorted((Path(__file__).parents[3] / "service/pages/templates").glob("*.html"))
SPOKEN_ALIKE = re.compile(
    r"Wayside|openapi\.json|Parquet|\bpx\b|^[DVCI]$|Enter|Esc|Space|Pg(Dn|Up)|Shift|Delete|Ctrl"
)
READ_ALOUD = {"alt", "title", "aria-label", "placeholder", "value", "data-word"}


def fields(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


@pytest.mark.parametrize("code", [code for code in LOCALES if code != "en"])
def test_catalogues_have_the_same_keys(code):
    english, other = load_language("en"), load_language(code)
    assert sorted(other.phrases) == sorted(english.phrases)


@pytest.mark.parametrize("language", languages(), ids=lambda each: each.code)
def test_phrases_take_the_same_values_and_all_plural_forms(language: Language):
    english = load_language("en")
    forms = {language.locale.plural_form(n) for n in range(200)}
    for key, phrase in language.phrases.items():
        meant = english.phrases[key]
        assert isinstance(phrase, str) == isinstance(meant, str), key
        if isinstance(phrase, str):
            assert fields(phrase) == fields(str(meant)), key
        else:
            assert forms <= phrase.keys(), key
            assert all(fields(each) <= fields(meant["other"]) for each in phrase.values()), key
            assert fields(phrase["other"]) == fields(meant["other"]), key


@pytest.mark.parametrize("language", languages(), ids=lambda each: each.code)
def test_cabins_are_told_of_in_the_words_of_the_control_room(language: Language):
    assert language.t("tram.warnings_per_hour").startswith(language.t("cabins.warnings"))
    assert language.t("cabins.false_alarms") == language.t("tram.marked_false")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_asks_only_for_phrases_that_are_there(path):
    asked = set(re.findall(r'\bt\("([a-z_.]+)"[,)]', path.read_text("utf-8")))
    assert asked <= load_language("en").phrases.keys()


def test_every_stage_of_a_picture_has_a_word():
    root, names = Path(__file__).parents[3], set()
    for path in [*root.glob("vision/**/*.py"), *root.glob("service/**/*.py")]:
        names |= set(re.findall(r'stages\("([a-z_]+)"\)', path.read_text("utf-8")))
    assert {"detect", "classify"} <= names
    assert {f"stage.{name}" for name in names} <= load_language("en").phrases.keys()


class RawText(HTMLParser):
    """Collects what a template says by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tag = ""

    def handle_starttag(self, tag, attrs):
        self.tag = tag
        self.found += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_data(self, data):
        if self.tag != "style":
            self.found.append(data)

    def handle_endtag(self, tag):  # noqa: ARG002
        self.tag = ""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_text_of_its_own(path):
    bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", path.read_text("utf-8"), flags=re.DOTALL)
    reader = RawText()
    reader.feed(bare)
    said = [SPOKEN_ALIKE.sub("", text).strip() for text in reader.found]
    assert [text for text in said if re.search(r"[^\W\d_]{2}", text)] == []
    assert ":" not in said, "French has a space before it: page.colon"


@pytest.mark.parametrize(
    ("code", "n", "said"),
    [
        ("en", 1, "1 free"),
        ("fr", 0, "0 place libre"),
        ("fr", 2, "2 places libres"),
        ("ar", 0, "لا أماكن شاغرة"),
        ("ar", 2, "مكانان شاغران"),
        ("ar", 3, "3 أماكن شاغرة"),
        ("ar", 41, "41 مكانًا شاغرًا"),
        ("ar", 100, "100 مكان شاغر"),
    ],
)
def test_count_takes_its_plural_form(code, n, said):
    assert load_language(code).t("lot.free", n=n) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 1, "من 0 إلى مكان واحد شاغر"),
        (1, 2, "من 1 إلى مكانين شاغرين"),
        (4, 5, "من 4 إلى 5 أماكن شاغرة"),
    ],
)
def test_arabic_range_takes_its_plural_form(low, high, said):
    assert load_language("ar").t("lot.free_range", n=high, low=low, high=high) == said


def test_name_within_arabic_runs_its_own_way():
    assert "\u2068" in load_language("ar").t("lot.free_range", n=5, low="a-4", high=5)


def test_numbers_and_moments_follow_the_language():
    at = datetime(2026, 5, 1, 12, 4, 5, tzinfo=UTC)
    shown = {each.code: (each.percent(0.953), each.moment(at)) for each in languages()}
    assert shown["en"] == ("95%", "1 May, 12:04")
    assert shown["fr"] == ("95\u00a0%", "1 mai, 12:04")
    assert shown["ar"][1] == "1 ماي، 12:04"


def test_recent_moment_has_its_day_only_when_it_is_another():
    english, now = load_language("en"), datetime(2026, 5, 2, 0, 30, tzinfo=UTC)
    assert english.recent("2026-05-02T00:10:00Z", now) == "00:10"
    assert english.recent("2026-05-01T23:50:00Z", now) == "1 May, 23:50"
    assert english.clock("2026-05-02T00:10:05Z", now) == "00:10:05"
    assert english.clock("2026-05-01T23:50:05Z", now) == "1 May, 23:50"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Last seen 1 May, 23:50"),
        ("fr", "Dernier relevé : 1 mai, 23:50"),
        ("ar", "آخر معاينة \u20681 ماي، 23:50\u2069"),
    ],
)
def test_lot_last_seen_on_another_day_is_told_as_people_say_it(code, said):
    language = load_language(code)
    time = language.recent("2026-05-01T23:50:00Z", datetime(2026, 5, 2, 0, 30, tzinfo=UTC))
    assert language.t("public.seen", time=time) == said


@pytest.mark.parametrize(
    ("code", "minutes", "said"),
    [
        ("en", 90, "1 hr 30 mins"),
        ("en", 36 * 60, "1 day 12 hrs"),
        ("fr", 90, "1 h 30 min"),
        ("ar", 90, "1 س 30 د"),
        ("en", 120, "2 hrs"),
        ("en", 0.02, "1 sec"),
    ],
)
def test_limit_is_told_to_the_minute(code, minutes, said):
    shown = load_language(code).limit(60 * minutes)
    assert re.sub(r"[\u00a0\u202f]", " ", shown) == said


@pytest.mark.parametrize(("code", "said"), [("en", "2 months"), ("fr", "2 mois"), ("ar", "شهران")])
def test_months_are_not_taken_for_metres(code, said):
    months = load_language(code).span(60 * 86400)
    assert re.sub(r"[\u00a0\u202f]", " ", months) == said


def test_mark_of_an_axis_is_a_day_at_midnight_alone():
    marks = [datetime(2026, 5, 2, 0, minute, tzinfo=UTC) for minute in (0, 15)]
    assert [load_language("en").axis(at) for at in marks] == ["2 May", "00:15"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("free", "libre"),
        ("unavailable (no picture yet)", "Assistance indisponible (pas encore d’image)"),
        ("unknown (out of reach)", "inconnue (out of reach)"),
    ],
)
def test_state_of_a_run_is_told_with_its_reason(text, said):
    assert load_language("fr").state(text) == said


def test_unknown_reason_is_told_as_it_came():
    french = load_language("fr")
    assert french.reason("frozen") == "image figée"
    assert french.reason("rtsp://cam does not answer") == "rtsp://cam does not answer"
    assert french.reason(None) == ""


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        ("", "en"),
        ("ar-MA,ar;q=0.9,en;q=0.8", "ar"),
        ("de,fr;q=0.5", "fr"),
        ("en;q=0.2,fr;q=0.7", "fr"),
        ("fr;q=0,ar;q=0.1", "ar"),
        ("fr;q=many", "en"),
    ],
)
def test_browser_preference(accept, code):
    assert preferred(accept) == code


@pytest.mark.parametrize(
    ("query", "cookie", "code"),
    [(b"lang=ar", b"lang=fr", "ar"), (b"", b"lang=fr", "fr"), (b"lang=xx", b"lang=yy", "en")],
    ids=["address before cookie", "cookie", "neither is known"],
)
def test_choice_goes_before_preference(query, cookie, code):
    headers = [(b"cookie", cookie), (b"accept-language", b"en")]
    request = Request({"type": "http", "query_string": query, "headers": headers})
    assert language_of(request).code == code
