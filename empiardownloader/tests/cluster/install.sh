#!/bin/sh
# Brings Slurm for the tests of this folder, where root can with Debian's apt-get. The tests start
# daemons of their own, on their own ports, and say why they are skipped where that cannot be.
set -u
for program in slurmctld slurmd sbatch munged; do
    # Daemons are in sbin, which is not on everybody's path.
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" > /dev/null && continue
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        echo "No $program here, and only root can bring it with apt-get: the tests are skipped."
        exit 0
    fi
    apt-get update -qq || echo "apt-get update failed; going on with what is known"
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -qq -y \
        --no-install-recommends slurm-wlm munge > /dev/null ||
        echo "Slurm could not be brought: the tests are skipped."
    exit 0
done
