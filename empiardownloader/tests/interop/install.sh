#!/bin/sh
# Brings the servers of Debian that the tests of this folder are for:
#
#     install.sh [FOLDER]     (.venv/servers of the checkout, unless told otherwise)
#
# They are unpacked, not installed: the FTP servers exclude each other, and an installed server
# would be started on its well-known port. Only the libraries that they need are installed. What
# cannot be brought is said: its tests are skipped.
set -u
folder=${1:-$(cd "$(dirname "$0")/../../.." && pwd)/.venv/servers}
# libnss-wrapper gives Pure-FTPd its user ftp, without one on the system.
packages="vsftpd proftpd-core libnss-wrapper pure-ftpd apache2-bin nginx"

file_of() {
    case $1 in
        proftpd-core) echo "$folder/usr/sbin/proftpd" ;;
        apache2-bin) echo "$folder/usr/sbin/apache2" ;;
        libnss-wrapper) find "$folder/usr/lib" -name libnss_wrapper.so ;;
        *) echo "$folder/usr/sbin/$1" ;;
    esac
}

runs() {
    file=$(file_of "$1" 2> /dev/null)
    [ -f "$file" ] && ! ldd "$file" | grep -q "not found"
}

bring() {
    rm -rf "$folder/packages" && mkdir -p "$folder/packages" && cd "$folder/packages" || return
    apt-get download -qq -o APT::Sandbox::User=root "$1" > /dev/null || return
    dpkg -x ./*.deb "$folder" || return
    libraries=$(dpkg-deb -f ./*.deb Depends | tr ',' '\n' | sed -n 's/^ *\(lib[^ |]*\).*/\1/p')
    # shellcheck disable=SC2086 (a list)
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $libraries \
        > /dev/null
}

missing=""
for package in $packages; do
    runs "$package" || missing="$missing $package"
done
if [ -n "$missing" ] && { [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; }; then
    echo "Not here, and only root can bring it with apt-get:$missing. Its tests are skipped."
    exit 0
fi
if [ -n "$missing" ]; then
    apt-get update -qq || echo "apt-get update failed; going on with what is known"
    for package in $missing; do
        (bring "$package") && runs "$package" ||
            echo "$package could not be brought; its tests are skipped"
    done
    rm -rf "$folder/packages"
fi
exit 0
