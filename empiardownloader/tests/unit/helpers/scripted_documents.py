"""Replies of a web interface for metadata, for the scripted HTTP server."""

import json
import socket
from http.client import responses

from scripted_http import CLOSED, SILENT, Reply

JSON = "application/json"


def reply(status, body=b"{}", kind=JSON, headers=(), missing=0):
    """Return a reply after which the server closes the connection.

    ``missing`` bytes of the body are announced and never sent.
    """
    return Reply(
        f"{status} {responses.get(status, 'Unknown')}",
        body,
        headers=(f"Content-Type: {kind}", "Connection: close", *headers),
        length=len(body) + missing,
        then="close",
    )


def json_reply(value, status=200):
    return reply(status, json.dumps(value).encode("utf-8"))


NOT_FOUND = json_reply({"detail": "Not found."}, 404)
PAGE = reply(200, b"<!DOCTYPE html>\n<html><body>Maintenance</body></html>", "text/html")

__all__ = [
    "CLOSED", "NOT_FOUND", "PAGE", "SILENT", "dead_url", "json_reply", "reply", "timeout_for",
]  # fmt: skip


def timeout_for(script):
    """Return (connect, read) in seconds: short if silence is the only answer."""
    silent = {reply is SILENT for replies in script.replies.values() for reply in replies}
    return (5, {(True,): 0.2, (False, True): 1.0}.get(tuple(sorted(silent)), 5.0))


def dead_url():
    """Return an address of this machine without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
