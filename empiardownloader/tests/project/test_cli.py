"""The command line as programs and terminals meet it: each command is a process."""

import fcntl
import json
import os
import pty
import shlex
import signal
import struct
import subprocess
import termios
from pathlib import Path

from empiardownloader.tests.forked.client import command
from empiardownloader.tests.project import base

COMMANDS = ("info", "list", "download", "run", "demo")


class TestCommandLine(base.ArchiveTest):
    """Exit codes, JSON alone on standard output, colours, pipes, and help."""

    paths = [f"data/Movies/movie_{number}.mrc" for number in range(1, 6)]

    @classmethod
    def fill(cls):
        movies = {path: base.movie(seed) for seed, path in enumerate(cls.paths)}
        imageSet = {"directory": "data/Movies", "pixel_width": 0.66, "data_format": "MRC"}
        cls.entries.add_entry("10001", [imageSet], movies)
        cls.entries.add_entry("10002", [imageSet], movies, status="HPUB")
        cls.entries.add_entry("10003", [imageSet], {"data/Movies/notes.txt": b"later"})
        many = {f"data/Movies/m_{number:04d}.mrc": b"x" for number in range(3000)}
        cls.entries.add_entry("10004", [imageSet], many)
        odd = {**imageSet, "name": "At 1.1 Å"}
        cls.entries.add_entry("10005", [odd], {"data/Movies/wïth_ñ.mrc": base.movie(1)})

    def call(self, *arguments, **environment):
        run = subprocess.run(command(*arguments, **environment), text=True,
                             capture_output=True, env={**os.environ, **environment})
        self.assertNotIn("Traceback", run.stderr)
        return run

    def onTerminal(self, *arguments, **environment):
        """Return the raw output of a command on a terminal."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        environment = {"TERM": "xterm", **environment}
        with subprocess.Popen(command(*arguments, **environment), stdout=slave, stderr=slave,
                              env={**os.environ, **environment}):
            os.close(slave)
            written = b""
            while True:
                try:
                    part = os.read(master, 65536)
                except OSError:
                    part = b""
                if not part:
                    break
                written += part
        os.close(master)
        return written.decode()

    # -- help -------------------------------------------------------------------------------------

    def test_each_help_shows_examples(self):
        for name in ((), *((name,) for name in COMMANDS)):
            run = self.call(*name, "--help")
            self.assertEqual(run.returncode, 0)
            self.assertIn("examples:", run.stdout)
            self.assertIn("empiardownloader " + " ".join(name), run.stdout)

    # -- exit codes -------------------------------------------------------------------------------

    def test_2_for_what_cannot_be_right(self):
        for arguments in (["info", "19999"], ["info", "my data"], ["list", "10002"],
                          ["list", "10001", "--image-set", "7"], ["list", "10001", "-n", "some"],
                          ["list", "10001", "--all", "-n", "3"],
                          ["download", "10001", "--to", "x", "--transport", "rsync"],
                          ["run", "10001"], ["run", "10001", "--project", "p", "--threads", "0"]):
            run = self.call(*arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertEqual(run.stdout, "")
            self.assertTrue(run.stderr.strip(), arguments)

    def test_2_for_a_form_that_the_protocol_refuses(self):
        run = self.call("run", "10001", "--project", "refused", "--pixel-size", "-1",
                        SCIPION_USER_DATA=self.getOutputPath("refused"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("The pixel size cannot be -1 Å/px", run.stderr)

    def test_2_for_an_address_that_no_transport_speaks(self):
        run = self.call("list", "10001", EMPIAR_FTP_URL="gopher://127.0.0.1/")
        self.assertEqual(run.returncode, 2)
        self.assertIn("gopher", run.stderr)

    def test_1_for_an_entry_without_movies(self):
        for words in (["list", "10003"], ["download", "10003", "--to", "x"]):
            run = self.call(*words)
            self.assertEqual(run.returncode, 1)
            self.assertIn("found 1 file: 1 .txt.", run.stderr)

    def test_1_for_an_archive_that_is_down(self):
        nobody = "http://127.0.0.1:9/nobody"
        run = self.call("info", "10001", EMPIAR_API_URL=nobody, EMPIAR_HTTPS_URL=nobody,
                        EMPIAR_FTP_URL="ftp://127.0.0.1:9/nobody")
        self.assertEqual(run.returncode, 1)
        self.assertIn("Connection refused", run.stderr)

    def test_0_for_an_entry_of_which_only_the_ftp_server_tells(self):
        nobody = "http://127.0.0.1:9/nobody"
        run = self.call("info", "10001", EMPIAR_API_URL=nobody, EMPIAR_HTTPS_URL=nobody)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("Directory: data/Movies", run.stdout)

    def test_1_for_a_folder_that_takes_no_files(self):
        run = self.call("download", "10001", "--all", "--to", "/etc/passwd/movies")
        self.assertEqual(run.returncode, 1)
        self.assertIn("/etc/passwd", run.stderr)

    def test_each_movie_that_does_not_come_is_named_and_no_other(self):
        self.archive.set(missing=["*movie_2.mrc", "*movie_4.mrc"])
        run = self.call("download", "10001", "--all", "--to", self.getOutputPath("holes"))
        self.assertEqual(run.returncode, 1)
        for number in (1, 2, 3, 4, 5):
            named = f"data/Movies/movie_{number}.mrc: " in run.stderr
            self.assertEqual(named, number in (2, 4), number)

    def test_over_https_a_movie_that_is_cut_is_brought_again(self):
        folder = Path(self.getOutputPath("cut"))
        call = ("download", "10001", "-n", "3", "--to", str(folder), "--transport", "https")
        self.assertEqual(self.call(*call).returncode, 0)
        os.truncate(folder / "movie_2.mrc", 1000)
        self.archive.forget_requests()
        self.assertEqual(self.call(*call).returncode, 0)
        for path in self.paths[:3]:
            there = (folder / os.path.basename(path)).read_bytes()
            self.assertEqual(there, self.archive.source(10001, path).read_bytes())
        self.assertEqual(self.archive.count("GET", "*.mrc"), 1, "the others were whole")

    # -- JSON -------------------------------------------------------------------------------------

    def test_list_json_has_exactly_its_keys(self):
        document = json.loads(self.call("list", "10001", "-n", "2", "--json").stdout)
        self.assertEqual(list(document), ["entry", "imageSet", "movies", "gain", "totalBytes"])
        self.assertEqual(list(document["imageSet"]), ["number", "name", "directory", "category",
                                                      "dataFormat", "pixelSize"])
        self.assertEqual(list(document["movies"][0]), ["path", "size", "name"])

    def test_download_json_says_what_came_and_what_did_not(self):
        self.archive.set(missing=["*movie_2.mrc"])
        folder = self.getOutputPath("json")
        run = self.call("download", "10001", "-n", "3", "--to", folder, "--json")
        self.assertEqual(run.returncode, 1)
        document = json.loads(run.stdout)
        self.assertEqual(sorted(file["name"] for file in document["files"]),
                         ["movie_1.mrc", "movie_3.mrc"])
        self.assertEqual([file["path"] for file in document["missing"]], [self.paths[1]])
        self.assertIn("movie_2.mrc", run.stderr)
        self.assertEqual(document["fetchedBytes"], sum(file["size"] for file in document["files"]))
        self.archive.reset()
        again = json.loads(self.call("download", "10001", "-n", "3", "--to", folder,
                                     "--json").stdout)
        self.assertEqual(len(again["files"]), 3)
        self.assertEqual(again["missing"], [])
        self.assertEqual(again["fetchedBytes"], again["files"][0]["size"], "one was missing")
        self.assertEqual(os.path.realpath(folder), again["folder"])

    def test_run_json_says_what_became_of_the_run(self):
        self.archive.set(missing=["*movie_2.mrc"])
        data = self.getOutputPath("run-json")
        call = ("run", "10001", "--project", "mine", "-n", "3", "--json")
        failed = self.call(*call, "--threads", "2", SCIPION_USER_DATA=data)
        self.assertIn("no streaming", failed.stderr, "the form's warnings")
        self.assertEqual(failed.returncode, 1, failed.stderr)
        document = json.loads(failed.stdout)
        self.assertEqual((document["status"], document["movies"], document["chosen"]),
                         ("failed", 2, 3))
        self.assertEqual([item["name"] for item in document["missing"]], ["movie_2.mrc"])
        self.assertIn("movie_2.mrc: ", failed.stderr)
        self.archive.reset()
        finished = self.call(*call, SCIPION_USER_DATA=data)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        again = json.loads(finished.stdout)
        self.assertEqual((again["status"], again["movies"], again["missing"], again["error"]),
                         ("finished", 3, [], None))
        self.assertEqual(again["run"], document["run"], "the same run, continued")
        self.assertTrue(os.path.isfile(again["output"]))

    def test_run_names_the_file_that_ends_it_and_says_that_there_is_no_movie_yet(self):
        environment = {"SCIPION_USER_DATA": self.getOutputPath("run-stopped"),
                       "EMPIAR_FTP_URL": "ftp://127.0.0.1:9/empiar"}
        run = subprocess.Popen(
            command("run", "10001", "--project", "mine", "--transport", "ftp", **environment),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **environment})
        line = next(line for line in run.stdout if "touch" in line)
        (stop,) = shlex.split(line.split(": touch ")[1])
        log = Path(stop).with_name("run.stdout")
        self.waitFor(lambda: log.exists() and "asked again" in log.read_text(), 120)
        Path(stop).touch()
        out, errors = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 0, errors)
        self.assertIn("before the first movie", out)
        self.assertNotIn("Traceback", errors)

    # -- what was skipped -------------------------------------------------------------------------

    def test_list_tells_what_a_pattern_leaves_out_in_a_line_per_kind(self):
        run = self.call("list", "10004", "--pattern", "m_0000.*", "-v")
        self.assertIn("1 movie, ", run.stdout)
        told = [line for line in run.stdout.splitlines() if line.startswith("skipped: ")]
        self.assertEqual(told, ["skipped: 'data/Movies/*.mrc' (does not match, 2999 files)"])

    # -- characters -------------------------------------------------------------------------------

    def test_what_the_encoding_of_the_output_lacks_is_written_as_an_escape(self):
        for encoding, listed in (("ascii", "w\\xefth_\\xf1.mrc"), ("utf-8", "wïth_ñ.mrc")):
            speaks = {"PYTHONIOENCODING": encoding}
            run = self.call("list", "10005", **speaks)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertIn(listed, run.stdout)
            self.assertIn("1 movie, ", run.stdout)
            run = self.call("info", "10005", **speaks)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertIn("Pixel size", run.stdout)
            document = json.loads(self.call("list", "10005", "--json", **speaks).stdout)
            self.assertEqual(document["movies"][0]["path"], "data/Movies/wïth_ñ.mrc")
            wrong = self.call("info", "ñ", **speaks)
            self.assertEqual(wrong.returncode, 2)
            self.assertNotIn("codec", wrong.stderr)

    # -- terminals and pipes ----------------------------------------------------------------------

    def test_colours_on_a_terminal_alone_and_not_where_they_are_not_wanted(self):
        self.assertIn("\033[", self.onTerminal("info", "10001"))
        self.assertNotIn("\033[", self.onTerminal("info", "10001", NO_COLOR="1"))
        self.assertNotIn("\033[", self.onTerminal("info", "10001", TERM="dumb"))
        self.assertNotIn("\033[", self.call("info", "10001").stdout)
        self.assertIn("\033[31m", self.onTerminal("info", "19999"))
        self.assertNotIn("\033[", self.call("info", "19999").stderr)

    def test_a_bar_on_a_terminal_alone(self):
        folder = self.getOutputPath("bar")
        self.assertIn("B/s", self.onTerminal("download", "10001", "-n", "2", "--to", folder))
        self.assertEqual(self.call("download", "10001", "-n", "3", "--to", folder).stderr, "")

    def test_a_reader_that_has_read_enough_ends_a_list_quietly(self):
        with subprocess.Popen(command("list", "10004"), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            self.assertIn("m_0000.mrc", process.stdout.readline())
            process.stdout.close()
            self.assertEqual(process.stderr.read(), "")
            self.assertEqual(process.wait(60), 0)

    def test_a_reader_that_has_read_enough_does_not_end_a_download(self):
        folder = Path(self.getOutputPath("unread"))
        with subprocess.Popen(command("download", "10001", "--all", "--to", str(folder)),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            process.stdout.close()
            self.assertEqual(process.stderr.read(), "")
            self.assertEqual(process.wait(60), 0)
        self.assertEqual(len(list(folder.glob("*.mrc"))), 5)

    def test_an_interrupted_download_says_how_it_goes_on_and_does(self):
        # Where a script runs the tests in its background, they and their children ignore Ctrl+C.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        self.holdBack()
        folder = Path(self.getOutputPath("interrupted"))
        call = ["download", "10001", "--all", "--to", str(folder)]
        process = subprocess.Popen(command(*call), stderr=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, text=True)
        self.waitFor(lambda: any(part.stat().st_size for part in folder.glob(".parts/*")))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn("Stopped. Run the same command to resume.", said)
        self.assertNotIn("Traceback", said)
        self.archive.reset()
        self.assertEqual(self.call(*call).returncode, 0)
        self.assertEqual(len(list(folder.glob("*.mrc"))), 5)
