"""Debian's servers behind one interface: each a process of its own, on the loopback.

They serve a folder that is readable for all. No configuration of the system is read, and `stop`
removes the processes and their files.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: Where install.sh has put what it brought.
UNPACKED = Path(os.environ.get("INTEROP_SERVERS") or HERE.parents[2] / ".venv" / "servers")
# Longer than 75 letters, for pyftpdlib to make an answer of several lines of it.
BANNER = f"Welcome to this archive\n\n{'Be kind to those who wait behind you. ' * 2}\nBye.\n"
START_TIME = 10.0  # seconds
PEOPLE = "nobody"  # whose rights a server started by root takes
WITH_HOME = "daemon"  # vsftpd goes by its user's home, which must be there
GROUP = "nogroup"


class RealServer:
    """One server of a folder, with its address `url`.

    `per_address` is its limit of connections, `refused` are FTP commands that it denies; `rate` is
    that of one connection, in kilobytes per second (HTTP servers only).
    """

    name: str
    program: str
    scheme = "ftp"
    needs_root = True
    too_many = "421"  # what it says to a connection too many
    refusable = ()  # commands that can be switched off
    not_given = ()  # names that it does not show as they are, or does not give

    def __init__(self, tree, address="127.0.0.1", per_address=None, refused=(), rate=0):
        self.tree = tree
        self.address = address
        self.per_address = per_address
        self.refused = tuple(refused)
        self.rate = rate
        self.port = None
        self.folder = None
        self._process = None

    @classmethod
    def missing(cls):
        """Why it cannot be started here, '' where it can."""
        if cls.binary() is None:
            return f"{cls.name} is not installed (make interop brings it)"
        if cls.needs_root and os.geteuid() != 0:
            return f"{cls.name} has to be started by root"
        return ""

    @classmethod
    def binary(cls):
        """Its program: the unpacked one, else the system's."""
        places = os.pathsep.join([str(UNPACKED / "usr" / "sbin"), os.defpath, "/usr/sbin"])
        return shutil.which(cls.program, path=places)

    @classmethod
    def library(cls, name):
        """The folder of the program's modules."""
        return Path(cls.binary()).parents[1] / "lib" / name

    @property
    def url(self):
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}"

    def start(self):
        self.port = free_port(self.address)
        self.folder = Path(tempfile.mkdtemp(prefix=f"interop-{self.name}-"))
        try:
            self.folder.chmod(0o755)
            self._process = self._launch()
            self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self._process is not None:
            kill(descendants(self._process.pid))
            self._process.terminate()
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None
        if self.folder is not None:
            shutil.rmtree(self.folder)
            self.folder = None

    def kill_sessions(self):
        """Kill the worker processes; the server replaces them."""
        return kill(descendants(self._process.pid))

    def command(self):
        """The words of its command line."""
        raise NotImplementedError

    def environment(self):
        return {}

    def write(self, name, text):
        """A file in its folder, for its configuration."""
        path = self.folder / name
        path.write_text(text)
        return path

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def _launch(self):
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **self.environment()}
        words = [str(word) for word in self.command()]
        with open(self.folder / "output", "wb") as output:
            return subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + START_TIME
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection((self.address, self.port), 1) as connection:
                    if self.scheme == "http" or connection.recv(1):
                        return
            except OSError:
                time.sleep(0.02)
        said = (self.folder / "output").read_text(errors="replace")
        raise RuntimeError(f"{self.name} does not start: {said.strip()}")


class Vsftpd(RealServer):
    """The server that EMPIAR's replies look like: no MLSD, 421 at the connection."""

    name = program = "vsftpd"
    refusable = ("PASV", "EPSV")

    def command(self):
        (self.folder / "empty").mkdir()
        family = "listen_ipv6" if ":" in self.address else "listen"
        address = "listen_address6" if ":" in self.address else "listen_address"
        settings = {
            family: "YES", address: self.address, "listen_port": self.port, "background": "NO",
            "anonymous_enable": "YES", "anon_root": self.tree, "ftp_username": WITH_HOME,
            "secure_chroot_dir": self.folder / "empty", "nopriv_user": PEOPLE,
            "banner_file": self.write("banner", BANNER), "xferlog_enable": "NO",
            # What a container does not grant.
            "isolate": "NO", "isolate_network": "NO", "seccomp_sandbox": "NO",
            "max_per_ip": self.per_address or 0,
        }  # fmt: skip
        if family == "listen_ipv6":
            settings["listen"] = "NO"
        if self.refused:
            settings["cmds_denied"] = ",".join(self.refused)
        text = "".join(f"{key}={value}\n" for key, value in settings.items())
        return [self.binary(), self.write("vsftpd.conf", text)]

    def kill_one_process(self, which):
        """Kill one of the two processes of the only session, 0 the first, 1 the second."""
        kill(descendants(self._process.pid)[which : which + 1])


