#!/bin/sh
# Brings what the benchmark compares, where root and Debian's packages are at hand:
#
#     install.sh FOLDER       (the servers are unpacked there, by the script of the interop tests)
#
# What cannot be brought is said; peers that are missing are left out of the benchmark.
set -u
sh "$(dirname "$0")/../empiardownloader/tests/interop/install.sh" "$1"
missing=""
for pair in lftp:lftp aria2c:aria2 rclone:rclone curl:curl wget:wget openssl:openssl; do
    command -v "${pair%%:*}" > /dev/null || missing="$missing ${pair##*:}"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "Not here, and only root can bring it with apt-get:$missing"
    exit 0
fi
apt-get update -qq || echo "apt-get update failed; going on with what is known"
# shellcheck disable=SC2086 (a list)
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing > /dev/null ||
    echo "Could not be brought:$missing"
exit 0
