"""The plugin as Scipion finds it, and as the command line uses it."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from empiardownloader.tests.forked.client import command
from empiardownloader.tests.project import base


class TestPlugin(base.ArchiveTest):
    """Discovery, and the commands that need no project."""

    paths = [f"data/Movies/movie_{number}.mrc" for number in range(1, 6)]

    @classmethod
    def fill(cls):
        cls.entries.add_entry(
            "10001", [{"directory": "data/Movies", "pixel_width": 0.66, "data_format": "MRC"}],
            {path: base.movie(seed) for seed, path in enumerate(cls.paths)})

    def command(self, *arguments, **environment):
        return subprocess.run(
            command(*arguments, **environment), text=True, capture_output=True,
            env={**os.environ, **environment})

    def test_scipion_finds_the_protocol_its_tree_entry_logo_and_citation(self):
        import pwem
        protocols = pwem.Domain.getProtocols()
        self.assertIn("EmpiarDownloader", protocols)
        protocol = protocols["EmpiarDownloader"]
        self.assertEqual(protocol._label, "empiar downloader")
        self.assertEqual(protocol.getClassLabel(), "empiardownloader - empiar downloader")
        self.assertTrue(os.path.exists(protocol.getPluginLogoPath()))
        self.assertIn("Nucleic Acids Research", "".join(self.newRun().citations()))

    def test_the_protocols_are_in_the_tree_below_imports(self):
        from pyworkflow import Config
        from pyworkflow.gui.project.viewprotocols_extra import ProtocolTreeConfig

        tree = ProtocolTreeConfig.load(Config.getDomain(), Config.SCIPION_PROTOCOLS)
        places = {"EmpiarDownloader": "Protocols SPA", "EmpiarMicrographs": "Protocols SPA"}
        if importlib.util.find_spec("tomo"):
            places["EmpiarTiltSeries"] = "Tomography"
        for name, view in places.items():
            imports = next(child for child in tree[view].childs if child.text == "Imports")
            self.assertIn(name, [child.value for child in imports.childs])

    def test_the_variables_are_scipions(self):
        from empiardownloader import Plugin

        for name in ("EMPIAR_API_URL", "EMPIAR_FTP_URL", "EMPIAR_HTTPS_URL", "EMDB_API_URL"):
            self.assertTrue(Plugin.getVar(name))

    def test_the_other_plugin_with_a_class_of_this_name_is_named_in_the_log(self):
        from empiardownloader import Plugin

        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "empiar"))
            Path(folder, "empiar", "__init__.py").write_text("")
            sys.path.insert(0, folder)
            try:
                with self.assertLogs("empiardownloader.plugin") as log:
                    Plugin._defineVariables()
            finally:
                sys.path.remove(folder)
        self.assertIn("scipion-em-empiar is installed too", log.output[0])

    def test_the_rooms_that_know_no_scipion_do_not_load_it(self):
        code = ("import sys, empiardownloader.archive, empiardownloader.files, "
                "empiardownloader.transfer, empiardownloader.cli;"
                "print([m for m in sys.modules if m.split('.')[0] in ('pyworkflow', 'pwem')])")
        run = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        self.assertEqual(run.stdout.strip(), "[]")

    @unittest.skipUnless(importlib.util.find_spec("scipion"),
                         "scipion-app is not installed; the tests' environment has it")
    def test_scipions_own_command_lists_and_runs_these_tests_and_lists_the_protocol(self):
        with tempfile.TemporaryDirectory() as home:
            environment = {
                **os.environ, "SCIPION_HOME": home, "SCIPION_USER_DATA": f"{home}/data",
                "SCIPION_LOCAL_CONFIG": f"{home}/config/scipion.conf", "SCIPION_NOTIFY": "False",
                "SCIPION_PYTHON": sys.executable,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

            def scipion(*arguments):
                return subprocess.run([sys.executable, "-m", "scipion", *arguments], text=True,
                                      env=environment, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)

            self.assertEqual(scipion("config", "--unattended").returncode, 0)
            listing = scipion("tests", "--grep", "empiardownloader").stdout
            self.assertIn("empiardownloader.tests.project.test_runs.TestRuns", listing)
            self.assertNotIn("Error loading", listing)
            for folder in ("unit", "interop", "gui"):  # pytest's, and no packages
                self.assertNotIn(f"empiardownloader.tests.{folder}", listing)
            self.assertIn("empiar downloader", scipion("protocols").stdout)
            name = "project.test_runs.TestRuns.test_the_first_three_in_natural_order"
            run = scipion("tests", f"empiardownloader.tests.{name}")
            self.assertEqual(run.returncode, 0, run.stdout)
            self.assertIn("PASSED", run.stdout)

    def test_info(self):
        run = self.command("info", "EMPIAR-10001")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("Image set 1", run.stdout)
        document = json.loads(self.command("info", "10001", "--json").stdout)
        self.assertIn("EMPIAR-10001", document)

    def test_list_downloads_nothing_and_speaks_json(self):
        run = self.command("list", "10001", "-n", "2", "--json")
        answer = json.loads(run.stdout)
        self.assertEqual(answer["entry"], "EMPIAR-10001")
        self.assertEqual(answer["imageSet"]["pixelSize"], 0.66)
        self.assertEqual(answer["imageSet"]["dataFormat"], "MRC")
        self.assertEqual([movie["name"] for movie in answer["movies"]],
                         ["movie_1.mrc", "movie_2.mrc"])
        self.assertEqual(answer["movies"][0]["path"], self.paths[0])
        self.assertEqual(answer["totalBytes"], sum(movie["size"] for movie in answer["movies"]))
        self.assertEqual(self.archive.count("RETR"), 0)
        self.assertEqual(len(json.loads(self.command("list", "10001", "--json").stdout)["movies"]),
                         5)

    def test_list_over_https_knows_exact_sizes(self):
        over = {transport: json.loads(self.command("list", "10001", "--transport", transport,
                                                   "--json").stdout)
                for transport in ("ftp", "https")}
        self.assertEqual(over["ftp"], over["https"])

    def test_download_and_again(self):
        folder = Path(self.getOutputPath("downloaded"))
        run = self.command("download", "10001", "--to", str(folder), "--all")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(sorted(os.listdir(folder)), [Path(path).name for path in self.paths])
        self.assertEqual(self.archive.count("RETR"), 5)
        again = self.command("download", "10001", "--to", str(folder), "--all")
        self.assertEqual(again.returncode, 0)
        self.assertEqual(self.archive.count("RETR"), 5)

    def test_download_names_what_did_not_come_and_exits_with_1(self):
        self.archive.set(missing=["*movie_2.mrc"])
        run = self.command("download", "10001", "--to", self.getOutputPath("holey"), "-n", "3")
        self.assertEqual(run.returncode, 1)
        self.assertIn("data/Movies/movie_2.mrc", run.stderr)
        self.assertEqual(len(list(Path(self.getOutputPath("holey")).glob("*.mrc"))), 2)

    def test_exit_code_2_for_a_wrong_call_or_an_unknown_entry(self):
        for arguments in (["list", "19999"], ["list", "nonsense"], ["nonsense"], [],
                          ["download", "10001"], ["list", "10001", "-n", "0"],
                          ["download", "10001", "--to", "x", "--connections", "13"]):
            run = self.command(*arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertNotIn("Traceback", run.stderr)

    def test_run_in_a_project_without_a_window_and_again_with_more(self):
        data = self.getOutputPath("headless")
        for amount in (2, 4):
            run = self.command("run", "10001", "--project", "mine", "-n", str(amount),
                               SCIPION_USER_DATA=data)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("finished", run.stdout)
            self.assertIn(f"Registered: {amount} of {amount} movies", run.stdout)
        runs = os.listdir(os.path.join(data, "projects", "mine", "Runs"))
        self.assertEqual(len(runs), 1, "the second call continued the first run")
        self.assertEqual(self.archive.count("RETR"), 4)

    def test_the_demo_with_an_entry_of_the_archive_that_is_configured(self):
        folder = self.getOutputPath("demo")
        os.mkdir(folder)
        environment = {"SCIPION_USER_DATA": os.path.join(folder, "data")}
        run = subprocess.run(
            command("demo", "10001", "-n", "2", **environment), text=True, capture_output=True,
            cwd=folder, env={**os.environ, **environment})
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("The set is closed: Movies (2 items", run.stdout)
        self.assertTrue(os.path.isdir(os.path.join(folder, "data", "projects", "empiar-10001")))

    def test_run_of_an_unknown_entry_makes_no_project(self):
        data = self.getOutputPath("none")
        run = self.command("run", "19999", "--project", "mine", SCIPION_USER_DATA=data)
        self.assertEqual(run.returncode, 2)
        self.assertFalse(os.path.exists(os.path.join(data, "projects", "mine")))
