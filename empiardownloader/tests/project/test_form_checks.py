"""Errors and warnings of the form before Execute."""

import re
import time
import unittest
from pathlib import Path

from pyworkflow import Config
from pyworkflow.protocol import params
from pyworkflow.utils import parseHyperText

from empiardownloader.cli import _parser, run
from empiardownloader.protocols import EmpiarDownloader
from empiardownloader.protocols.form_checks import formWarnings
from empiardownloader.run.options import GAIN_BY_PATH
from empiardownloader.run.space_estimate import VERY_LARGE, SpaceEstimate
from empiardownloader.run.state import RunState
from empiardownloader.tests.project import base
from empiardownloader.transfer import FileRequest
from empiardownloader.units import size_of_text


class TestFormErrors(base.ArchiveTest):
    """A value that no run could use is refused in one sentence, without asking the archive."""

    def errors(self, **parameters):
        errors = self.newRun(**parameters).validate()
        self.assertEqual(self.archive.requests(), [], "fast: the network is not asked")
        for error in errors:
            self.assertNotIn("\n", error)
        return errors

    def test_the_form_as_it_opens_has_no_errors(self):
        self.assertEqual(self.errors(), [])

    def test_good_values_have_no_errors(self):
        self.assertEqual(self.errors(
            entryId="10.6019/EMPIAR-10200", imageSet="2", amountOfImages=7, samplingRate=0.66,
            voltage=300.0, sphericalAberration=0.0, amplitudeContrast=0.07, magnification=105000.0,
            doseInitial=0.0, dosePerFrame=1.2, connections=12,
            filePattern="data/**/FoilHole_*.mrc, a[1].tif, *_00[1-3].tif",
            gainSource=1, gainPath="/data/Movies/CountRef.mrc"), [])

    def test_each_bad_value_has_its_sentence(self):
        for parameters, words in (
            ({"entryId": ""}, "entry"),
            ({"entryId": "my data"}, "my data"),
            ({"imageSet": "0"}, "counted from 1"),
            ({"amountOfImages": 0}, "from 1"),
            ({"amountOfImages": -3}, "from 1"),
            ({"samplingRate": 0.0}, "pixel size"),
            ({"samplingRate": -0.66}, "cannot be -0.66 Å/px: it must be greater than 0"),
            ({"voltage": 300000.0}, "300000 kV"),
            ({"sphericalAberration": -2.7}, "-2.7 mm: it must be at least 0"),
            ({"amplitudeContrast": 10.0}, "less than 1, for example 0.1"),
            ({"magnification": 0.0}, "magnification"),
            ({"doseInitial": -1.0}, "initial dose"),
            ({"dosePerFrame": 0.0}, "dose per frame"),
            ({"connections": 0}, "from 1 to 12"),
            ({"connections": 13}, "from 1 to 12"),
            ({"filePattern": "https://ftp.ebi.ac.uk/empiar/10200/data/*.tif"}, "is an address"),
            ({"filePattern": "data/../../*.tif"}, "'..'"),
            ({"filePattern": "data\\Movies\\*.tif"}, "with /"),
            ({"filePattern": "data/*.{tif,mrc}"}, "separated by commas"),
            ({"gainSource": 1}, "Enter the path of the gain file"),
            ({"gainSource": 1, "gainPath": "../gain.mrc"}, "inside the entry"),
            ({"gainSource": 1, "gainPath": "ftp://ftp.ebi.ac.uk/gain.mrc"}, "is an address"),
            ({"gainSource": 2}, "Enter the path of the gain file"),
            ({"gainSource": 2, "gainPath": "/no/such.mrc"}, "/no/such.mrc does not exist"),
            ({"downloadFolder": "/etc/passwd/movies"}, "cannot be written to"),
        ):
            with self.subTest(**parameters):
                errors = self.errors(**parameters)
                self.assertEqual(len(errors), 1, errors)
                self.assertIn(words, errors[0])

    def test_a_number_that_was_deleted_is_asked_for(self):
        run = self.newRun()
        run.amountOfImages.set(None)
        self.assertEqual(run.validate(), ["*Number of movies* should be an integer"])
        run.downloadAll.set(True)
        self.assertEqual(run.validate(), [])
        run.connections.set(None)
        self.assertEqual(run.validate(), ["*Connections* should be an integer"])

    def test_a_gain_path_of_another_choice_is_not_looked_at(self):
        self.assertEqual(self.errors(gainSource=3, gainPath="../left/from/before"), [])

    def test_all_that_is_wrong_is_said_at_once(self):
        self.assertEqual(len(self.errors(entryId="?", voltage=-1.0, gainSource=1)), 3)


