"""The languages of the pages: phrases with plural forms, numbers and times as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "languages"
DEFAULT = "en"
LOCALES = {"en": "en_GB", "fr": "fr_MA", "ar": "ar_MA"}
"""Codes in addresses, and whose way of writing numbers and dates each takes."""
DAY_AND_TIME = {"en": "d MMM, HH:mm", "fr": "d MMM, HH:mm", "ar": "d MMM، HH:mm"}
COOKIE = "lang"
COOKIE_AGE_S = 365 * 86400
UNITS_S = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
MONTH_S = 30 * UNITS_S["day"]
PLURAL_FORMS = {"zero", "one", "two", "few", "many", "other"}
ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
"""Around a name within a phrase that runs the other way."""

Phrase = str | Mapping[str, str]
"""A text, or one text per plural form."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language: its catalogue and its way of writing numbers and times."""

    code: str
    name: str
    """In the language itself."""
    locale: Locale
    phrases: Mapping[str, Phrase]
    """By dotted key."""

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way its lines run."""
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    def t(self, key: str, **values: object) -> str:
        """The phrase of a key; `n` chooses its plural form. Raises KeyError for an unknown key."""
        phrase = self.phrases[key]
        if not isinstance(phrase, str):
            form = self.locale.plural_form(abs(_count(values["n"])))
            phrase = phrase.get(form, phrase["other"])
        return phrase.format_map({name: self._shown(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self.phrases

    def reason(self, reason: str | None) -> str:
        """Why something is as it is: a phrase where the reason is a known word, else as it came."""
        if not reason:
            return ""
        key = f"reason.{reason}"
        return self.t(key) if self.has(key) else reason.replace("_", " ")

    def word(self, kind: str, name: str) -> str:
        """A name from outside, such as a group of spots: its phrase, or itself without one."""
        key = f"{kind}.{name}"
        return self.t(key) if self.has(key) else name.replace("_", " ")

    def words(self, kind: str, names: Sequence[str]) -> str:
        """Several such names as a list of alternatives."""
        return str(format_list([self.word(kind, each) for each in names], "or", locale=self.locale))

    def state(self, text: str) -> str:
        """A spot's status or a display's level, with its reason where a run tells one behind it."""
        name, _, reason = text.removesuffix(")").partition(" (")
        told = self.word("level" if self.has(f"level.{name}") else "status", name)
        return f"{told} ({self.reason(reason.replace(' ', '_'))})" if reason else told

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with at most so many decimals."""
        pattern = "#,##0." + "#" * decimals if decimals else "#,##0"
        return str(format_decimal(value, pattern, locale=self.locale))

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share of 1 as per cent."""
        fraction = "." + "0" * decimals if decimals else ""
        sign = "\u00a0%" if self.code == "fr" else "%"
        return str(format_percent(share, f"#,##0{fraction}{sign}", locale=self.locale))

    def clock(self, moment: str | datetime | None, now: datetime, zone: tzinfo = UTC) -> str:
        """The time of day in `zone` to the second, or with the day where that is not today's.

        A dash for none.
        """
        return "–" if not moment else self._today(moment, now, zone, "HH:mm:ss")

    def moment(self, moment: str | datetime | None, zone: tzinfo = UTC) -> str:
        """Day and time of day in `zone`; a dash for none."""
        if not moment:
            return "–"
        return str(format_datetime(_at(moment, zone), DAY_AND_TIME[self.code], zone, self.locale))

    def day(self, moment: datetime, zone: tzinfo = UTC) -> str:
        """The day in `zone`."""
        return str(format_date(_at(moment, zone).date(), "d MMM", locale=self.locale))

    def recent(self, moment: str | datetime, now: datetime, zone: tzinfo = UTC) -> str:
        """The time of day in `zone` without seconds, with the day where that is not today's."""
        return self._today(moment, now, zone, "HH:mm")

    def axis(self, at: datetime) -> str:
        """A mark of an axis of time: the hour, at midnight the day."""
        if at.hour == 0 and at.minute == 0:
            return str(format_date(at.date(), "d MMM", locale=self.locale))
        return str(format_time(at.timetz(), "HH:mm", locale=self.locale))

    def ago(self, moment: str | datetime | None, now: datetime) -> str:
        """How long something has lasted at `now`, such as 12 min; a dash for none."""
        if not moment:
            return "–"
        return self.span(max(0.0, (now - _at(moment, UTC)).total_seconds()))

    def span(self, seconds: float) -> str:
        """A length of time in its largest unit; a month in full, since French shortens it to m."""
        form: Literal["long", "short"] = "long" if seconds >= MONTH_S else "short"
        return str(format_timedelta(round(seconds), threshold=1.0, format=form, locale=self.locale))

    def limit(self, seconds: float) -> str:
        """A length of time to the second in all the units that it takes, such as 1 hr 30 mins."""
        parts, left = [], max(1, round(seconds))
        for unit, length_s in UNITS_S.items():
            count, left = divmod(left, length_s)
            if count:
                parts.append(format_unit(count, f"duration-{unit}", "short", locale=self.locale))
        return " ".join(parts)

    def _today(self, moment: str | datetime, now: datetime, zone: tzinfo, pattern: str) -> str:
        at = _at(moment, zone)
        if at.date() != now.astimezone(zone).date():
            return self.moment(at, zone)
        return str(format_time(at, pattern, tzinfo=zone, locale=self.locale))

    def _shown(self, value: object) -> object:
        if isinstance(value, bool) or value is None:
            return str(value)
        if isinstance(value, int | float):
            return self.number(value, 1)
        if self.direction == "rtl":
            return f"{ISOLATE}{value}{POP_ISOLATE}"
        return value


