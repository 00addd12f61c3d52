"""Faults and rate of one transfer: decisions without sockets, for FTP and HTTP."""

from __future__ import annotations

import time
from collections import Counter
from threading import Lock
from typing import Callable, Optional, Tuple

from empiardownloader.demo.server.settings import ServerSettings, matches

#: Seconds of data that are sent in one piece at a limited rate.
TICK = 0.01
#: Seconds that a sender may be late and still catch up.
SLACK = 0.05


class FaultCounter:
    """Counts the faults of each kind in this process."""

    def __init__(self) -> None:
        self._applied: Counter[Tuple[str, int]] = Counter()
        self._lock = Lock()

    def take(self, kind: str, settings: ServerSettings) -> bool:
        """Count one more fault of `kind` (see `FAULTS`); return False above its limit."""
        times = getattr(settings, f"{kind}_times")
        key = (kind, settings.armed.get(kind, 0))
        with self._lock:
            if 0 <= times <= self._applied[key]:
                return False
            self._applied[key] += 1
            return True


class TransferFaults:
    """The pending faults of one transfer, by the settings at its start."""

    def __init__(self, path: str, settings: ServerSettings, fault_counter: FaultCounter) -> None:
        self._settings = settings
        self._fault_counter = fault_counter
        after = {"cut": settings.cut_after, "stall": settings.stall_after}
        hit = matches(path, [settings.fault_paths])
        self._limits = {kind: at for kind, at in after.items() if hit and at is not None}

    def __bool__(self) -> bool:
        return bool(self._limits)

    def next_fault(self, sent: int) -> Optional[str]:
        """Return "cut" or "stall" if one is due after `sent` bytes of this transfer."""
        for kind, limit in list(self._limits.items()):
            if sent >= limit:
                del self._limits[kind]
                if self._fault_counter.take(kind, self._settings):
                    return kind
        return None

    def room(self, sent: int, wanted: int) -> int:
        """Return how many of `wanted` bytes may follow `sent` bytes before the next fault."""
        return min([wanted] + [at - sent for at in self._limits.values()])


class RateLimiter:
    """Limits the rate of one connection over all its transfers, so that small files are slow too.

    A clock that runs ahead of the real one by the bytes sent; the sender waits until the real one
    has caught up.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at = 0.0

    def begin(self) -> None:
        """Start a transfer: time that passed between transfers is not credited."""
        self._free_at = max(self._free_at, self._clock())

    def wait(self) -> float:
        """Return the seconds until the next piece, or the end of the transfer, may be sent."""
        return max(0.0, self._free_at - self._clock())

    def piece(self, wanted: int, rate: float) -> int:
        """Return how many of `wanted` bytes to send in one piece at `rate` bytes per second."""
        return min(wanted, max(512, int(rate * TICK))) if rate > 0 else wanted

    def sent(self, count: int, rate: float) -> None:
        """Note that `count` bytes were sent at `rate` bytes per second."""
        if rate > 0:
            self._free_at = max(self._free_at, self._clock() - SLACK) + count / rate
