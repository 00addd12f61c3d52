#!/bin/sh
# Brings what the chain of download and motion correction needs besides the tests' environment:
#
#     install.sh FOLDER PYTHON
#
# RELION for CPUs from Debian, Scipion's plugin for it, and that for MotionCor, without MotionCor,
# for the names in its form. The plugins go into a folder of their own, so that all other tests run
# without them. What cannot be brought is said: then the tests skip.
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
if [ ! -d "$folder/python/relion" ]; then
    "$python" -m pip install --quiet --no-deps --target "$folder/python" \
        "scipion-em-relion>=5.0.2" "emtable>=0.0.14" "emtools==0.1.0" xmltodict mrcfile ||
        echo "scipion-em-relion could not be brought"
fi
if [ ! -d "$folder/python/motioncorr" ]; then
    "$python" -m pip install --quiet --no-deps --target "$folder/python" \
        "scipion-em-motioncorr>=4.0.1" ||
        echo "scipion-em-motioncorr could not be brought"
fi
exit 0
