"""The viewer behind "Analyze results"; Scipion finds the classes of this package by itself."""

from pyworkflow.viewer import DESKTOP_TKINTER, Viewer

from ..protocols.base import EmpiarProtocol


class EmpiarDownloaderViewer(Viewer):
    """Opens the window of a run's transfer, during the run and after it."""

    _targets = [EmpiarProtocol]
    _environments = [DESKTOP_TKINTER]
    _name = "Transfer"

    def visualize(self, obj, **kwargs):
        # Tk and matplotlib take a second to load; only who opens the window waits for them.
        from .transfer_window import TransferWindow

        TransferWindow(obj, self._project, self.getParent()).show()
