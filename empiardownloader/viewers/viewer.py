"""The viewer of a run, as Scipion asks for it."""

from pyworkflow.viewer import DESKTOP_TKINTER, Viewer

from ..protocols import EmpiarDownloader


class EmpiarDownloaderViewer(Viewer):
    """Opens the window of a run's transfer, whether the run goes on or has ended."""

    _targets = [EmpiarDownloader]
    _environments = [DESKTOP_TKINTER]
    _name = "Transfer"

    def visualize(self, obj, **kwargs):
        # Tk and matplotlib take a second to load; only who opens the window waits for them.
        from .transfer_window import TransferWindow

        TransferWindow(obj, self._project, self.getParent()).show()
