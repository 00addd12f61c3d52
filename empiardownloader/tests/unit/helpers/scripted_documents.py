"""A server that answers requests for metadata from a script."""

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Dict, List


@dataclass(frozen=True)
class Reply:
    """One answer of the server; silent never answers, cut closes without a word."""

    status: int = 200
    body: bytes = b"{}"
    kind: str = "application/json"
    headers: tuple = ()
    silent: bool = False
    cut: bool = False
    missing: int = 0  # bytes of the body that are announced and do not come


def json_reply(value, status=200):
    return Reply(status, json.dumps(value).encode("utf-8"))


NOT_FOUND = json_reply({"detail": "Not found."}, 404)
SILENT = Reply(silent=True)
CUT = Reply(cut=True)
PAGE = Reply(200, b"<!DOCTYPE html>\n<html><body>Maintenance</body></html>", "text/html")


@dataclass
class Script:
    """What the server answers at each path, the last reply for ever, and what it was asked."""

    replies: Dict[str, List[Reply]] = field(default_factory=dict)
    asked: List[str] = field(default_factory=list)
    accepted: List[str] = field(default_factory=list)
    agents: List[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def on(self, path, *replies):
        self.replies[path] = list(replies)

    def timeout(self):
        """For connecting and reading, in seconds: short where the only answer is silence."""
        silent = {reply.silent for replies in self.replies.values() for reply in replies}
        return (5, {(True,): 0.2, (False, True): 1.0}.get(tuple(sorted(silent)), 5.0))

    def next_reply(self, path):
        replies = self.replies.get(path, [NOT_FOUND])
        return replies.pop(0) if len(replies) > 1 else replies[0]


def handler_for(script):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            script.asked.append(self.path)
            script.accepted.append(self.headers.get("Accept", ""))
            script.agents.append(self.headers.get("User-Agent", ""))
            reply = script.next_reply(self.path)
            if reply.silent:
                script.closing.wait(30)
            if reply.silent or reply.cut:
                return
            self.send_response(reply.status)
            for name, value in (("Content-Type", reply.kind), *reply.headers):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.missing))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = True

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def scripted_server():
    script = Script()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(script))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        script.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def dead_url():
    """Return an address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
