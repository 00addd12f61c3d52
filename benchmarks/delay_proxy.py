"""A proxy that imitates a long line: it delays the bytes between two loopback addresses.

    python -m benchmarks.delay_proxy TO_HOST LISTEN_HOST SECONDS PORT [PORT ...]

Every port of LISTEN_HOST leads to the same port of TO_HOST, so FTP's control and data connections
both pass and no byte is rewritten. SECONDS is the delay of one direction. Only bytes and the end of
a stream are delayed: the kernel opens a connection at once, for every client alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Awaitable, Callable, Optional, Sequence, Tuple

_Accepted = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_BLOCK = 1 << 16
_WAITING = 256  # blocks under way in one direction


async def serve(to_host: str, listen_host: str, delay: float, ports: Sequence[int]) -> None:
    """Pass connections on until the process is ended."""

    def pass_to(port: int) -> _Accepted:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _join(reader, writer, to_host, port, delay)

        return accepted

    for port in ports:
        await asyncio.start_server(pass_to(port), listen_host, port, backlog=64)
    await asyncio.get_running_loop().create_future()


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    port: int,
    delay: float,
) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection(host, port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(
        _carry(reader, far_writer, delay), _carry(far_reader, writer, delay)
    )
    far_writer.close()
    writer.close()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float
) -> None:
    """Copy one direction: read at once, write each block ``delay`` seconds later."""
    loop = asyncio.get_running_loop()
    blocks: asyncio.Queue[Tuple[float, Optional[bytes]]] = asyncio.Queue(_WAITING)
    delivery = asyncio.ensure_future(_deliver(blocks, writer))
    with contextlib.suppress(ConnectionError):
        while True:
            block = await reader.read(_BLOCK)
            if not block:
                break
            await blocks.put((loop.time() + delay, block))
    await blocks.put((loop.time() + delay, None))
    await delivery


async def _deliver(blocks: asyncio.Queue, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due, block = await blocks.get()
        await asyncio.sleep(max(0.0, due - loop.time()))
        with contextlib.suppress(ConnectionError, OSError, RuntimeError):
            if block is None:
                writer.write_eof()
                return
            writer.write(block)
            await writer.drain()
        if block is None:
            return


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            serve(sys.argv[1], sys.argv[2], float(sys.argv[3]), [int(p) for p in sys.argv[4:]])
        )