class TestFormWarnings(base.ArchiveTest):
    """Warnings at Execute, which ask the archive once at most."""

    @classmethod
    def fill(cls):
        imageSet = {"directory": "data/Movies", "num_images_or_tilt_series": 1200}
        cls.entries.add_entry("10002", [imageSet], {}, dataset_size="12.4 TB")
        cls.entries.add_entry("10003", [imageSet], {}, dataset_size="80 GB")
        cls.entries.add_entry("10004", [imageSet], {}, dataset_size="unknown")
        for number, dose in (("10005", None), ("10006", 40)):
            cls.entries.add_entry(number, [imageSet], {}, cross_references=[f"EMD-{number}"])
            cls.entries.add_map(int(number), dose_per_image=dose)
        cls.entries.add_entry("10007", [imageSet], {}, cross_references=["EMD-10007"])

    def warnings(self, free=1e15, **parameters):
        return formWarnings(self.newRun(**parameters), free)

    def test_of_any_number_the_archive_is_asked_once_and_little_is_nothing_to_warn_of(self):
        for parameters in ({"amountOfImages": 5}, {"movieNames": "a, b"}, {"everyMovie": 400}):
            self.archive.forget_requests()
            self.assertEqual(self.warnings(entryId="10003", **parameters), [])
            self.assertEqual(len(self.archive.requests()), 1, "one question")

    def test_fewer_than_three_threads_do_not_stream(self):
        for threads in (1, 2):
            [warning] = self.warnings(numberOfThreads=threads)
            self.assertIn("no streaming", warning)

    def test_terabytes_are_warned_of_whatever_the_number(self):
        for parameters, beginning in (
            ({"downloadAll": True}, "All movies: about 12.4 TB."),
            ({"amountOfImages": 1199}, "1,199 movies: about 12.4 TB."),
            ({"downloadAll": True, "everyMovie": 10}, "All movies, one in 10: about 1.2 TB."),
        ):
            [warning] = self.warnings(entryId="10002", **parameters)
            self.assertTrue(warning.startswith(beginning), warning)
            self.assertIn("You can start with a smaller number", warning)

    def test_all_movies_of_a_common_entry_are_nothing_to_warn_of(self):
        self.assertEqual(self.warnings(entryId="10003", downloadAll=True), [])
        self.assertGreater(VERY_LARGE, 80e9)

    def test_a_disk_that_may_be_too_small_is_told_with_both_numbers(self):
        for parameters, need in (({"downloadAll": True}, "80.0 GB"), ({"amountOfImages": 600},
                                 "40.0 GB"), ({"movieNames": ",".join("abc")}, "200.0 MB")):
            free = 0.1e9 if need.endswith("MB") else 20e9
            [warning] = self.warnings(free=free, entryId="10003", **parameters)
            self.assertIn(f": about {need} to download, ", warning)
            self.assertIn("100.0 MB free." if free < 1e9 else "20.0 GB free.", warning)

    def test_the_size_stands_beside_the_free_disk(self):
        run = self.newRun(entryId="10003", amountOfImages=12)
        told = SpaceEstimate(run).sentence(free=5e9)
        self.assertRegex(told, r"^12 movies: about 800\.0 MB\. Free in /.*: 5\.0 GB\.$")
        run.entryId.set("10004")
        self.assertEqual(SpaceEstimate(run).sentence(free=5e9), "", "nothing tells its size")

    def test_the_disk_is_that_of_the_download_folder(self):
        [warning] = self.warnings(free=1, entryId="10003", downloadAll=True,
                                  downloadFolder="/tmp/no/such/folder/yet")
        self.assertIn("disk space in /tmp:", warning)

    def test_the_room_of_the_real_disk_is_looked_at(self):
        run = self.newRun(entryId="10002", downloadAll=True)
        run.numberOfThreads.set(1)
        self.assertEqual(len(run._warnings()), 4, "no machine of the tests has 12 TB free")

    def test_sizes_that_an_earlier_run_knows_go_before_the_entrys(self):
        run = self.newRun(entryId="10003", amountOfImages=10)
        self.proj.saveProtocol(run)
        run.makePathsAndClean()
        record = RunState(run._getLogsPath())
        record.saveEntry({"number": "10003", "document": {}})
        record.saveSelection(
            [FileRequest("a.tif", 3_000, "a.tif"), FileRequest("b.tif", 5_000, "b.tif")]
        )
        Path(run._getExtraPath("a.tif")).write_bytes(bytes(3_000))
        [warning] = formWarnings(run, free=36_999)
        self.assertIn("about 37.0 kB to download, 37.0 kB free.", warning)
        self.assertEqual(formWarnings(run, free=37_000), [])
        self.assertEqual(self.archive.requests(), [], "the run's state knows the entry")
        run.entryId.set("10004")
        self.assertEqual(formWarnings(run, free=0), [], "of another entry nothing is known")

    def test_a_dose_that_nobody_knows_is_warned_of_where_that_is_sure(self):
        for number, parameters, isWarnedOf in (
            ("10003", {}, True),  # no map
            ("10003", {"dosePerFrame": 1.0}, False),
            ("10005", {}, True),  # its map has no dose
            ("10006", {}, False),
            ("10007", {}, False),  # EMDB does not answer
        ):
            with self.subTest(entry=number, **parameters):
                run = self.newRun(entryId=number, downloadAll=True, **parameters)
                told = [line for line in run._warnings() if "dose weighting" in line]
                self.assertEqual(len(told), isWarnedOf, told)

    def test_an_archive_that_does_not_answer_delays_by_seconds_and_says_nothing(self):
        self.archive.set(latency=20.0)
        began = time.monotonic()
        self.assertEqual(self.warnings(entryId="10002", downloadAll=True), [])
        self.assertLess(time.monotonic() - began, 10)

    def test_an_entry_that_cannot_be_had_is_left_to_the_run(self):
        for number in ("99999", "my data"):
            self.assertEqual(self.warnings(entryId=number, downloadAll=True), [])
        self.archive.set(api_status={"10002": 500})
        self.assertEqual(self.warnings(entryId="10002", downloadAll=True), [])

    def test_a_size_that_is_no_size_warns_of_nothing(self):
        self.assertEqual(self.warnings(free=0, entryId="10004", downloadAll=True), [])

    def test_sizes_are_read_as_the_archive_writes_them(self):
        for text, size in (("1.9 TB", 1.9e12), ("165.4 GB", 165.4e9), ("6.7GB", 6.7e9),
                           ("512 B", 512), ("", None), ("huge", None), ("1.9", None)):
            self.assertEqual(size_of_text(text), size, text)


