"""The picture of a transfer shows the record's figures, each in its own diagram."""

import unittest

from empiardownloader.transfer_log.curves import Curve, Series
from empiardownloader.viewers.transfer_figure import TransferFigure

SERIES = Series(
    unit="min", rate=Curve([1, 2, 3], [5e6, 7e6, 6e6]), size=Curve([1, 2, 3], [1e8, 3e8, 4e8]),
    size_total=900_000_000, arrived=Curve([1, 3], [2, 5]), registered=Curve([2, 3], [1, 4]),
    chosen=9, gaps=(), end=3.0,
)  # fmt: skip


class TestTransferPicture(unittest.TestCase):
    """Curves that differ in every figure."""

    def lines(self, axes):
        return [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()]

    def test_rate_and_bytes_and_movies_are_drawn_over_time(self):
        picture = TransferFigure()
        for _ in range(2):  # drawing again replaces what was there
            picture.draw(SERIES)
        self.assertEqual(self.lines(picture.rate), [([1, 2, 3], [5e6, 7e6, 6e6])])
        self.assertEqual(self.lines(picture.size),
                         [([1, 2, 3], [1e8, 3e8, 4e8]), ([0, 1], [9e8, 9e8])])
        self.assertEqual(self.lines(picture.movies),
                         [([1, 3], [2, 5]), ([2, 3], [1, 4]), ([0, 1], [9, 9])])
        self.assertEqual(picture.movies.get_xlabel(), "running time (min)")
        self.assertEqual(picture.rate.yaxis.get_major_formatter()(5e6), "5.0 MB/s")
        self.assertEqual(picture.size.yaxis.get_major_formatter()(9e8), "900.0 MB")
        self.assertGreater(picture.rate.get_ylim()[1], 7e6)
        self.assertGreater(picture.size.get_ylim()[1], 9e8)
