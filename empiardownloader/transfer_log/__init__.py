"""What a run keeps of its transfer: a line for each thing that happened, and what they add up to.

Knows nothing of Scipion: a record can be read from a notebook::

    history = read_history("Runs/000002_EmpiarDownloader/logs/transfer.jsonl")
    print(history.arrived, history.failed)

The record is a text of JSON lines. Every line has ``time`` (seconds since 1970) and ``what``:

===============  ==================================================================================
``what``         the line's other members
===============  ==================================================================================
``begin``        ``continued``: whether an earlier run of the same folder goes on
``chosen``       ``movies`` (how many), ``bytes`` (where sizes are known): what is to be fetched
``progress``     ``bytes`` and ``files`` that are here, ``bytes_total`` and ``files_total`` of all;
                 ``fetched``: bytes that came over the line since ``begin``; ``rate`` in bytes/s;
                 ``connections`` in use; while no data arrive and tries fail also ``trouble`` (why),
                 ``silent`` (seconds without a byte), ``until`` (time of giving up)
``arrived``      ``name``, ``bytes`` (null: not known): a file is whole and in its place
``registered``   ``name``: a movie is in the set
``failed``       ``name``, ``reason``: a movie did not come or could not be registered; without a
                 name, what ended the transfer
``dropped``      ``name``: a movie that is missing is not asked for any more
``left out``     ``name``, ``reason``: a file that is no movie
``end``          ``how``: ``finished``, ``failed``, ``aborted``, ``stopped here``; not after a kill
===============  ==================================================================================

Unknown members and unknown ``what`` are to be skipped by readers.
"""

from .curves import Curve, Gap, Series, to_curves
from .history import History, Sample, Session, read_history
from .reader import LogReader
from .reasons import grouped_lines, named, without_name
from .sample_schedule import SampleSchedule
from .writer import TransferLog

__all__ = [
    "Curve",
    "Gap",
    "History",
    "LogReader",
    "Sample",
    "SampleSchedule",
    "Series",
    "Session",
    "TransferLog",
    "grouped_lines",
    "named",
    "read_history",
    "to_curves",
    "without_name",
]
