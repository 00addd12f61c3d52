#!/bin/sh
# Brings the programs of Debian that the tests of gui, interop, chain and cluster use, by one
# apt-get, where root can; then what their own install.sh still miss:
#
#     peers.sh VENV PYTHON
set -u
cd "$(dirname "$0")/.." || exit
tests=empiardownloader/tests
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq || echo "apt-get update failed; going on with what is known"
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        xvfb openbox xdotool imagemagick x11-utils fonts-liberation \
        lftp aria2 curl wget openssl relion slurm-wlm munge > /dev/null ||
        echo "Not all could be brought at once; each test asks for its own"
fi
sh $tests/gui/install.sh "$2"
sh benchmarks/install.sh "$1/servers"
sh $tests/chain/install.sh "$1/chain" "$2"
sh $tests/cluster/install.sh
