import base64
import hashlib
import hmac

from service.publish.signature import new_secret, signed_headers


def test_receiver_that_knows_the_secret_gets_the_same_signature():
    secret = new_secret()
    headers = signed_headers(secret, "yard/17", 1_777_636_804, '{"id":"17"}')
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b'yard/17.1777636804.{"id":"17"}'
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers == {
        "webhook-id": "yard/17",
        "webhook-timestamp": "1777636804",
        "webhook-signature": f"v1,{wanted}",
    }


def test_example_of_the_specification():
    """The test vector that Standard Webhooks publishes with its libraries."""
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        '{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_body_time_and_id_all_count():
    texts = {
        signed_headers("a secret of theirs", *parts)["webhook-signature"]
        for parts in (("1", 1, "a"), ("2", 1, "a"), ("1", 2, "a"), ("1", 1, "b"))
    }
    assert len(texts) == 4
    assert new_secret() != new_secret()
