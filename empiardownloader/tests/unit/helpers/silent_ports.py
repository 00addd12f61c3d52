"""Ports that never answer."""

import contextlib
import socket


@contextlib.contextmanager
def full_port(host="127.0.0.1", port=0):
    """Yield the number of a port to which packets get lost, as its queue is full; 0: any port."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
