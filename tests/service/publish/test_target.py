import ipaddress
import re

import pytest

from service.publish.target import TargetRefused, checked_target

PUBLIC = "93.184.215.14"


def names(**addresses: str):
    return lambda host: addresses.get(re.sub("[.-]", "_", host), "").split()


@pytest.mark.parametrize(
    ("url", "to"),
    [
        pytest.param("https://a.example/in?x=1", f"https://{PUBLIC}/in?x=1", id="by name"),
        pytest.param("https://a.example:8443/", f"https://{PUBLIC}:8443/", id="with a port"),
        pytest.param(f"http://{PUBLIC}/in#part", f"http://{PUBLIC}/in", id="by number"),
        pytest.param("http://[2606:4700::1]/", "http://[2606:4700::1]/", id="IPv6"),
    ],
)
def test_connection_goes_to_the_checked_address(url, to):
    target = checked_target(url, resolve=names(a_example=PUBLIC))
    assert target.url == to


def test_receiver_is_told_its_own_name():
    target = checked_target("https://a.example:8443/", resolve=names(a_example=PUBLIC))
    assert (target.host, target.server_name) == ("a.example:8443", "a.example")


def test_name_with_an_umlaut_is_looked_up_and_told_in_ascii():
    target = checked_target("https://Exämple.de:8443/", resolve=names(xn__exmple_cua_de=PUBLIC))
    assert target.host == "xn--exmple-cua.de:8443"
    assert target.server_name == "xn--exmple-cua.de"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_private_address_is_refused_by_name_and_by_number(address):
    with pytest.raises(TargetRefused, match="no public address"):
        checked_target("https://a.example/", resolve=names(a_example=address))
    number = address.split("%")[0]
    place = f"[{number}]" if ":" in number else number
    with pytest.raises(TargetRefused, match="no public address"):
        checked_target(f"https://{place}/")


def test_one_private_address_among_several_is_enough_to_refuse():
    with pytest.raises(TargetRefused, match=r"10\.0\.0\.1"):
        checked_target("https://a.example/", resolve=names(a_example=f"{PUBLIC} 10.0.0.1"))


def test_allowed_network_is_sent_to():
    allowed = [ipaddress.ip_network("10.0.0.0/24")]
    target = checked_target("http://10.0.0.7:9000/in", allowed)
    assert target.url == "http://10.0.0.7:9000/in"
    with pytest.raises(TargetRefused):
        checked_target("http://10.0.1.7/in", allowed)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        pytest.param("ftp://a.example/", "https:// or http://", id="scheme"),
        pytest.param("https:///in", "https:// or http://", id="no host"),
        pytest.param("https://me:s3cret@a.example/", "by their signature", id="password"),
        pytest.param("https://nowhere.example/", "cannot be found", id="unknown name"),
        pytest.param("https://a.example:99999/", "no address", id="port"),
        pytest.param("https://ä..example/", "no address", id="empty part of a name"),
    ],
)
def test_what_is_no_target_is_told_without_its_password(url, fault):
    with pytest.raises(TargetRefused, match=fault) as refused:
        checked_target(url, resolve=names(a_example=PUBLIC))
    assert "s3cret" not in str(refused.value)
