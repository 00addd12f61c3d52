"""An FTP server that can be told what to answer, word for word, and remembers what it was asked."""

import contextlib
import socket
import threading

USUAL = {"USER": "331 password, please", "PASS": "230 in", "TYPE": "200 binary", "CWD": "250 there",
         "REST": "350 from there"}
#: With these words vsftpd ends a session.
OOPS = "500 OOPS: child died"
#: Instead of words: the session ends without any.
CUT = "cut"


class ScriptedFtp:
    """Serves `content` as every file and `listing` as every folder, until it is told otherwise."""

    def __init__(self):
        self.content = bytes(range(256)) * 4000
        self.listing = b"type=file;size=3; a.mrc\r\n"
        self.asked = []
        self.answers = {}
        self.cuts = []
        self.finals = {}  # the words after a transfer, by command
        self.contents = {}  # of files that differ, by their paths
        self.fault = lambda command, argument: None  # words, or (bytes of the file, words)
        self.is_eager = False  # like ProFTPD: takes commands while it sends a file
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    @property
    def url(self):
        return f"ftp://127.0.0.1:{self.port}/1"

    def on(self, command, *answers):
        """What it says to a command: one after the other, the last for ever; None for as usual."""
        self.answers[command] = list(answers)

    def cut(self, count, words):
        """The next transfer ends after so many bytes, with these words."""
        self.cuts.append((count, words))

    def count(self, command):
        return sum(line.split(" ")[0] == command for line in self.asked)

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                control, _ = self._listener.accept()
                threading.Thread(target=self._converse, args=[control], daemon=True).start()

    def close(self):
        # Closing alone does not wake who waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _converse(self, control):
        control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # many small replies
        session = _Session(self, control)
        with control, contextlib.suppress(OSError):
            session.say("220 welcome")
            while session.answer(*session.next_line()):
                pass
        session.end()

    def answer_to(self, command):
        answers = self.answers.get(command) or [None]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class _Session:
    def __init__(self, script, control):
        self._script = script
        self._control = control
        self._passive = None
        self._start = 0
        self._received = b""

    def next_line(self):
        """The next command and its argument; OSError when the client has gone."""
        while b"\r\n" not in self._received:
            block = self._control.recv(1 << 12)
            if not block:
                raise ConnectionError("gone")
            self._received += block
        line, _, self._received = self._received.partition(b"\r\n")
        self._script.asked.append(line.decode())
        return line.decode().partition(" ")[::2]

    def say(self, words):
        self._control.sendall(words.encode() + b"\r\n")

    def end(self):
        if self._passive is not None:
            self._passive.close()
            self._passive = None

    def answer(self, command, argument):
        """Whether the session goes on."""
        words = self._script.answer_to(command) or self._script.fault(command, argument)
        if isinstance(words, tuple):
            words = self._send(command, argument, *words)
        if words is None and command in ("PASV", "EPSV"):
            words = self._open_passive(command)
        if words is None and command in ("MLSD", "LIST", "RETR"):
            words = self._send(command, argument)
        if command == "REST":
            self._start = int(argument)
        if command == "SIZE":
            words = words or f"213 {len(self._content(argument))}"
        words = words or USUAL.get(command, "500 what?")
        if words != CUT:
            self.say(words)
        return words != CUT and "OOPS" not in words and not words.startswith("421")

    def _content(self, path):
        return self._script.contents.get(path, self._script.content)

    def _open_passive(self, command):
        self.end()
        self._passive = socket.create_server(("127.0.0.1", 0))
        port = self._passive.getsockname()[1]
        if command == "EPSV":
            return f"229 Entering Extended Passive Mode (|||{port}|)"
        return f"227 Entering Passive Mode (127,0,0,1,{port // 256},{port % 256})."

    def _send(self, command, argument, count=None, words=None):
        is_file = command == "RETR"
        content = self._content(argument)[self._start :] if is_file else self._script.listing
        words = words or self._script.finals.get(command, "226 done")
        if is_file and self._script.cuts:
            count, words = self._script.cuts.pop(0)
        self._start = 0
        self.say("150 here it comes")
        data, _ = self._passive.accept()
        with data:
            data.sendall(content[:count])
            if is_file and self._script.is_eager and self._received:
                command, _ = self.next_line()
                self.say(f"450 {command}: data transfer in progress")
        return words


@contextlib.contextmanager
def scripted_ftp():
    script = ScriptedFtp()
    server = threading.Thread(target=script.serve, daemon=True)
    server.start()
    try:
        yield script
    finally:
        script.close()
        server.join()
