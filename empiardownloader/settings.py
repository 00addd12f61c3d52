"""Addresses of the archives, from Scipion's configuration or the environment."""

import os
from dataclasses import dataclass
from typing import Mapping, NamedTuple, Optional


class Variable(NamedTuple):
    """A variable of Scipion's configuration."""

    name: str
    default: str
    description: str


_API = Variable(
    "EMPIAR_API_URL",
    "https://www.ebi.ac.uk/empiar/api/entry",
    "Address of EMPIAR's metadata; an entry's JSON is below it at <id>/.",
)
_FTP = Variable(
    "EMPIAR_FTP_URL",
    "ftp://ftp.ebi.ac.uk/empiar/world_availability",
    "FTP address of EMPIAR's files, or of a mirror's; an entry's are below it at <id>/.",
)
_HTTPS = Variable(
    "EMPIAR_HTTPS_URL",
    "https://ftp.ebi.ac.uk/empiar/world_availability",
    "HTTPS address of the same files.",
)
_EMDB = Variable(
    "EMDB_API_URL",
    "https://www.ebi.ac.uk/emdb/api/entry",
    "Address of EMDB's metadata; a map's JSON is below it at EMD-<n>.",
)
VARIABLES = (_API, _FTP, _HTTPS, _EMDB)


@dataclass(frozen=True)
class Addresses:
    """The four addresses, without a slash at the end."""

    api: str
    ftp: str
    https: str
    emdb: str


def addresses(environ: Optional[Mapping[str, str]] = None) -> Addresses:
    """Return the present addresses; call this when a run starts, never at import."""
    values = os.environ if environ is None else environ
    api, ftp, https, emdb = (
        (values.get(variable.name) or variable.default).rstrip("/") for variable in VARIABLES
    )
    return Addresses(api, ftp, https, emdb)
