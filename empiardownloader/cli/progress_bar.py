"""The progress of a download on a terminal."""

import sys
from typing import Any

from tqdm import tqdm

from ..transfer import Progress


class ProgressBar(Progress):
    """A progress that draws itself on standard error, if that is a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._is_read = True
        self._bar = tqdm(
            total=0, unit="B", unit_scale=True, disable=not sys.stderr.isatty(), dynamic_ncols=True
        )

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *exception: Any) -> None:
        self._bar.close()

    def say(self, line: str) -> None:
        """Print a line to standard output, above the bar, as long as anybody reads it."""
        if self._is_read:
            try:
                self._bar.write(line, file=sys.stdout)
                sys.stdout.flush()
            except BrokenPipeError:
                self._is_read = False

    def expect(self, size: int) -> None:
        """One more file of this size is to come."""
        super().expect(size)
        self._lengthen(size)

    def present(self, size: int) -> None:
        """This much of a file was already here."""
        super().present(size)
        self._bar.update(size)

    def moved(self, count: int) -> None:
        """This many bytes came over the line."""
        super().moved(count)
        self._bar.update(count)

    def corrected(self, change: int) -> None:
        """A file turned out to be this many bytes longer than listed."""
        super().corrected(change)
        self._lengthen(change)

    def _lengthen(self, change: int) -> None:
        if not self._bar.disable:
            self._bar.total += change
            self._bar.refresh()
