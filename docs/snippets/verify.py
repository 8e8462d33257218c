import base64
import hashlib
import hmac
import time


def verify(secret, headers, body):
    """Whether Switchyard has sent this, within the last five minutes. body: the bytes as they came."""
    event_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    shown = headers.get("webhook-signature", "").encode().split(b" ")
    # Several signatures while a secret is being replaced: one of them has to be right.
    return any([hmac.compare_digest(one, expected) for one in shown])
