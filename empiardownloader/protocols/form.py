"""The form's parameters; projects and workflow files store their names, which never change."""

from pyworkflow.protocol import params

from ..run.options import GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_LOCAL, ORIENTED_BY_MOVIES


class _From(params.Conditional):
    """A number from lowest to highest; Scipion itself refuses an empty field."""

    def __init__(self, lowest, highest=None):
        words = f"Enter a number from {lowest}" + (f" to {highest}" if highest else "")
        super().__init__(words, allowsNull=True)
        self._lowest, self._highest = lowest, highest or float("inf")

    def _condition(self, value):
        return self._lowest <= value <= self._highest


class InOtherWords:
    """A form whose labels and help speak of other images than movies, with defaults for them."""

    def __init__(self, form, noun, **defaults):
        self._form = form
        self._noun = noun
        self._defaults = defaults

    def addParam(self, name, kind, **options):
        """Add a parameter, as a form does."""
        for key in ("label", "help"):
            text = options[key].replace("movie", self._noun)
            options[key] = text.replace("Movie", self._noun.capitalize())
        options["default"] = self._defaults.get(name, options["default"])
        return self._form.addParam(name, kind, **options)

    def addSection(self, **options):
        """Add a section, as a form does."""
        return self._form.addSection(**options)


def _addOptional(form, name, **options):
    """Add a number that may stay empty."""
    form.addParam(name, params.FloatParam, default=None, allowsNull=True, **options)


def defineEntry(form):
    """Add the entry, the image set and the number of movies."""
    defineEntryAndImageSet(form)
    _defineNumberOfMovies(form)
    definePattern(form)


def defineEntryAndImageSet(form):
    """Add the section of the entry and its image set."""
    form.addSection(label="Entry")
    form.addParam(
        "entryId",
        params.StringParam,
        default="10200",
        important=True,
        label="EMPIAR entry",
        help="The number of an entry, for example _10200_. _EMPIAR-10200_, its DOI and the "
        "address of its page or files work, too. Search entries at "
        "[[https://www.ebi.ac.uk/empiar/][EMPIAR]]. The wand lists the entry's image sets "
        "and the values used for empty fields, and offers the entries that you used last.",
    )
    form.addParam(
        "imageSet",
        params.StringParam,
        default="",
        label="Image set",
        help="An entry can have several image sets: movies of two sessions, aligned micrographs, "
        "particles. Enter the number of one (from 1), its directory or its name, for example "
        "_2_, _data/Movies2_ or _Session 2_; the wand lists them. Leave it empty for the "
        "first one that contains movies.",
    )


def _defineNumberOfMovies(form):
    form.addParam(
        "downloadAll",
        params.BooleanParam,
        default=False,
        label="All movies?",
        help="Download every movie of the image set. Several terabytes are normal, and Execute "
        "warns of them: start with a few movies, then choose _Yes_ and continue the run. You "
        "can stop and continue at any time without loss.",
    )
    form.addParam(
        "amountOfImages",
        params.IntParam,
        default=1,
        condition="not downloadAll",
        validators=[_From(1)],
        label="Number of movies",
        help="The first N movies in natural order (a2 before a10), for example _5_. To get more "
        "later, raise the number and continue the run: movies that are downloaded are "
        "neither downloaded nor registered again.",
    )


def definePattern(form):
    """Add the globs that choose files."""
    form.addParam(
        "filePattern",
        params.StringParam,
        default="",
        label="File pattern",
        help="Leave empty to download everything that looks like a movie. Otherwise: one or more "
        "patterns, separated by commas, for the path inside the entry: 'data/Movies/*.tif', "
        "or 'data/**/FoilHole_*.mrc' (one star stays within a folder, two cross folders). A "
        "pattern without a slash is compared with the file's own name: '*_Fractions.tif', or "
        "'*_00[1-3]_*.mrc', in the image set's folder and those below it. A pattern that "
        "begins with two stars is searched there, too, and if nothing there matches, in the "
        "whole entry. The wand shows which movies match, with their sizes, before anything "
        "is downloaded, and lets you choose movies by name.",
    )


