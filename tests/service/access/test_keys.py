import re

import pytest

from service.access.keys import KEY_TEXT, Key, hide_keys, key_of_text, new_key
from service.access.roles import Role, includes
from service.access.session import LASTS_S, key_of_session, session_text
from service.timestamps import NS_PER_S
from tests.service.access.keys_in_memory import KeysInMemory

SECRET = b"of this service"
NOW_NS = 100 * NS_PER_S
OVER_NS = NOW_NS + (LASTS_S + 1) * NS_PER_S


def make_key(role: Role = Role.READER, keys: KeysInMemory | None = None) -> tuple[Key, str]:
    key, text = new_key("display at the depot", role, 5)
    if keys is not None:
        keys.add(key)
    return key, text


def test_key_opens_what_it_was_made_for():
    keys = KeysInMemory()
    key, text = make_key(Role.OPERATOR, keys)
    make_key(Role.READER, keys)
    assert key_of_text(text, keys, NOW_NS) == key
    assert key.role is Role.OPERATOR


def test_only_a_digest_is_kept():
    key, text = make_key()
    parts = KEY_TEXT.fullmatch(text)
    assert parts is not None
    assert parts[2] not in repr(key)
    assert re.fullmatch("[0-9a-f]{64}", key.digest)
    assert make_key()[1] != text


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: "", id="nothing"),
        pytest.param(lambda text: text[:-1], id="too short"),
        pytest.param(lambda text: text + "A", id="too long"),
        pytest.param(lambda text: text[:-2] + ("AA" if text[-2:] != "AA" else "BB"), id="wrong"),
        pytest.param(lambda text: "wsk_" + "0" * 12 + text[16:], id="another id"),
        pytest.param(lambda _: "é" * 60, id="no ASCII"),
    ],
)
def test_any_other_text_opens_nothing(spoil):
    keys = KeysInMemory()
    _, text = make_key(keys=keys)
    assert key_of_text(spoil(text), keys, NOW_NS) is None


def test_revoked_key_opens_nothing_and_stays_listed():
    keys = KeysInMemory()
    key, text = make_key(keys=keys)
    login = session_text(SECRET, key, NOW_NS)
    revoked = keys.revoke(key.key_id, 9)
    assert revoked is not None
    assert revoked.revoked_at_ns == 9
    assert keys.revoke(key.key_id, 12) == revoked
    assert key_of_text(text, keys, NOW_NS) is None
    assert key_of_session(SECRET, login, keys, NOW_NS) is None
    assert keys.known() == [revoked]
    assert keys.revoke("000000000000", 9) is None


def test_key_is_good_until_it_expires():
    key, text = new_key("visitor", Role.READER, 5, expires_at_ns=NOW_NS)
    keys = KeysInMemory([key])
    login = session_text(SECRET, key, NOW_NS - 1)
    assert key_of_text(text, keys, NOW_NS - 1) == key
    assert key_of_session(SECRET, login, keys, NOW_NS - 1) == key
    assert key_of_text(text, keys, NOW_NS) is None
    assert key_of_session(SECRET, login, keys, NOW_NS) is None


def test_login_names_its_key_until_it_is_over():
    keys = KeysInMemory()
    key, text = make_key(keys=keys)
    login = session_text(SECRET, key, NOW_NS)
    assert text[-43:] not in login
    assert key_of_session(SECRET, login, keys, OVER_NS - NS_PER_S) == key
    assert key_of_session(SECRET, login, keys, OVER_NS) is None


def test_forged_login_opens_nothing():
    keys = KeysInMemory()
    key, _ = make_key(keys=keys)
    other, _ = make_key(Role.ADMIN, keys)
    login = session_text(SECRET, key, NOW_NS)
    later = login.replace(str(100 + LASTS_S), str(101 + LASTS_S))
    foreign = login.replace(key.key_id, other.key_id)
    for text in (later, foreign, login[:-1], login + "0", "", "..", "x.²³.y", "é.1.é"):
        assert key_of_session(SECRET, text, keys, NOW_NS) is None, text
    assert key_of_session(b"of another", login, keys, NOW_NS) is None


def test_secrets_of_keys_are_hidden_in_text():
    key, text = make_key()
    assert hide_keys(f"GET /x?key={text}&a=1") == f"GET /x?key=wsk_{key.key_id}_***&a=1"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.PUBLIC, "public"),
        (Role.READER, "public reader"),
        (Role.DISPLAY, "public reader display"),
        (Role.OPERATOR, "public reader operator"),
        (Role.ENGINEER, "public reader display operator engineer"),
        (Role.ADMIN, "public reader display operator engineer admin"),
    ],
)
def test_role_may_what_those_below_it_may(role, allowed):
    assert {each for each in Role if includes(role, each)} == {Role(x) for x in allowed.split()}
