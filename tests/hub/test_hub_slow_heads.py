"""A request whose head does not come in time loses its connection; the others are not disturbed."""

import socket
from urllib.parse import urlsplit

import pytest

from idtui.hub import heads_in_time
from idtui.hub.embedded import EmbeddedHub

HEALTH = b"GET /health HTTP/1.1\r\nHost: hub\r\n\r\n"
PATIENCE = 60.0


def read_to_end(line: socket.socket) -> bytes:
    got = b""
    while part := line.recv(65_536):
        got += part
    return got


@pytest.mark.parametrize(
    "before", [b"", b"GET /health HTTP/1.1\r\nHost: hub\r\nX-Slow: "], ids=["nothing", "half"]
)
def test_a_head_that_does_not_come_ends_the_connection(
    before: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads_in_time, "SECONDS_FOR_HEAD", 0.5)
    hub = EmbeddedHub()
    hub.start()
    try:
        port = urlsplit(hub.url).port or 0
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
            line.sendall(HEALTH)
            assert line.recv(65_536).startswith(b"HTTP/1.1 200")
            line.sendall(HEALTH[:20])
            assert b"HTTP/1.1 200" not in read_to_end(line)
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as slow:
            slow.sendall(before)
            assert read_to_end(slow) == b""
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as quick:
            quick.sendall(HEALTH)
            assert quick.recv(65_536).startswith(b"HTTP/1.1 200")
    finally:
        hub.stop()
