"""Stand-ins for programs that need a GPU or have no package: they sum a movie, with its gain.

``programs.py NAME ARGUMENTS`` does what Scipion's plugin expects of the program NAME: it writes
the files that the plugin reads. The sum is that of frames times gain, without alignment, so that a
test can tell a gain that was applied from one that was not. As the real MotionCor, the one here
skips a gain that it cannot open, and exits with 0. Each call is a line of JSON in the file
``$CHAIN_CALLS``.
"""

import glob
import json
import os
import sys
import time

import mrcfile
import numpy as np

PIXEL = 1.0  # of what is written; Scipion asks the set


def main(name, *arguments):
    """Be the program of that name; returns its exit code."""
    return {
        "MotionCor3": motioncor,
        "WarpTools": warp,
        "unblur": unblur,
        "ctffind": ctffind,
        "xmipp_movie_alignment_correlation": flexalign,
        "xmipp_image_resize": lambda *_: 0,
    }[name](*arguments)


# -- the programs ---------------------------------------------------------------------------------


def motioncor(*arguments):
    """MotionCor3: one movie, or with ``-Serial 1`` those of a folder."""
    given = options(arguments)
    kind = next(kind for kind in ("-InMrc", "-InTiff", "-InEer") if kind in given)
    source = first(given, kind).strip('"')
    movies = [source]
    if first(given, "-Serial") == "1":
        ends = {"-InMrc": (".mrc", ".mrcs"), "-InTiff": (".tif", ".tiff"), "-InEer": (".eer",)}
        movies = sorted(
            movie for movie in glob.glob(f"{source}/*") if movie.lower().endswith(ends[kind])
        )
    gain = first(given, "-Gain").strip('"')
    note("MotionCor3", movies, gain, dose=first(given, "-FmDose"), pixel=first(given, "-PixSize"),
         voltage=first(given, "-kV"))
    hasPatches = any(number not in ("0", "1") for number in given.get("-Patch", ["0"])[:2])
    for movie in movies:
        frames = len(read(movie))
        stem = os.path.splitext(os.path.basename(movie))[0]
        out = first(given, "-OutMrc").strip('"')
        base = out + stem if out.endswith("/") else os.path.splitext(out)[0]
        image = corrected(movie, gain)
        write(f"{base}.mrc", image)
        if first(given, "-FmDose") not in ("", "0"):
            write(f"{base}_DW.mrc", image)
        folder = first(given, "-LogDir") or "."
        with open(f"{folder}/{stem}{'-Patch' if hasPatches else ''}-Full.log", "w") as log:
            log.write("# full frame alignment\n")
            log.writelines(f"{frame + 1:5d}  0.00  0.00\n" for frame in range(frames))
    return 0


def warp(algorithm, *arguments):
    """WarpTools: ``create_settings``, then ``fs_motion`` of some movies, or ``ts_ctf``."""
    given = options(arguments)
    if algorithm == "create_settings":
        settings = {name: values[0] if values else "" for name, values in given.items()}
        with open(settings["--output"], "w") as file:
            json.dump(settings, file)
        return 0
    if algorithm == "ts_ctf":
        return warp_ctf(first(given, "--settings"))
    with open(first(given, "--settings")) as file:
        settings = json.load(file)
    gain = settings.get("--gain_path", "")
    folder = f"{settings['--folder_processing']}/average"
    os.makedirs(folder, exist_ok=True)
    movies = given["--input_data"]
    note("WarpTools", movies, gain, dose=settings.get("--exposure", ""),
         pixel=settings["--angpix"])
    for movie in movies:
        stem = os.path.splitext(os.path.basename(movie))[0]
        write(f"{folder}/{stem}.mrc", corrected(movie, gain))
    return 0


