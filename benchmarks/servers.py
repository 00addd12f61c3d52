"""vsftpd and nginx on the loopback, each from a temporary folder and gone with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from .process import ROOT, RunFailed

HOST = "127.0.0.1"
FAR_HOST = "127.0.0.2"  # the same servers with the delay of a long line
_SYSTEM_PATH = os.pathsep.join(
    # Where 'make bench' has them unpacked: an installed server would be started by the system.
    [f"{os.environ.get('BENCH_SERVERS', ROOT / '.venv' / 'servers')}/usr/sbin",
     os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]
)  # fmt: skip
_START_TIME = 10.0  # seconds
_PORTS = 300  # of one server; the first is for control connections


def program(name: str) -> Optional[str]:
    """Return a program's path, /usr/sbin included; None if it is not installed."""
    return shutil.which(name, path=_SYSTEM_PATH)


def free_port() -> int:
    """Return a port of the loopback that is free now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def vsftpd(
    tree: Path, rate: int = 0, delay: float = 0.0, most: int = 0, killed_every: float = 0.0
) -> Iterator[str]:
    """Serve a folder to anonymous users; yield the address.

    ``rate`` is the limit of one connection in bytes per second (0: none), ``delay`` the round trip
    in seconds, by a proxy, ``most`` the limit of connections. With ``killed_every`` seconds the
    processes of all its sessions are killed, again and again.
    """
    port = free_range()
    data_host = FAR_HOST if delay else HOST
    with vsftpd_process(tree, port, rate, most, data_host) as pid, _killed(pid, killed_every):
        if not delay:
            yield f"ftp://{HOST}:{port}"
            return
        with tempfile.TemporaryDirectory(prefix="bench-proxy-") as folder:
            ports = list(range(port, port + _PORTS))
            with _far(ports, delay, Path(folder)):
                yield f"ftp://{FAR_HOST}:{port}"


@contextlib.contextmanager
def vsftpd_process(
    tree: Path, port: int, rate: int = 0, most: int = 0, data_host: str = HOST
) -> Iterator[int]:
    """Serve a folder at the first of a `free_range` of ports; yield the process id."""
    settings: Dict[str, object] = {
        "listen": "YES", "listen_address": HOST, "listen_port": port, "background": "NO",
        "anonymous_enable": "YES", "anon_root": tree, "ftp_username": "daemon",
        "nopriv_user": "nobody", "anon_max_rate": rate, "max_per_ip": most, "xferlog_enable": "NO",
        "pasv_address": data_host, "pasv_min_port": port + 1, "pasv_max_port": port + _PORTS - 1,
        # What a container does not grant.
        "isolate": "NO", "isolate_network": "NO", "seccomp_sandbox": "NO",
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="bench-vsftpd-") as folder:
        settings["secure_chroot_dir"] = _subfolder(folder, "empty")
        configuration = Path(folder, "vsftpd.conf")
        configuration.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        command = [_required("vsftpd"), str(configuration)]
        with _server(command, Path(folder), HOST, port) as pid:
            yield pid


@contextlib.contextmanager
def _killed(server: int, every: float) -> Iterator[None]:
    """Kill the descendants of a process, again and again."""
    ended = threading.Event()

    def kill() -> None:
        while not ended.wait(every):
            for session in descendants(server):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(session, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    if every:
        killer.start()
    try:
        yield
    finally:
        ended.set()
        if every:
            killer.join()


def descendants(process: int) -> List[int]:
    """Return the ids of a process's children, of theirs, and so on."""
    found = []
    with contextlib.suppress(OSError):  # it may have ended
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        for child in map(int, children):
            found += [child, *descendants(child)]
    return found


@contextlib.contextmanager
def nginx(tree: Path, rate: int, certificate: Path) -> Iterator[str]:
    """Serve a folder over HTTPS, each connection limited to ``rate`` bytes per second."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        places = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;\n"
            "events {}\n"
            f"http {{ access_log off; {places} sendfile on;\n"
            f"server {{ listen {HOST}:{port} ssl; root {tree}; limit_rate {rate};\n"
            f"ssl_certificate {certificate}; ssl_certificate_key {certificate}.key; }} }}\n"
        )
        command = [_required("nginx"), "-c", str(configuration), "-p", str(folder)]
        with _server(command, folder, HOST, port):
            yield f"https://{HOST}:{port}"


def make_certificate(folder: Path) -> Path:
    """Return a self-signed certificate of the loopback; its key is beside it."""
    certificate = folder / "certificate.pem"
    subprocess.run(
        [_required("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=IP:{HOST}",
         "-out", str(certificate), "-keyout", f"{certificate}.key"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate


def _far(ports: Sequence[int], delay: float, folder: Path) -> contextlib.AbstractContextManager:
    command = [
        sys.executable, "-m", "benchmarks.delay_proxy", HOST, FAR_HOST, str(delay / 2),
        *map(str, ports),
    ]  # fmt: skip
    return _server(command, folder, FAR_HOST, ports[0])


@contextlib.contextmanager
def _server(command: List[str], folder: Path, host: str, port: int) -> Iterator[int]:
    """Run it while it is needed; gives its process id."""
    output = folder / f"output-{host}"
    with open(output, "wb") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_it_listens(process, host, port, output)
        yield process.pid
    finally:
        process.terminate()
        process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _wait_until_it_listens(
    process: subprocess.Popen, host: str, port: int, output: Path
) -> None:
    deadline = time.monotonic() + _START_TIME
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
            return
        time.sleep(0.02)
    raise RunFailed(f"{process.args[0]} does not start: {output.read_text().strip()}")


def _required(name: str) -> str:
    path = program(name)
    if path is None:
        raise RunFailed(f"{name} is not installed: run 'make bench' as root, or install it")
    return path


def _subfolder(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    return path


def free_range() -> int:
    """Return the first of a row of free ports, below those that the kernel gives to clients."""
    for first in range(20000, 32000, _PORTS):
        with contextlib.ExitStack() as sockets, contextlib.suppress(OSError):
            for port in range(first, first + _PORTS):
                listener = sockets.enter_context(socket.socket())
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((HOST, port))
            return first
    raise RunFailed(f"no {_PORTS} free ports in a row between 20000 and 32000")
