"""An HTTP server that sends the replies of a script byte for byte, and records its requests."""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Callable, Dict, List

from empiardownloader.transfer import Timeouts
from empiardownloader.transfer.base import Sink

CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)
SHORT_TIMEOUTS = Timeouts(connect=2.0, stall=1.0, listing=2.0)


@dataclass(frozen=True)
class Reply:
    """One reply, and the connection's fate after it: keep, close, reset or silent.

    By default Content-Length is that of the body; `length=None` leaves it out. Each of `pieces` is
    called for more of the body.
    """

    status: str = "200 OK"
    body: bytes = b""
    headers: tuple = ()
    length: object = "of the body"
    then: str = "keep"
    pieces: tuple = ()

    def head(self):
        length = len(self.body) if self.length == "of the body" else self.length
        lines = [f"HTTP/1.1 {self.status}", *self.headers]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


#: The connection is closed without a reply.
CLOSED = Reply(then="close")
RESET = Reply(then="reset")
SILENT = Reply(then="silent")


def page(text, **options):
    return Reply(body=text.encode("utf-8"), headers=("Content-Type: text/html",), **options)


def chunked(*chunks, end=b"0\r\n\r\n", then="keep"):
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return Reply(body=body + end, headers=("Transfer-Encoding: chunked",), length=None, then=then)


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Dict[str, str]


@dataclass
class Script:
    """The replies to each path, the last of which is repeated.

    A reply may be a function of the request.
    """

    port: int = 0
    replies: Dict[str, List[object]] = field(default_factory=dict)
    asked: List[Request] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    wrap: Callable = lambda connection: connection

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self):
        """The paths of the requests, in order."""
        return [request.target for request in self.asked]

    def on(self, target, *replies):
        self.replies[target] = list(replies)

    def reply_to(self, request):
        self.asked.append(request)
        replies = self.replies.get(request.target, [Reply("404 Not Found", b"no such thing")])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply(request) if callable(reply) else reply


@contextlib.contextmanager
def scripted_server(wrap=None):
    """Serve a script on the loopback; `wrap` may turn a connection into one with TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        script = Script(listener.getsockname()[1])
        if wrap is not None:
            script.wrap = wrap
        accepting = threading.Thread(target=_accept, args=(listener, script), daemon=True)
        accepting.start()
        try:
            yield script
        finally:
            script.closing.set()
            with contextlib.suppress(OSError):
                socket.create_connection(listener.getsockname(), 1).close()
            accepting.join()


def _accept(listener, script):
    threads, connections = [], []
    while True:
        connections.append(listener.accept()[0])
        if script.closing.is_set():
            break
        script.connections += 1
        threads.append(threading.Thread(target=_serve, args=(connections[-1], script), daemon=True))
        threads[-1].start()
    for connection in connections:  # of clients that keep theirs open
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()
    connections[-1].close()


def _serve(plain, script):
    plain.settimeout(5)
    with contextlib.suppress(OSError), script.wrap(plain) as connection:
        stream = connection.makefile("rb")
        then = "keep"
        while then == "keep":
            request = _read_request(stream)
            if request is None:
                break
            then = _answer(connection, request, script.reply_to(request), script.closing)
    plain.close()


def _answer(connection, request, reply, closing):
    if reply not in (CLOSED, RESET, SILENT):
        body = b"" if request.method == "HEAD" else reply.body
        connection.sendall(reply.head() + body)
        for piece in reply.pieces:
            connection.sendall(piece())
    if reply.then == "silent":
        closing.wait(5)
    if reply.then == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return reply.then


def _read_request(stream):
    line = stream.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    headers = {}
    while True:
        name, colon, value = stream.readline().decode("latin-1").partition(":")
        if not colon:
            return Request(line[0], line[1], headers)
        headers[name.title()] = value.strip()


# ------ the other end


class Kept(Sink):
    """Keeps the received bytes in memory."""

    def __init__(self, content=b""):
        self.content = bytearray(content)
        self.restarts = 0
        self.arrived = threading.Event()

    def write(self, block):
        self.content += block
        self.arrived.set()

    def restart(self):
        self.content.clear()
        self.restarts += 1


def part(first, total=SIZE, body=None, **options):
    """Return the rest of the content, or `body`, as a reply to a range request."""
    body = CONTENT[first:] if body is None else body
    span = f"Content-Range: bytes {first}-{first + len(body) - 1}/{total}"
    return Reply("206 Partial Content", body, headers=(span,), **options)


def fetch(connection, start=0):
    """Download /a.mrc from offset `start` on."""
    sink = Kept(CONTENT[:start])
    connection.fetch("a.mrc", sink, start, SIZE)
    return sink