class Proftpd(RealServer):
    """With MLSD; counts at the login and answers 530."""

    name = program = "proftpd"
    too_many = "530"
    refusable = ("PASV", "EPSV")
    settings = ""

    def command(self):
        limit = f"MaxClientsPerHost {self.per_address}" if self.per_address else ""
        refusal = f"<Limit {' '.join(self.refused)}>\nDenyAll\n</Limit>" if self.refused else ""
        text = f"""
            ModulePath {self.library("proftpd")}
            ServerType standalone
            DefaultAddress {self.address}
            SocketBindTight on
            Port {self.port}
            UseIPv6 {"on" if ":" in self.address else "off"}
            UseReverseDNS off
            User {PEOPLE}
            Group {GROUP}
            PidFile {self.folder}/pid
            ScoreboardFile {self.folder}/scoreboard
            DelayTable none
            SystemLog {self.folder}/log
            WtmpLog off
            TransferLog none
            AuthOrder mod_auth_unix.c
            AuthPAM off
            RequireValidShell off
            UseFtpUsers off
            {self.settings}
            DisplayConnect {self.write("banner", BANNER)}
            <Anonymous {self.tree}>
                User {PEOPLE}
                Group {GROUP}
                UserAlias anonymous {PEOPLE}
                {limit}
                {refusal}
            </Anonymous>
            """
        return [self.binary(), "-n", "-q", "-c", self.write("proftpd.conf", f"{text}\n")]


class PureFtpd(RealServer):
    """With MLSD, and limits of its own for names and for the length of a listing."""

    name = program = "pure-ftpd"
    not_given = ("back\\slash.mrc",)  # 553 Prohibited file name
    listed = 20000  # items; 10,000 unless it is told

    @classmethod
    def missing(cls):
        return super().missing() or ("" if cls.wrapper() else "libnss-wrapper is not unpacked")

    @classmethod
    def wrapper(cls):
        """What shows it a user ftp, whose home is all that it serves."""
        return next(UNPACKED.glob("usr/lib/*/libnss_wrapper.so"), None)

    def command(self):
        words = [self.binary(), "-e", "-H", "-S", f"{self.address},{self.port}", "-f", "none",
                 "-g", self.folder / "pid", "-F", self.write("banner", BANNER),
                 "-L", f"{self.listed}:5"]
        if ":" in self.address:
            words.append("-6")
        if self.per_address:
            words += ["-C", self.per_address]
        return words

    def environment(self):
        users = self.write("passwd", f"ftp:x:65534:65534::{self.tree}:/bin/sh\n")
        groups = self.write("group", "ftp:x:65534:\n")
        return {"LD_PRELOAD": str(self.wrapper()), "NSS_WRAPPER_PASSWD": str(users),
                "NSS_WRAPPER_GROUP": str(groups)}


class Pyftpdlib(RealServer):
    """A server with MLSD, in one process that ends its sessions on request."""

    name = "pyftpdlib"
    needs_root = False
    refusable = ("PASV", "EPSV")
    not_given = ("latin-1 caf\udce9.mrc",)  # shown with a question mark

    @classmethod
    def binary(cls):
        try:
            import pyftpdlib  # noqa: F401 (asked whether it is there)
        except ImportError:
            return None
        return sys.executable

    def command(self):
        return [self.binary(), HERE / "pyftpdlib_server.py", self.address, self.port, self.tree,
                self.write("banner", BANNER), self.per_address or 0, *self.refused]

    def kill_sessions(self):
        self._process.send_signal(signal.SIGUSR1)
        return 1