def defineGain(form):
    """Add the section of the gain reference and the acquisition, with the gain reference."""
    form.addSection(label="Gain and acquisition")
    form.addParam(
        "gainSource",
        params.EnumParam,
        default=GAIN_FROM_ENTRY,
        choices=["find it in the entry", "a file of the entry", "a local file", "none"],
        label="Gain reference",
        help="_Find it_: the gain reference closest to the movies, recognised by its name "
        "(CountRef, SuperRef, gain ...); the summary names it and the others that were "
        "found. _None_: for movies that are already gain-corrected.",
    )
    form.addParam(
        "gainPath",
        params.StringParam,
        default="",
        condition=f"gainSource in [{GAIN_BY_PATH}, {GAIN_LOCAL}]",
        label="Gain file",
        help="For a file of the entry: its path inside the entry, for example "
        "'data/Movies/CountRef_26_000.mrc'; the wand lists the gain references. For a local "
        "file: its path on this machine, for example '/data/gains/gain_2018.mrc'; the wand "
        "opens the file browser.",
    )
    form.addParam(
        "gainOrientation",
        params.EnumParam,
        default=ORIENTED_BY_MOVIES,
        choices=["as the movies show", "as it is"],
        label="Orientation of the gain",
        help="Raw movies contain the camera's pattern, so they show how the gain reference is "
        "oriented on them. _As the movies show_: if at least two of the first three movies "
        "show it clearly, the output gets a copy that is rotated and flipped accordingly "
        "(its name ends in oriented.mrc), and the next protocol needs no rotation and no "
        "flip. If they do not show it, and with _As it is_, the output gets the gain as "
        "deposited. The summary reports what the movies show, and quotes the depositors.",
    )


def defineAcquisition(form):
    """Add the values that override EMPIAR's and EMDB's."""
    _addOptional(
        form,
        "samplingRate",
        label="Pixel size (Å/px)",
        help="Leave empty to use the pixel size of the image set. Enter it if the entry lacks it "
        "or gives the value of another binning: for movies in super-resolution whose entry "
        "says 1.32 enter _0.66_.",
    )
    for name, label, text, example in (
        ("voltage", "Voltage (kV)", "the voltage in EMDB, or 300 kV", 200),
        ("sphericalAberration", "Spherical aberration (mm)", "the Cs in EMDB, or 2.7 mm", 1.4),
        ("amplitudeContrast", "Amplitude contrast", "0.1 (no archive reports it)", 0.07),
        ("magnification", "Magnification", "the magnification in EMDB, or 50000", 105000),
    ):
        _addOptional(
            form,
            name,
            label=label,
            help=f"Leave empty to use {text}. Enter it, for example _{example}_, if that is wrong; "
            "the summary names the source of each value.",
        )


def defineDose(form):
    """Add the doses, for movies that do not tell them."""
    line = form.addLine(
        "Dose (e/Å²)",
        help="Initial dose (usually 0) and dose per frame. Leave the dose per frame empty to use "
        "the one that the movies report, or the dose per image in EMDB divided by the number "
        "of frames: 48 e/Å² in 40 frames are _1.2_. Dose weighting needs it.",
    )
    line.addParam("doseInitial", params.FloatParam, default=0, label="Initial")
    _addOptional(line, "dosePerFrame", label="Per frame")


def defineTiltSeries(form):
    """Add the names or the number of tilt series."""
    form.addParam(
        "seriesNames",
        params.StringParam,
        default="",
        label="Tilt series",
        help="Names of tilt series, separated by commas; they can have wildcards: "
        "'TS_01, TS_4*'. The wand lists the series of the entry with their tilts, axis, dose "
        "and size. Leave it empty for the first ones in natural order.",
    )
    form.addParam(
        "downloadAll",
        params.BooleanParam,
        default=False,
        condition="not seriesNames",
        label="All series?",
        help="Download every tilt series of the image set. One series has some 40 movies: start "
        "with one, then choose _Yes_ and continue the run.",
    )
    form.addParam(
        "amountOfSeries",
        params.IntParam,
        default=1,
        condition="not seriesNames and not downloadAll",
        validators=[_From(1)],
        label="Number of series",
        help="The first N tilt series in natural order (TS_2 before TS_10), for example _3_. To "
        "get more later, raise the number and continue the run.",
    )