#: What the form has from Scipion, and no command of a terminal needs.
_SCIPIONS_OWN = {"runMode", "runName", "hostName", "numberOfMpi"}


class TestForm(unittest.TestCase):
    """The form as the window shows it, and as projects and workflow files know it."""

    FIELDS = (  # section, name, class, default
        ("Entry", "entryId", params.StringParam, "10200"),
        ("Entry", "imageSet", params.StringParam, ""),
        ("Entry", "downloadAll", params.BooleanParam, False),
        ("Entry", "amountOfImages", params.IntParam, 1),
        ("Entry", "filePattern", params.StringParam, ""),
        ("Entry", "movieNames", params.StringParam, ""),
        ("Entry", "everyMovie", params.IntParam, 1),
        ("Gain and acquisition", "gainSource", params.EnumParam, 0),
        ("Gain and acquisition", "gainPath", params.StringParam, ""),
        ("Gain and acquisition", "gainOrientation", params.EnumParam, 0),
        ("Gain and acquisition", "samplingRate", params.FloatParam, None),
        ("Gain and acquisition", "voltage", params.FloatParam, None),
        ("Gain and acquisition", "sphericalAberration", params.FloatParam, None),
        ("Gain and acquisition", "amplitudeContrast", params.FloatParam, None),
        ("Gain and acquisition", "magnification", params.FloatParam, None),
        ("Gain and acquisition", "doseInitial", params.FloatParam, 0),
        ("Gain and acquisition", "dosePerFrame", params.FloatParam, None),
        ("Transfer", "decompress", params.BooleanParam, True),
        ("Transfer", "downloadFolder", params.FolderParam, ""),
        ("Transfer", "transport", params.EnumParam, 0),
        ("Transfer", "patience", params.FloatParam, 12),
        ("Transfer", "connections", params.IntParam, 4),
        ("Transfer", "bandwidthLimit", params.FloatParam, None),
        ("Parallelization", "numberOfThreads", params.IntParam, 3),
        ("Parallelization", "numberOfMpi", params.IntParam, 1),
    )
    CHOICES = {
        "gainSource": ["find it in the entry", "a file of the entry", "a local file", "none"],
        "gainOrientation": ["as the movies show", "as it is"],
        "transport": ["automatic", "FTP", "HTTPS"],
    }

    def test_the_command_run_has_every_parameter_of_both_forms(self):
        from empiardownloader.headless import protocol_class

        for arguments in ([], ["--tilt-series", "TS_01"]):
            options = _parser().parse_args(["run", "10001", "--project", "p", *arguments])
            parameters = run._parameters(options)
            form = protocol_class(run._protocol(options))()
            names = {name for name, _ in form.iterDefinitionAttributes()}
            self.assertEqual({name for name in names if name not in parameters}, _SCIPIONS_OWN)
            self.assertEqual(set(parameters) - names - {"numberOfThreads"}, set())

    @classmethod
    def setUpClass(cls):
        Config.getDomain().getProtocols()  # tells the class its plugin, which validate() needs

    def setUp(self):
        self.run_ = EmpiarDownloader()
        self.form = self.run_.getDefinition()
        ours = {name for _, name, _, _ in self.FIELDS} - {"numberOfThreads", "numberOfMpi"}
        self.ours = {name: param for name, param in self.form.iterParams() if name in ours}

    def test_each_field_is_in_its_section_with_its_kind_and_default(self):
        here = []
        for section in self.form.iterSections():
            for name, param in section.iterParams():
                inLine = param.iterParams() if isinstance(param, params.Line) else [(name, param)]
                here += [(section.getLabel(), name, type(param),
                          self.run_.getAttributeValue(name)) for name, param in inLine]
        self.assertEqual([field for field in here if field[0] != "General"
                          and field[1] != "hostName"], list(self.FIELDS))
        for name, choices in self.CHOICES.items():
            self.assertEqual(self.ours[name].choices, choices)

    def test_the_entry_stands_out_and_what_few_need_is_for_experts(self):
        self.assertEqual([name for name, param in self.ours.items() if param.isImportant()],
                         ["entryId"])
        for name, param in self.ours.items():
            isExpert = param.expertLevel.get() == params.LEVEL_ADVANCED
            self.assertEqual(isExpert, name in ("connections", "downloadFolder", "patience",
                                                "movieNames", "everyMovie", "bandwidthLimit"), name)

    def test_a_field_that_the_choices_make_useless_is_not_shown(self):
        def isShown(name, **choices):
            return EmpiarDownloader(**choices).evalParamCondition(name)

        self.assertEqual([isShown("gainPath", gainSource=source) for source in range(4)],
                         [False, True, True, False])
        self.assertTrue(isShown("amountOfImages"))
        self.assertFalse(isShown("amountOfImages", downloadAll=True))

    def test_every_help_has_an_example_and_what_it_gives_as_a_value_is_one(self):
        texts = {name: param.help.get() for name, param in self.ours.items()}
        [line] = [param for _, param in self.form.getSection("Gain and acquisition").iterParams()
                  if isinstance(param, params.Line)]
        del texts["doseInitial"]  # its line's help is for both
        texts["dosePerFrame"] = line.help.get()
        for name, text in texts.items():
            marked = re.findall(r"\b_([^_]+)_\b|\B'([^' ]+)'", text)
            examples = ["".join(found) for found in marked]
            with self.subTest(name):
                self.assertTrue(examples, text)
                if name in ("downloadAll", "gainSource", "gainOrientation", "decompress",
                            "transport", "downloadFolder", "movieNames"):
                    # no values, or only where there is such a disk
                    continue
                for example in examples:
                    run = EmpiarDownloader(gainSource=GAIN_BY_PATH, gainPath="gain.mrc")
                    run.setAttributeValue(name, example)
                    self.assertEqual(run.validate(), [], example)

    def test_every_help_survives_the_windows_markup(self):
        def plain(match, tag):
            return " " + next(filter(None, match.groupdict().values()))

        for name, param in self.ours.items():
            with self.subTest(name):
                # '_a_b_' would be shown as an italic a and a plain 'b_'.
                self.assertNotRegex(parseHyperText(param.help.get(""), plain), r"_(\s|[,.;]|$)")

    def test_the_protocols_help_answers_what_a_user_asks(self):
        text = " ".join(EmpiarDownloader.getHelpText().split())
        for words in ("for example 10200", "image set", "wands", "motion correction",
                      "Continue downloads what is missing", "registers nothing twice", "Stop here",
                      "Restart deletes everything", "left out, and the summary says why",
                      "the depositors say of the gain reference's orientation",
                      "Dose weighting needs a dose per frame", "A download folder keeps the movies",
                      "fewer than three threads there is no streaming",
                      "empiardownloader run 10200 --project"):
            self.assertIn(words, text)