class Apache(RealServer):
    """With the table that EBI's pages have."""

    name = program = "apache2"
    scheme = "http"
    needs_root = False
    options = "FancyIndexing HTMLTable VersionSort NameWidth=20"
    modules = ("mpm_event", "authz_core", "autoindex", "dir", "env", "mime", "ratelimit")

    def command(self):
        types = self.write("mime.types", "text/html html\napplication/gzip tgz\n")
        loaded = "\n".join(
            f"LoadModule {name}_module {self.library('apache2')}/modules/mod_{name}.so"
            for name in self.modules
        )
        host = f"[{self.address}]" if ":" in self.address else self.address
        text = f"""
            {loaded}
            ServerRoot {self.folder}
            ServerName localhost
            Listen {host}:{self.port}
            {f"User {PEOPLE}" if os.geteuid() == 0 else ""}
            {f"Group {GROUP}" if os.geteuid() == 0 else ""}
            PidFile {self.folder}/pid
            Mutex file:{self.folder}
            DefaultRuntimeDir {self.folder}
            StartServers 2
            ThreadsPerChild 16
            ErrorLog {self.folder}/log
            LogFormat "%{{remote}}p %m %s" told
            CustomLog {self.folder}/access told
            TypesConfig {types}
            AddEncoding x-gzip .gz
            DocumentRoot {self.tree}
            <Directory {self.tree}>
                Options Indexes FollowSymLinks
                Require all granted
                {f"SetOutputFilter RATE_LIMIT{chr(10)}SetEnv rate-limit {self.rate}"
                 if self.rate else ""}
                {f"IndexOptions {self.options}" if self.options else ""}
            </Directory>
            """
        return [self.binary(), "-DFOREGROUND", "-f", self.write("apache.conf", text)]

    def told(self):
        """Return its requests: the client's port, the method and the status of each."""
        log = self.folder / "access"  # Apache listens before it opens its logs
        lines = log.read_text().splitlines() if log.exists() else []
        return [tuple(line.split()) for line in lines if line.split()[1] in ("GET", "HEAD")]

    def kill_sessions(self):
        """Kill its workers; others take their place."""
        return kill(descendants(self._process.pid))


class ApacheFancy(Apache):
    """With the older list, in `pre`."""

    name = "apache2-fancy"
    options = "FancyIndexing"


class ApachePlain(Apache):
    """With nothing but names."""

    name = "apache2-plain"
    options = ""


class Nginx(RealServer):
    """With a list in `pre`, and 503 for a connection too many."""

    name = program = "nginx"
    scheme = "http"
    too_many = "503"
    needs_root = False
    told = Apache.told

    def command(self):
        host = f"[{self.address}]" if ":" in self.address else self.address
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        limit = f"limit_conn places {self.per_address};" if self.per_address else ""
        text = f"""
            daemon off;
            {f"user {PEOPLE} {GROUP};" if os.geteuid() == 0 else ""}
            worker_processes 2;
            pid {self.folder}/pid;
            error_log {self.folder}/log;
            events {{ worker_connections 128; }}
            http {{
                log_format told "$remote_port $request_method $status";
                access_log {self.folder}/access told;
                limit_conn_zone $binary_remote_addr zone=places:1m;
                {"".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)}
                types {{ text/html html; application/gzip gz; }}
                charset utf-8;
                sendfile on;
                server {{
                    listen {host}:{self.port};
                    root {self.tree};
                    autoindex on;
                    limit_rate {self.rate}k;
                    {limit}
                }}
            }}
            """
        configuration = self.write("nginx.conf", text)
        return [self.binary(), "-e", self.folder / "log", "-p", self.folder, "-c", configuration]


FTP_SERVERS = (Vsftpd, Proftpd, PureFtpd, Pyftpdlib)
HTTP_SERVERS = (Apache, ApacheFancy, ApachePlain, Nginx)


def free_port(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def has_ipv6():
    try:
        return bool(free_port("::1"))
    except OSError:
        return False


def descendants(ancestor):
    """The processes below a process."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            after_name = (folder / "stat").read_text(errors="replace").rpartition(")")[2]
            parents[int(folder.name)] = int(after_name.split()[1])
    found, generation = [], {ancestor}
    while generation:
        generation = {pid for pid, parent in parents.items() if parent in generation}
        found.extend(generation)
    return found


def kill(processes):
    """Kill them without a word; how many there were."""
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(processes)
