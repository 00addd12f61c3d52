#!/bin/sh
# Brings the servers of Debian that the tests of this folder are for:
#
#     install.sh [FOLDER]     (.venv/servers of the checkout, unless told otherwise)
#
# They are unpacked, not installed: the FTP servers exclude each other, and an installed server
# would be started on its well-known port. Only the libraries that they need are installed, and a
# user "ftp", without whom Pure-FTPd serves nobody. What cannot be brought is said: its tests are
# skipped.
set -u
folder=${1:-$(cd "$(dirname "$0")/../../.." && pwd)/.venv/servers}
packages="vsftpd proftpd-core pure-ftpd apache2-bin nginx"

binary() {
    case $1 in
        proftpd-core) echo proftpd ;;
        apache2-bin) echo apache2 ;;
        *) echo "$1" ;;
    esac
}

runs() {
    [ -x "$folder/usr/sbin/$(binary "$1")" ] &&
        ! ldd "$folder/usr/sbin/$(binary "$1")" | grep -q "not found"
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
if [ "$(id -u)" = 0 ] && ! getent passwd ftp > /dev/null; then
    useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ftp ||
        echo "There is no user ftp; the tests of Pure-FTPd are skipped"
fi
exit 0
