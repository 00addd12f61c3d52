"""The protocol's form: its parameters are what projects and workflow files store, so names stay."""

from pyworkflow.protocol import params

from ..run.options import GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_LOCAL, ORIENTED_BY_MOVIES


class _From(params.Conditional):
    """A whole number from lowest on; of an empty field Scipion itself says what it should be."""

    def __init__(self, lowest, highest=None):
        words = f"Give a number from {lowest}" + (f" to {highest}" if highest else "")
        super().__init__(words, allowsNull=True)
        self._lowest, self._highest = lowest, highest or float("inf")

    def _condition(self, value):
        return self._lowest <= value <= self._highest


def defineEntry(form):
    """Which movies: the entry, the image set, how many."""
    form.addSection(label="Entry")
    form.addParam(
        "entryId",
        params.StringParam,
        default="10200",
        important=True,
        label="EMPIAR entry",
        help="The entry's number, for example _10200_. _EMPIAR-10200_, its DOI and the address of "
        "its page do as well. Entries are found at [[https://www.ebi.ac.uk/empiar/][EMPIAR]]. "
        "The wand shows the entry's image sets, and what this form's empty fields will be.",
    )
    form.addParam(
        "imageSet",
        params.StringParam,
        default="",
        label="Image set",
        help="An entry may hold several image sets: movies of two sessions, aligned micrographs, "
        "particles. Give the number of the one you want (from 1), its directory or its name, for "
        "example _2_, _data/Movies2_ or _Session 2_; the wand lists them. Empty: the first "
        "one that holds movies.",
    )
    form.addParam(
        "downloadAll",
        params.BooleanParam,
        default=False,
        label="All movies?",
        help="Every movie of the image set. Data sets of several terabytes are normal, and "
        "Execute says so: try a few movies first, then choose _Yes_ and continue the run. It can "
        "be stopped and continued at any time without loss.",
    )
    form.addParam(
        "amountOfImages",
        params.IntParam,
        default=1,
        condition="not downloadAll",
        validators=[_From(1)],
        label="Number of movies",
        help="The first so many, in natural order (a2 before a10), for example _5_. To have more "
        "later, raise the number and continue the run: what is here is neither fetched nor "
        "registered again.",
    )
    form.addParam(
        "filePattern",
        params.StringParam,
        default="",
        label="File pattern",
        help="Empty: whatever looks like a movie. Else one or more patterns, separated by commas, "
        "for the path below the entry: 'data/Movies/*.tif', or 'data/**/FoilHole_*.mrc' (one star "
        "stays within a folder, two cross folders). A pattern without a slash is compared with "
        "the file's own name: '*_Fractions.tif', or '*_00[1-3]_*.mrc', in the image set's folder "
        "and those below it. One that begins with two stars is looked for there, too, and where "
        "nothing there matches, in the whole entry. The wand shows which movies a pattern means, "
        "and their size, before anything is fetched.",
    )




