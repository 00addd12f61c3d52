"""An FTP server that sends the replies of a script word for word, and records its commands."""

import contextlib
import socket
import struct
import threading

USUAL = {"USER": "331 password, please", "PASS": "230 in", "TYPE": "200 binary", "CWD": "250 there",
         "REST": "350 from there"}
#: With these words vsftpd ends a session.
OOPS = "500 OOPS: child died"
#: Instead of words: the session ends without any.
CUT = "cut"


class Room:
    """A limit of the server, and the number of its refusals."""

    def __init__(self):
        self.counts = None  # "logins" (it resets or closes the connection), "ports" or "transfers"
        self.most = 0
        self.refusal = None  # "reset" or "closed", of logins
        self.taken = 0
        self.refused = 0
        self._lock = threading.Lock()

    def take(self):
        with self._lock:
            is_room = self.taken < self.most
            self.taken += is_room
            self.refused += not is_room
            return is_room

    def leave(self):
        with self._lock:
            self.taken -= 1


class ScriptedFtp:
    """Serves `content` as every file and `listing` as every folder, unless scripted otherwise."""

    def __init__(self, host="127.0.0.1"):
        self.content = bytes(range(256)) * 4000
        self.listing = b"type=file;size=3; a.mrc\r\n"
        self.greeting = "220 welcome"
        self.passive_words = "227 Entering Passive Mode ({host},{high},{low})."
        self.passive_form = "227"  # of the answer to PASV: some gateways give 229
        self.asked = []
        self.answers = {}
        self.cuts = []
        self.finals = {}  # the words after a transfer, by command
        self.contents = {}  # of files that differ, by their paths
        self.fault = lambda command, argument: None  # words, or (bytes of the file, words)
        self.offset = lambda asked: asked  # what the server makes of the number after REST
        self.keeps_offset = False  # for the next files, too
        self.replies_first = False  # the words after a file are sent before its bytes
        self.is_eager = False  # like ProFTPD: takes commands while it sends a file
        self.room = Room()
        self.gate = threading.Event()  # no byte of a file is sent while it is closed
        self.gate.set()
        self.host = host
        self._listener = self.listen()
        self.port = self._listener.getsockname()[1]

    def listen(self):
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        return socket.create_server((self.host, 0), family=family)

    @property
    def url(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ftp://{host}:{self.port}/1"

    def on(self, command, *answers):
        """Set the replies to a command, the last of which is repeated; None for the usual reply."""
        self.answers[command] = list(answers)

    def cut(self, count, words):
        """End the next transfer after so many bytes, with this reply."""
        self.cuts.append((count, words))

    def count(self, command):
        return sum(line.split(" ")[0] == command for line in self.asked)

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                control, _ = self._listener.accept()
                threading.Thread(target=self._converse, args=[control], daemon=True).start()

    def close(self):
        self.gate.set()
        # Closing alone does not wake who waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _converse(self, control):
        control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # many small replies
        session = _Session(self, control)
        with control, contextlib.suppress(OSError):
            if not session.has_room_for("logins"):
                if self.room.refusal == "reset":
                    control.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            session.say(self.greeting)
            while session.answer(*session.next_line()):
                pass
        session.end()
        session.leave_room("logins", "ports", "transfers")

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
        self._has_place = False

    def has_room_for(self, what):
        """Return True if the limit allows one more; without a limit always."""
        if self._script.room.counts != what:
            return True
        self._has_place = self._has_place or self._script.room.take()
        return self._has_place

    def leave_room(self, *what):
        if self._has_place and self._script.room.counts in what:
            self._has_place = False
            self._script.room.leave()

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
        """Answer a command; return True if the session goes on."""
        words = self._script.answer_to(command) or self._script.fault(command, argument)
        if isinstance(words, tuple):
            words = self._send(command, argument, *words)
        if words is None and command in ("PASV", "EPSV"):
            words = self._open_passive(command)
        if words is None and command in ("MLSD", "LIST", "RETR"):
            words = self._send(command, argument)
        if command == "REST":
            self._start = self._script.offset(int(argument))
        if command == "SIZE":
            words = words or f"213 {len(self._content(argument))}"
        if words is None:
            words = USUAL.get(command, "500 what?")
        if words not in (CUT, ""):
            self.say(words)
        return words != CUT and "OOPS" not in words and not words.startswith("421")

    def _content(self, path):
        return self._script.contents.get(path, self._script.content)

    def _open_passive(self, command):
        self.end()
        if self.has_room_for("ports"):
            self._passive = self._script.listen()
        else:
            self._passive = socket.socket()  # bound, and nobody listens
            self._passive.bind(("127.0.0.1", 0))
        port = self._passive.getsockname()[1]
        if command == "EPSV" or self._script.passive_form == "229":
            return f"229 Entering Extended Passive Mode (|||{port}|)"
        return self._script.passive_words.format(
            host=self._script.host.replace(".", ","), high=port // 256, low=port % 256)

    def _send(self, command, argument, count=None, words=None):
        is_file = command == "RETR"
        if is_file and not self.has_room_for("transfers"):
            return "425 Can't open data connection."
        content = self._content(argument)[self._start :] if is_file else self._script.listing
        words = words or self._script.finals.get(command, "226 done")
        if is_file and self._script.cuts:
            count, words = self._script.cuts.pop(0)
        if is_file and not self._script.keeps_offset:
            self._start = 0
        self.say("150 here it comes")
        if is_file and self._script.replies_first:
            self.say(words)
        data, _ = self._passive.accept()
        with data:
            if is_file:
                self._script.gate.wait()
            data.sendall(content[:count])
            if is_file and self._script.is_eager and self._received:
                command, _ = self.next_line()
                self.say(f"450 {command}: data transfer in progress")
        self.leave_room("ports", "transfers")
        return "" if is_file and self._script.replies_first else words


@contextlib.contextmanager
def scripted_ftp(host="127.0.0.1"):
    script = ScriptedFtp(host)
    server = threading.Thread(target=script.serve, daemon=True)
    server.start()
    try:
        yield script
    finally:
        script.close()
        server.join()
