"""Movies chosen by name, every k-th, and by an address of files, in runs of the protocol."""

import json
import os
import subprocess

from empiardownloader.tests.forked.client import command
from empiardownloader.tests.project import base


class TestChoice(base.ArchiveTest):
    """Twelve movies in two folders of an image set, and another image set."""

    paths = [f"data/Movies/m_{number:02}.mrc" for number in range(1, 13)]
    shape = (32, 32)

    @classmethod
    def fill(cls):
        movies = {**cls.numberedMovies(), "data/Later/x_1.mrc": base.movie(1)}
        sets = [{"directory": "data/Movies"}, {"directory": "data/Later", "name": "Later"}]
        cls.entries.add_entry("10001", sets, movies)

    def namesOf(self, run):
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        return sorted(item.getMicName() for item in self.movies(run)[1])

    def test_names_choose_movies_and_continue_adds_more(self):
        run = self.runToEnd(self.newRun(entryId="10001", movieNames="m_07, m_03.mrc, nowhere"))
        self.assertEqual(self.namesOf(run), ["m_03.mrc", "m_07.mrc"])
        self.assertIn("Not in the image set: 1 of 3 names: nowhere", "\n".join(run.summary()))
        run.movieNames.set("m_07,m_03,m_01")
        self.assertEqual(self.namesOf(self.runToEnd(run)), ["m_01.mrc", "m_03.mrc", "m_07.mrc"])

    def test_every_fifth_under_a_limit(self):
        run = self.runToEnd(self.newRun(entryId="10001", downloadAll=True, everyMovie=5,
                                        bandwidthLimit=0.01))
        self.assertEqual(self.namesOf(run), ["m_01.mrc", "m_06.mrc", "m_11.mrc"])

    def test_an_address_of_files_chooses_the_image_set(self):
        address = "rsync://ftp.ebi.ac.uk/empiar/world_availability/10001/data/Later/"
        run = self.runToEnd(self.newRun(entryId=address, downloadAll=True))
        self.assertEqual(self.namesOf(run), ["x_1.mrc"])
        self.assertIn("Image set 2: Later", "\n".join(run.summary()))

    def test_no_option_of_an_earlier_call_sticks(self):
        def call(*arguments):
            environment = {"SCIPION_USER_DATA": self.getOutputPath("sticks")}
            done = subprocess.run(
                command("run", "10001", "--project", "mine", "--json", *arguments, **environment),
                text=True, capture_output=True, env={**os.environ, **environment})
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)

        first = call("--pixel-size", "0.5", "--voltage", "200", "--cs", "1.4",
                     "--dose-per-frame", "1.5")
        self.assertEqual(self.samplingRate(first), (0.5, 200.0))
        second = call("-n", "2")
        self.assertEqual(second["run"], first["run"])
        self.assertNotEqual(self.samplingRate(second)[0], 0.5)
        self.assertEqual(self.samplingRate(second)[1], 300.0)

    def samplingRate(self, document):
        from pwem.objects import SetOfMovies

        movies = SetOfMovies(filename=document["output"])
        movies.loadAllProperties()
        values = movies.getSamplingRate(), movies.getAcquisition().getVoltage()
        movies.close()
        return values