def defineGainAndAcquisition(form):
    """The gain reference, and what the archives do not say of the microscope, or say wrongly."""
    form.addSection(label="Gain and acquisition")
    form.addParam(
        "gainSource",
        params.EnumParam,
        default=GAIN_FROM_ENTRY,
        choices=["find it in the entry", "a file of the entry", "a local file", "none"],
        label="Gain reference",
        help="_Find it_: the gain reference nearest to the movies, by its name (CountRef, "
        "SuperRef, gain ...); the summary says which was taken and which others there are. "
        "_None_ for movies that are gain-corrected.",
    )
    form.addParam(
        "gainPath",
        params.StringParam,
        default="",
        condition=f"gainSource in [{GAIN_BY_PATH}, {GAIN_LOCAL}]",
        label="Gain file",
        help="A file of the entry: its path below the entry, for example "
        "'data/Movies/CountRef_26_000.mrc'; the wand lists those that look like one. A local "
        "file: its path on this machine, for example '/data/gains/gain_2018.mrc'; the wand opens "
        "the file browser.",
    )
    form.addParam(
        "gainOrientation",
        params.EnumParam,
        default=ORIENTED_BY_MOVIES,
        choices=["as the movies show", "as it is"],
        label="Orientation of the gain",
        help="Raw movies show the camera's pattern, so they tell which way the gain reference "
        "lies on them. _As the movies show_: where at least two of the first three movies tell it "
        "beyond doubt, a copy that is turned and flipped accordingly is set (its name ends in "
        "oriented.mrc), and the next protocol needs no rotation and no flip. Where they do not "
        "tell it, and with _As it is_, the gain is set as it was deposited. The summary says what "
        "the movies show, and quotes what the depositors say.",
    )
    form.addParam(
        "samplingRate",
        params.FloatParam,
        default=None,
        allowsNull=True,
        label="Pixel size (Å/px)",
        help="Empty: the pixel size of the image set. Give it when the entry does not know it, or "
        "gives that of another binning: movies in super-resolution whose entry says 1.32 have "
        "_0.66_.",
    )
    for name, label, text, example in (
        ("voltage", "Voltage (kV)", "the voltage in EMDB, else 300 kV.", 200),
        ("sphericalAberration", "Spherical aberration (mm)", "the Cs in EMDB, else 2.7 mm.", 1.4),
        ("amplitudeContrast", "Amplitude contrast", "0.1, as no archive knows it.", 0.07),
        ("magnification", "Magnification", "the magnification in EMDB, else 50000.", 105000),
    ):
        form.addParam(
            name,
            params.FloatParam,
            default=None,
            allowsNull=True,
            label=label,
            help=f"Empty: {text} Give it, for example _{example}_, when that is wrong; the summary "
            "says where each value comes from.",
        )
    line = form.addLine(
        "Dose (e/Å²)",
        help="Initial dose (usually 0) and dose per frame. Empty: the dose per image in EMDB, "
        "divided by the frames of the first movie: 48 e/Å² in 40 frames are _1.2_. Dose "
        "weighting needs it.",
    )
    line.addParam("doseInitial", params.FloatParam, default=0, label="Initial")
    line.addParam(
        "dosePerFrame", params.FloatParam, default=None, allowsNull=True, label="Per frame"
    )


def defineTransfer(form):
    """How the files get here, and where they stay."""
    form.addSection(label="Transfer")
    form.addParam(
        "decompress",
        params.BooleanParam,
        default=True,
        label="Unpack movies?",
        help="Movies that end in _.bz2_ or _.gz_ are unpacked as they come. With No they stay "
        "packed: few programs read packed movies, and none reads _.gz_.",
    )
    form.addParam(
        "downloadFolder",
        params.FolderParam,
        default="",
        expertLevel=params.LEVEL_ADVANCED,
        label="Download folder",
        help="Empty: the files stay in the run. Else they are kept here, in the entry's own tree "
        "below EMPIAR-<number>, and the run links to them: _/data/empiar_ keeps the movies of "
        "entry 10200 in _/data/empiar/EMPIAR-10200_, or in _/data/empiar/10200_ where there is "
        "only that: the archive's own name, which data have that came by Globus or Aspera. Files "
        "that are there with the right size are used without a byte of transfer, whoever brought "
        "them; when all are there, you need not be able to write to the folder. Several runs may "
        "use one folder at the same time.",
    )
    form.addParam(
        "transport",
        params.EnumParam,
        default=0,
        choices=["automatic", "FTP", "HTTPS"],
        label="Transport",
        help="_Automatic_: FTP, and HTTPS where FTP cannot be reached, as behind the firewalls of "
        "many institutes; the log says when. A proxy is taken from the environment "
        "(_HTTPS_PROXY_).",
    )
    form.addParam(
        "patience",
        params.FloatParam,
        default=12,
        expertLevel=params.LEVEL_ADVANCED,
        validators=[_From(0.1)],
        label="Patience (hours)",
        help="How long to go on trying when no data arrive any more, for example _48_ for a long "
        "outage. Before anything was received the run gives up after a minute and a half.",
    )
    form.addParam(
        "connections",
        params.IntParam,
        default=4,
        expertLevel=params.LEVEL_ADVANCED,
        validators=[_From(1, 12)],
        label="Connections",
        help="Movies fetched at once, for example _8_. One connection to EMPIAR brings 1 to 10 "
        "MB/s, several bring more; above 12 the server begins to refuse them. When it refuses, "
        "fewer are used.",
    )
