#!/bin/sh
# Brings what a window under test needs from Debian: an X server without a screen, a window manager,
# and the tools that press keys, click and take pictures. What cannot be brought is said: the tests
# of this folder are then skipped.
#
#     install.sh [PYTHON]     (the Python that is to show windows)
set -u
packages=""
need() { command -v "$1" > /dev/null || packages="$packages $2"; }
need Xvfb xvfb
need openbox openbox
need xdotool xdotool
need import imagemagick
need xwininfo x11-utils
"${1:-python3}" -c "import tkinter" 2> /dev/null || packages="$packages python3-tk"
[ -z "$packages" ] && exit 0
# Scipion's font, Helvetica, is Liberation Sans here.
packages="$packages fonts-liberation"
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "Not here, and only root can bring it with apt-get:$packages. The window is not tested."
    exit 0
fi
apt-get update -qq || echo "apt-get update failed; going on with what is known"
# shellcheck disable=SC2086 (a list)
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $packages > /dev/null ||
    echo "apt-get could not bring:$packages. The window is not tested."
exit 0
