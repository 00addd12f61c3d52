"""A virtual screen with a window manager, and a user's keys and clicks on it."""

import os
import shutil
import subprocess
import time

TOOLS = ("Xvfb", "openbox", "xdotool", "import", "xwininfo", "xprop")
SIZE = (1500, 950)


def missing_tools():
    """Return the programs of TOOLS that are not on this machine."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def wait_until(condition, what, seconds=180):
    """Return the condition's first true value; AssertionError after the given seconds."""
    until = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < until, f"not seen within {seconds} s: {what}"
        time.sleep(0.1)


class Display:
    """Xvfb with openbox, during its `with` block.

    `processes`: these two, and those whose windows it shows. size: width and height in pixels.
    """

    def __init__(self, size=SIZE):
        self._size = "{}x{}x24".format(*size)

    def __enter__(self):
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", self._size, "-nolisten", "tcp",
             "-noreset", "-r"],  # -r: a key that a busy machine holds down is not typed again
            pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as answer:
            self.name = ":" + answer.readline().strip()
        assert self.name != ":", "Xvfb did not start"
        self.environment = {**os.environ, "DISPLAY": self.name}
        self._manager = subprocess.Popen(["openbox"], env=self.environment,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: "window id" in self._ask("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"),
                   "a window manager")
        self.processes = [self._manager, self._server]
        return self

    def __exit__(self, *error):
        for process in (self._manager, self._server):
            process.terminate()
            process.wait()

    # -- keys and clicks --------------------------------------------------------------------------

    def press(self, *keys):
        """Press keys such as `ctrl+f` in the window that has the focus."""
        self._ask("xdotool", "key", "--clearmodifiers", *keys)

    def write(self, text):
        """Type into the widget that has the focus."""
        self._ask("xdotool", "type", "--delay", "15", text)

    def click(self, window, x, y, button=1, times=1):
        """Move the mouse to a place in an X window, or a part of one, and click."""
        self._ask("xdotool", "mousemove", "--sync", "--window", str(window), str(x), str(y),
                  "click", "--repeat", str(times), "--delay", "20", str(button))

    def point(self, window, x, y):
        """Move the mouse to a place in an X window."""
        self._ask("xdotool", "mousemove", "--sync", "--window", str(window), str(x), str(y))

    def move_away(self):
        """Move the mouse into the corner of the screen, where it points at nothing."""
        self._ask("xdotool", "mousemove", "--sync", "0", "0")

    # -- what is on the screen --------------------------------------------------------------------

    def shows(self, window):
        """Return True if the X server shows this window."""
        return "Map State: IsViewable" in self._ask("xwininfo", "-id", str(window), "-stats")

    def titles(self):
        """Return the titles of all windows that the X server shows."""
        found = self._ask("xdotool", "search", "--onlyvisible", "--name", ".")
        return [self._ask("xdotool", "getwindowname", window).strip() for window in found.split()]

    def picture(self, file, window="root", crop="100%x100%+0+0"):
        """Write a picture of the screen, or of a window and its frame, to a small PNG file."""
        frame = [] if window == "root" else ["-frame"]
        self._ask("import", "-window", str(window), *frame, "-crop", crop, "+repage", "-strip",
                  "-colors", "128", f"PNG8:{file}")

    def _ask(self, *command):
        return subprocess.run(command, env=self.environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=120).stdout
