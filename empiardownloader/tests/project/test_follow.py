"""Following a run that is launched again at the moment when it ends."""

import os
import threading

from pyworkflow.project import Manager
from pyworkflow.protocol import MODE_RESUME

from empiardownloader import headless
from empiardownloader.tests.forked import launching
from empiardownloader.tests.project import base


class TestFollow(base.ArchiveTest):
    paths = base.numbered(4)
    shape = (64, 64)

    def ended(self):
        """A run of two movies that has ended, and its follower, which has just seen that."""
        run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=2))
        follower = headless.follow(self.proj, run)
        self.assertTrue(next(follower).isFinished())
        return run, follower

    def launchAgain(self, run):
        """Continue with all movies, as another program does."""
        project = Manager().loadProject(type(self).__name__)
        os.chdir(self.proj.path)
        again = project.getProtocol(run.getObjId())
        again.amountOfImages.set(len(self.paths))
        again.runMode.set(MODE_RESUME)
        project.launchProtocol(again, wait=False)

    def test_a_run_that_ends_is_left(self):
        run, follower = self.ended()
        self.assertEqual(list(follower), [])
        self.assertComplete(run, 10001, self.paths[:2])

    def test_a_launch_that_a_follower_finds_is_followed_to_its_end(self):
        run, follower = self.ended()
        self.launchAgain(run)
        states = list(follower)
        self.assertTrue(states[-1].isFinished())
        self.assertComplete(run, 10001, self.paths)

    def test_so_is_one_whose_process_is_not_there_yet(self):
        run, follower = self.ended()
        following = threading.Thread(target=list, args=(follower,))
        start = launching._launch._run

        def startLater(*words, **options):
            following.start()
            following.join(1)
            self.assertTrue(following.is_alive(), "it takes the run for dead")
            return start(*words, **options)

        with launching.launched_by(startLater):
            self.launchAgain(run)
        following.join()
        self.assertComplete(run, 10001, self.paths)
