"""The progress of a download: a bar on a terminal, elsewhere a line a minute."""

from __future__ import annotations

from typing import Any, Callable, Optional

from ..transfer import ProgressSnapshot, format_duration, format_size
from .status_line import StatusLine

_SMALLEST_BAR = 10  # columns; where there are fewer, the text stands alone


class ProgressBar(StatusLine):
    """Draws a transfer on standard error while the block runs.

    Its speed is that of the transfer itself, so that a dead line and a resumed file look as they
    are.
    """

    def __init__(
        self,
        read: Callable[[], Optional[ProgressSnapshot]],
        more: Callable[[], str] = lambda: "",
        **options: Any,
    ) -> None:
        """``read`` returns the state, None while there is none; ``more``: words behind it."""

        def text(columns: Optional[int]) -> str:
            state = read()
            return "" if state is None else bar_text(state, columns, more())

        super().__init__(text, **options)


def bar_text(state: ProgressSnapshot, columns: Optional[int], more: str = "") -> str:
    """Return the numbers, with a bar before them if ``columns`` is not None and they have room."""
    text = ", ".join(filter(None, (state.text("movies"), more)))
    if columns is None:
        return text
    room = columns - len(text) - len("[] 100 % ")
    if room < _SMALLEST_BAR or not state.bytes_total:
        return text[:columns]
    share = min(1.0, state.bytes_done / state.bytes_total)
    full = int(share * room)
    return f"[{'#' * full}{'-' * (room - full)}] {int(100 * share):3} % {text}"


def received_text(received: int, seconds: float) -> str:
    """Return '25.2 MB in 58 s (434.5 kB/s)'."""
    text = f"{format_size(received)} in {format_duration(seconds)}"
    return f"{text} ({format_size(received / seconds)}/s)" if seconds > 0 else text
