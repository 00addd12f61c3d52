"""A Slurm of one node on this machine: own ports, own key, everything in one folder, no service."""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "squeue", "sinfo", "scontrol")
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
_START_SECS = 30
_CONFIG = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=20
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=debug Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class NoSlurm(Exception):
    """Slurm cannot be started here, and why."""


class Slurm:
    """Running while its ``with`` block lasts; ``environment`` lets the commands find it."""

    def __init__(self):
        missing = [name for name in PROGRAMS if not shutil.which(name, path=_PATH)]
        if missing:
            raise NoSlurm(f"not installed: {', '.join(missing)}")
        # Not pytest's own folder: munged wants a way to its socket that others can look into.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.environment = {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": _PATH}
        self._daemons = []

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            self.run("scancel", "--user", getpass.getuser())
            self._wait(lambda: not self.run("squeue", "--noheader"), 30)
        for daemon in reversed(self._daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command):
        """Return the output of a command of Slurm."""
        return subprocess.run(
            command, env={**os.environ, **self.environment}, check=True, text=True,
            capture_output=True, timeout=30).stdout.strip()

    def _start(self):
        self.folder.chmod(0o755)
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        key = self.folder / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        host = socket.gethostname().split(".")[0]
        (self.folder / "slurm.conf").write_text(_CONFIG.format(
            host=host, user=getpass.getuser(), folder=self.folder, ports=_freePorts(2),
            cores=os.cpu_count()))
        munge = self.folder / "munge"
        self._daemon("munged", "--foreground", f"--key-file={key}", f"--socket={munge}/socket",
                     f"--pid-file={munge}/pid", f"--log-file={munge}/log",
                     f"--seed-file={munge}/seed")
        self._wait((munge / "socket").exists, _START_SECS)
        self._daemon("slurmctld", "-D")
        self._daemon("slurmd", "-D", "-N", host)
        self._wait(self._isIdle, _START_SECS)

    def _daemon(self, *command):
        with open(self.folder / f"{command[0]}.out", "wb") as log:
            self._daemons.append(subprocess.Popen(
                command, env={**os.environ, **self.environment}, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=self.folder, start_new_session=True))

    def _isIdle(self):
        with contextlib.suppress(subprocess.SubprocessError):
            return self.run("sinfo", "--noheader", "--format=%T") == "idle"
        return False

    def _wait(self, condition, seconds):
        until = time.monotonic() + seconds
        while not condition():
            ended = [daemon for daemon in self._daemons if daemon.poll() is not None]
            if ended or time.monotonic() > until:
                raise NoSlurm(f"it does not start: {self._complaints()}")
            time.sleep(0.2)

    def _complaints(self):
        said = [path.read_text(errors="replace").strip().splitlines()[-1:]
                for path in sorted(self.folder.glob("*.out"))]
        return "; ".join(line for lines in said for line in lines) or "nothing is said"


def _freePorts(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
