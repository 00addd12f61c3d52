#!/bin/sh
# Brings the programs that make file systems, where root can with Debian's apt-get. The tests say
# why they are skipped where that cannot be.
set -u
for program in mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.exfat mount.exfat-fuse; do
    # They are in sbin, which is not on everybody's path.
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" > /dev/null && continue
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        echo "No $program here, and only root can bring it with apt-get: the tests are skipped."
        exit 0
    fi
    apt-get update -qq || echo "apt-get update failed; going on with what is known"
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -qq -y \
        --no-install-recommends e2fsprogs xfsprogs btrfs-progs exfatprogs exfat-fuse > /dev/null ||
        echo "The programs could not be brought: the tests are skipped."
    exit 0
done
