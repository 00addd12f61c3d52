#!/bin/sh
# Brings what the chain of download and motion correction needs besides the tests' environment:
#
#     install.sh FOLDER PYTHON
#
# RELION for CPUs from Debian, and Scipion's plugins for it and for MotionCor, Warp, Xmipp, cisTEM and
# facilities, with stand-ins for their programs. They go into a folder of their own, so that all other
# tests run without them. What cannot be brought is said: then the tests skip.
set -u
folder=$1
python=$2
export DEBIAN_FRONTEND=noninteractive

if ! command -v relion_run_motioncorr > /dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        apt-get update -qq
        apt-get install -qq -o DPkg::Lock::Timeout=600 --no-install-recommends relion > /dev/null
    fi
    command -v relion_run_motioncorr > /dev/null ||
        echo "RELION is not here and could not be brought (Debian: apt-get install relion)"
fi

# The plugin believes in the version that the folder's name says; 4.0 is the oldest it knows.
mkdir -p "$folder/relion-4.0/bin"
for program in /usr/bin/relion_*; do
    [ -e "$program" ] && ln -sf "$program" "$folder/relion-4.0/bin/"
done

# Without the dependencies that the tests' environment has; emtools as the plugin pins it.
bring() {
    module=$1
    shift
    [ -e "$folder/python/$module" ] || [ -e "$folder/python/$module.so" ] ||
        "$python" -m pip install --quiet --target "$folder/python" "$@" ||
        echo "$module could not be brought"
}
bring relion --no-deps "scipion-em-relion>=5.0.2" "emtable>=0.0.14" "emtools==0.1.0" \
    xmltodict mrcfile
bring motioncorr --no-deps "scipion-em-motioncorr>=4.0.1"
bring cistem --no-deps "scipion-em-cistem>=3.10.1"
bring warp --no-deps "scipion-em-warp>=3.6.2" "scipion-em-reliontomo>=4.0.2" \
    "scipion-em-tomo>=3.12.4"
bring xmipp3 --no-deps "scipion-em-xmipp>=29.0.1" xmipp3-installer pyxmipp3
bring emfacilities --no-deps "scipion-em-facilities>=3.3.1" influxdb pytz nvidia-ml-py3 \
    pyyaml paramiko joblib
# What paramiko needs, which the monitors import.
bring cryptography --no-deps cryptography cffi pycparser bcrypt pynacl

# Stand-ins for the programs that need a GPU, or that no package brings.
"$python" "$(dirname "$0")/stubs/install.py" "$folder/programs"
exit 0