def _count(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"n must be a number, got {value!r}")
    return value


def _at(moment: str | datetime, zone: tzinfo) -> datetime:
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed.astimezone(zone)


@cache
def load_language(code: str) -> Language:
    """The language of a code; raises KeyError for one that is not there."""
    locale = Locale.parse(LOCALES[code])
    catalogue = yaml.safe_load((FOLDER / f"{code}.yaml").read_text("utf-8"))
    phrases = flatten(catalogue)
    return Language(code, str(phrases["language.name"]), locale, phrases)


def languages() -> list[Language]:
    """All languages there are."""
    return [load_language(code) for code in LOCALES]


def flatten(catalogue: Mapping[str, Any], prefix: str = "") -> dict[str, Phrase]:
    """Nested phrases by dotted key; a mapping of plural forms is one phrase."""
    phrases: dict[str, Phrase] = {}
    for name, value in catalogue.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and not ("other" in value and value.keys() <= PLURAL_FORMS):
            phrases.update(flatten(value, f"{key}."))
        else:
            phrases[key] = value
    return phrases


def language_of(request: Request) -> Language:
    """What the reader asked for: by `?lang=`, else by cookie, else as the browser prefers."""
    for code in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if code in LOCALES:
            return load_language(code)
    return load_language(preferred(request.headers.get("accept-language", "")))


def preferred(accept: str) -> str:
    """The best code for an Accept-Language header, English where none of its languages is there."""
    weighed: list[tuple[float, str]] = []
    for part in accept.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        weighed.append((weight, tag.split("-")[0].strip().lower()))
    for weight, code in sorted(weighed, key=lambda each: -each[0]):
        if weight > 0 and code in LOCALES:
            return code
    return DEFAULT


def remember_language(request: Request, response: Response) -> None:
    """Say in which language the answer is, and keep a choice made by `?lang=`."""
    response.headers["Content-Language"] = language_of(request).code
    response.headers.append("Vary", "Accept-Language, Cookie")
    chosen = request.query_params.get("lang")
    if chosen in LOCALES:
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=COOKIE_AGE_S,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def language_values(request: Request) -> dict[str, Any]:
    """What every template knows of its language: `t`, `language`, and where the others are."""
    language = language_of(request)
    others = [
        (each, str(request.url.include_query_params(lang=each.code).replace(scheme="", netloc="")))
        for each in languages()
    ]
    return {"t": language.t, "language": language, "languages": others}
