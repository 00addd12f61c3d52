"""The tilt series of an image set, as plain values: no window and no network."""

from ..units import format_size
from .tables import Row, Table

#: Tilt series that the wizard lists: the mdoc of each is downloaded for it.
MOST_SERIES = 200

_COLUMNS = (
    ("Name", 200), ("Tilts", 60), ("Missing", 70), ("Angles (°)", 120), ("Axis (°)", 80),
    ("Dose per tilt (e/Å²)", 150), ("Size", 100),
)  # fmt: skip


def seriesTable(listed):
    """Return the tilt series of a TiltSeriesList; none is selected at first."""
    count = len(listed.series)
    shown = f"{count} tilt series" if listed.is_whole else f"The first {count} tilt series"
    total = format_size(sum(series.total_bytes for series in listed.series))
    heading = [
        f"{listed.found.entry.accession}, image set {listed.found.image_set.number}: "
        f"folder '{listed.folder}'",
        f"{shown}, {total} in total.",
        *listed.notes,
    ]
    return Table(heading, _COLUMNS, [_row(series) for series in listed.series], first=None)


def _row(series):
    angles = [tilt.angle for tilt in series.tilts if tilt.angle is not None]
    doses = [tilt.dose for tilt in series.tilts if tilt.dose]
    cells = (
        series.ts_id,
        str(len(series.tilts)),
        str(len(series.missing) or ""),
        f"{min(angles):.0f} to {max(angles):.0f}" if angles else "?",
        "?" if series.axis is None else f"{series.axis:g}",
        f"{sum(doses) / len(doses):.2f}" if doses else "?",
        format_size(series.total_bytes) if series.total_bytes else "?",
    )
    return Row(cells, series.ts_id, tuple(series.notes))
