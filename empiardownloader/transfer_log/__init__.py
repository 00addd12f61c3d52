"""The transfer log of a run: one line for each event, and the state that results from them.

Knows nothing of Scipion: a log can be read from a notebook::

    history = read_history("Runs/000002_EmpiarDownloader/logs/transfer.jsonl")
    print(history.arrived, history.failed)

The log is a text of JSON lines. Every line has ``time`` (seconds since 1970) and ``what``:

===============  ==================================================================================
``what``         the line's other members
===============  ==================================================================================
``begin``        ``continued``: whether the run continues an earlier one in the same folder
``chosen``       number of ``movies``, ``bytes`` (as far as sizes are known) to be downloaded
``progress``     complete ``bytes`` and ``files``, ``bytes_total`` and ``files_total`` of all;
                 ``fetched``: bytes received since ``begin``; ``rate`` in bytes/s;
                 ``connections`` in use; while no data arrive and tries fail also ``trouble`` (why),
                 ``silent`` (seconds without a byte), ``until`` (time of giving up)
``arrived``      ``name``, ``bytes`` (null: unknown): a file is complete and published
``registered``   ``name``: a movie is in the set
``failed``       ``name``, ``reason``: a movie that could not be downloaded or registered; without a
                 name, the error that ended the transfer
``dropped``      ``name``: a missing movie is no longer requested
``left out``     ``name``, ``reason``: a file that is not a movie
``end``          ``how``: ``finished``, ``failed``, ``aborted``, ``stopped here``; not after a kill
===============  ==================================================================================

Readers have to skip unknown members and unknown ``what``.
"""

from .curves import to_curves
from .history import History, Sample, read_history
from .reader import LogReader
from .reasons import grouped_lines, named, without_name
from .writer import SampleSchedule, TransferLog

__all__ = [
    "History",
    "LogReader",
    "Sample",
    "SampleSchedule",
    "TransferLog",
    "grouped_lines",
    "named",
    "read_history",
    "to_curves",
    "without_name",
]
