"""A filter that does what a script says, on a thread of its own: silence, nonsense, death."""

import socket
import struct
import threading
import time

from .ports import free_port

PROCEED, ACCEPT = b"c", b"a"
NEEDS_ANSWER = b"CHMRTLNBE"


def frame(letter: bytes, data: bytes = b"") -> bytes:
    return struct.pack("!I", len(data) + 1) + letter + data


class BadMilter:
    """`script` names what to answer to a command letter: bytes to send raw, or a function of
    the connection. Commands that it does not name are let go on."""

    def __init__(self, script: dict | None = None, port: int = 0, talk: int = 0, greeting: bytes | None = None):
        self.script, self.talk, self.greeting = script or {}, talk, greeting
        self.heard: list[bytes] = []
        self.open = self.most = self.connections = 0
        self.lock = threading.Lock()
        self.port = port or free_port()
        self.closing = threading.Event()

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=200)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def stop(self):
        self.closing.set()
        self.listener.close()

    def accept(self):
        while not self.closing.is_set():
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with self.lock:
            self.connections += 1
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            with peer:
                self.talk_to(peer)
        except OSError:
            pass
        finally:
            with self.lock:
                self.open -= 1

    def read(self, peer, size: int) -> bytes:
        data = b""
        while len(data) < size:
            some = peer.recv(size - len(data))
            if not some:
                raise ConnectionError
            data += some
        return data

    def talk_to(self, peer):
        while not self.closing.is_set():
            size = struct.unpack("!I", self.read(peer, 4))[0]
            said = self.read(peer, size)
            letter = said[:1]
            with self.lock:
                self.heard.append(said)
            if letter == b"Q":
                return
            answer = self.script.get(letter)
            if answer is None and letter == b"O":
                answer = frame(b"O", struct.pack("!III", 6, 0x1ff, self.talk)) if self.greeting is None else self.greeting
            elif answer is None:
                answer = frame(PROCEED) if letter in NEEDS_ANSWER else b""
            if callable(answer):
                answer(self, peer)
            else:
                peer.sendall(answer)


def hang(milter, peer):
    milter.closing.wait(60)


def die(milter, peer):
    peer.close()
    raise ConnectionError


def after(seconds: float, answer: bytes):
    def act(milter, peer):
        time.sleep(seconds)
        peer.sendall(answer)
    return act
