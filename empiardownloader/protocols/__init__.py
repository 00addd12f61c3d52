"""The Scipion protocols; that of tilt series only where scipion-em-tomo is installed."""

from ..streaming.tilt_series_items import is_available
from .protocol_micrographs import EmpiarMicrographs
from .protocol_movies import EmpiarDownloader

__all__ = ["EmpiarDownloader", "EmpiarMicrographs"]

if is_available():
    from .protocol_tilt_series import EmpiarTiltSeries

    __all__ += ["EmpiarTiltSeries"]
