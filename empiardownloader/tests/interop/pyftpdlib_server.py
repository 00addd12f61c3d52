"""pyftpdlib over a folder: ADDRESS PORT FOLDER BANNER-FILE PER-ADDRESS [REFUSED-COMMAND ...].

SIGUSR1 ends the sessions of this moment, as if their processes had been killed.
"""

import signal
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.servers import FTPServer


def main(address, port, folder, banner, per_address, *refused):
    authorizer = DummyAuthorizer()
    authorizer.add_anonymous(folder)
    FTPHandler.authorizer = authorizer
    with open(banner) as text:
        FTPHandler.banner = text.read().strip()
    for command in refused:
        del FTPHandler.proto_cmds[command]
    server = FTPServer((address, int(port)), FTPHandler)
    server.max_cons_per_ip = int(per_address)
    told = []
    signal.signal(signal.SIGUSR1, lambda *_: told.append(True))
    while True:
        server.serve_forever(timeout=0.05, blocking=False)
        if told:
            told.clear()
            for handler in list(server.ioloop.socket_map.values()):
                if isinstance(handler, (FTPHandler, DTPHandler)):
                    handler.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