def defineTiltAcquisition(form):
    """Add the tilt axis and the dose, for mdocs where they are missing or wrong."""
    _addOptional(
        form,
        "tiltAxisAngle",
        label="Tilt axis angle (degrees)",
        help="Leave empty to use the mdoc's, for example 85.3. Enter it if the mdoc has none, or "
        "if you know it better. Tomography 5 writes another angle than SerialEM "
        "(-1 x angle - 90); the summary says so.",
    )
    _addOptional(
        form,
        "dosePerTilt",
        label="Dose per tilt (e/Å²)",
        help="Leave empty to use the mdoc's, if it is calibrated. Enter it otherwise, for example "
        "_2.6_: without it, dose weighting and the accumulated dose are wrong.",
    )


def defineChoice(form):
    """Add the parameters that choose some of the movies."""
    form.addParam(
        "movieNames",
        params.StringParam,
        default="",
        expertLevel=params.LEVEL_ADVANCED,
        label="Movie names",
        help="Leave empty to choose by number. Otherwise: the names of the movies to download, "
        "separated by commas, or the path of a local text file with a name in each line, for "
        "example '/data/good_movies.txt'. A name may be a path inside the entry, with or without "
        "extension. All that are named are downloaded, and the summary says which do not exist.",
    )
    form.addParam(
        "everyMovie",
        params.IntParam,
        default=1,
        expertLevel=params.LEVEL_ADVANCED,
        validators=[_From(1)],
        label="Every k-th movie",
        help="Download only every k-th movie of the list, for example _10_ for a sample of the "
        "whole session. 1: every movie.",
    )


def defineTransfer(form):
    """Add the transport, its limits, and where the files are stored."""
    form.addSection(label="Transfer")
    form.addParam(
        "decompress",
        params.BooleanParam,
        default=True,
        label="Unpack movies?",
        help="Unpack movies that end in _.bz2_ or _.gz_ after their download. With No they stay "
        "packed: few programs read packed movies, and none reads _.gz_.",
    )
    form.addParam(
        "downloadFolder",
        params.FolderParam,
        default="",
        expertLevel=params.LEVEL_ADVANCED,
        label="Download folder",
        help="Leave empty to store the files in the run. Otherwise they are stored in this "
        "folder, in the entry's own tree below EMPIAR-<number>, and the run links to them: "
        "_/data/empiar_ gets the movies of entry 10200 in _/data/empiar/EMPIAR-10200_. If "
        "the folder already has _/data/empiar/10200_ (as from Globus or Aspera), that one is "
        "used. Files with the right size are used without any transfer, whatever program "
        "downloaded them; if all files are there, write permission is not needed. Several "
        "runs may use one folder at the same time.",
    )
    form.addParam(
        "transport",
        params.EnumParam,
        default=0,
        choices=["automatic", "FTP", "HTTPS"],
        label="Transport",
        help="_Automatic_: FTP, or HTTPS if FTP is blocked, as by the firewalls of many "
        "institutes; the log says when. A proxy is taken from the environment "
        "(_HTTPS_PROXY_).",
    )
    form.addParam(
        "patience",
        params.FloatParam,
        default=12,
        expertLevel=params.LEVEL_ADVANCED,
        validators=[_From(0.1)],
        label="Patience (hours)",
        help="How long to keep trying when no data arrive, for example _48_ for a long outage. If "
        "nothing was ever received, the run gives up after a minute and a half.",
    )
    form.addParam(
        "connections",
        params.IntParam,
        default=4,
        expertLevel=params.LEVEL_ADVANCED,
        validators=[_From(1, 12)],
        label="Connections",
        help="Number of movies downloaded at the same time, for example _8_. One connection to "
        "EMPIAR transfers 1 to 10 MB/s, several transfer more; above 12 the server begins to "
        "refuse them. If it refuses some, fewer are used.",
    )
    _addOptional(
        form,
        "bandwidthLimit",
        expertLevel=params.LEVEL_ADVANCED,
        label="Bandwidth limit (MB/s)",
        help="Leave empty for no limit. Otherwise all connections together receive at most so "
        "many megabytes per second, for example _20_.",
    )