def warp_ctf(settings):
    """WarpTools' ``ts_ctf``: one defocus for each tilt of a series, as XML."""
    with open(settings) as file:
        series = json.load(file)
    name = os.path.splitext(series["--extension"])[0]
    with open(f"{series['--folder_data']}/{series['--extension']}") as file:
        tilts = [line.split() for line in file if len(line.split()) == 6]
    note("ts_ctf", [tilt[0] for tilt in tilts], "", pixel=series["--angpix"], series=name,
         dose=series.get("--exposure", ""), tilts=[list(map(float, tilt[1:4])) for tilt in tilts])
    nodes = "".join(f'<Node X="0" Y="0" Z="{at}" Value="3.0"/>' for at in range(len(tilts)))
    with open(f"{series['--folder_processing']}/{name}.xml", "w") as file:
        file.write('<TiltSeries><CTF><Param Name="DefocusDelta" Value="0"/>'
                   '<Param Name="DefocusAngle" Value="0"/></CTF>'
                   f'<GridCTF Width="1" Height="1" Depth="{len(tilts)}">{nodes}</GridCTF>'
                   "</TiltSeries>")
    return 0


def ctffind():
    """CTFFIND: its answers come on standard input; the defocus is one that a test can know."""
    micrograph, spectrum = (line.strip() for line in list(sys.stdin)[:2])
    image = read(micrograph)
    defocus = 10000 + 100 * float(image.mean())
    note("ctffind", [micrograph], "")
    print("# stand-in\n1.0", defocus, defocus, 0.0, 0.0, 0.1, 5.0)
    write(spectrum, np.zeros((8, 8)))
    np.savetxt(f"{os.path.splitext(spectrum)[0]}_avrot.txt", np.zeros((6, 8)))
    return 0


def unblur():
    """cisTEM's unblur: its answers come on standard input, a line each."""
    answers = [line.strip() for line in sys.stdin if line.strip()]
    movie, out = answers[0], answers[1]
    gain = next((answer for answer in answers[2:] if os.path.basename(answer).startswith("gain")),
                "")
    note("unblur", [movie], gain)
    write(out, corrected(movie, gain))
    for frame in range(len(read(movie))):
        print(f"image #{frame + 1} = 0.0000, 0.0000")
    return 0


def flexalign(*arguments):
    """Xmipp's FlexAlign: frames are named in a metadata file, shifts and average are written."""
    import xmippLib

    given = options(arguments)
    gain = first(given, "--gain")
    frames, shifts = xmippLib.MetaData(first(given, "-i")), xmippLib.MetaData()
    paths = [frames.getValue(xmippLib.MDL_IMAGE, row) for row in frames]
    movie = paths[0].split("@")[-1].split(":")[0]  # :mrcs says how to read it
    note("xmipp_movie_alignment_correlation", [movie], gain, frames=len(paths))
    for _ in paths:
        row = shifts.addObject()
        shifts.setValue(xmippLib.MDL_SHIFT_X, 0.0, row)
        shifts.setValue(xmippLib.MDL_SHIFT_Y, 0.0, row)
        shifts.setValue(xmippLib.MDL_ENABLED, 1, row)
    shifts.write("frameShifts@" + first(given, "-o"))
    write(first(given, "--oavg"), corrected(movie, gain))
    return 0


# -- what they share ------------------------------------------------------------------------------


def options(arguments):
    """The values after each ``-option``; a negative number is a value."""
    given, values = {}, []
    for argument in arguments:
        if argument.startswith("-") and not argument[1:2].isdigit():
            values = given.setdefault(argument, [])
        else:
            values.append(argument)
    return given


def first(given, name):
    """An option's first value, '' for none."""
    return (given.get(name) or [""])[0]


def note(program, movies, gain, **more):
    """Write down a call."""
    names = [os.path.basename(movie) for movie in movies]
    call = {"program": program, "time": time.time(), "movies": names, "gain": gain,
            "gainFound": bool(gain) and os.path.exists(gain), **more}
    with open(os.environ["CHAIN_CALLS"], "a") as file:
        file.write(json.dumps(call) + "\n")


def read(path):
    """A movie's frames, or a gain reference, as an array."""
    with mrcfile.open(path, permissive=True) as file:
        return np.array(file.data)


def corrected(movie, gain):
    """The sum of a movie's frames, times the gain where there is one."""
    image = read(movie).sum(axis=0, dtype=np.float32)
    if not gain or not os.path.exists(gain):
        print("Warning: Gain ref not found.\n......   Gain correction will be skipped.")
        return image
    return image * read(gain).astype(np.float32).reshape(image.shape)


def write(path, image):
    """A micrograph."""
    with mrcfile.new(path, overwrite=True) as file:
        file.set_data(image.astype(np.float32))
        file.voxel_size = PIXEL


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
