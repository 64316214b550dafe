"""A hub of a few lines that does what a test tells it to."""

import gzip
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FIT = {
    "resourceType": "CapabilityStatement",
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "rest": [
        {
            "mode": "server",
            "resource": [{"type": "Observation", "conditionalCreate": True}],
            "interaction": [{"code": "batch"}],
        }
    ],
}
"""What a server says that takes entries once each."""

Script = Callable[[BaseHTTPRequestHandler, list[str]], object]


class ScriptedHub:
    """A hub that does what `script` says with the ids it was sent.

    `seen` are the Bundles it got, `heads` the headers.
    """

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.statement = json.dumps(FIT).encode()
        self.encodings: list[str | None] = []
        self.posts: dict[str, Callable[[BaseHTTPRequestHandler, bytes], object]] = {}
        self.let_go = threading.Event()
        self.script: Script = lambda handler, ids: answer(handler, created(ids))
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path in hub.posts:
                    hub.posts[self.path](self, body)
                    return
                encoding = self.headers["Content-Encoding"]
                bundle = json.loads(gzip.decompress(body) if encoding == "gzip" else body)
                hub.seen.append(bundle)
                hub.encodings.append(encoding)
                hub.heads.append({name.lower(): value for name, value in self.headers.items()})
                hub.script(self, [entry["fullUrl"].rpartition(":")[2] for entry in bundle["entry"]])

            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/fhir/metadata" else 404)
                self.send_header("Content-Length", str(len(hub.statement)))
                self.end_headers()
                self.wfile.write(hub.statement)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/fhir"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def created(ids: list[str]) -> list[Any]:
    return [{"fullUrl": f"urn:uuid:{one}", "response": {"status": "201 Created"}} for one in ids]


def answer(handler: BaseHTTPRequestHandler, entries: Any, status: int = 200, head: str = "") -> None:  # noqa: ANN401  # also nonsense
    body = json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": entries}).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    if head:
        handler.send_header("Idtui-Head", head)
    handler.end_headers()
    handler.wfile.write(body)
