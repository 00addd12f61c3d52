"""Single runs in a JSON file, to redraw table and chart without measuring again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import List, Sequence, Tuple

from .process import Cost
from .results import Series


def save(path: Path, machine: Sequence[str], results: Sequence[Series]) -> None:
    """Write the results as JSON, in seconds and bytes."""
    numbers = {"machine": machine, "results": [asdict(series) for series in results]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(numbers, indent=1))


def load(path: Path) -> Tuple[List[str], List[Series]]:
    """Return the saved description of the machine and the results."""
    numbers = json.loads(path.read_text())
    results = [
        Series(**{**fields, "costs": [Cost(**cost) for cost in fields["costs"]]})
        for fields in numbers["results"]
    ]
    return numbers["machine"], results
