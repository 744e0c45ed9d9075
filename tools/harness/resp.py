"""RESP as bytes: a connection whose replies keep every byte the server sent.

This is not a client library. A reply is a tree of `Reply` nodes whose `raw()` is exactly what came over the wire,
so two servers can be compared byte for byte, and masks and sorting work on structure rather than on text.

Invariant: b"".join of the raw() of all replies read from a connection is a prefix of the bytes received on it.
"""
import socket

CRLF = b"\r\n"
BULK_KINDS = b"$=!"
AGGREGATE_KINDS = b"*%~>|"
LINE_KINDS = b"+-:_,#("
RECEIVE_BYTES = 1 << 16


class ProtocolError(Exception):
    """The server sent something that is not RESP."""


class Closed(Exception):
    """The server closed the connection; `pending` holds the bytes of an unfinished reply."""

    def __init__(self, pending=b""):
        super().__init__(f"connection closed with {pending!r} pending")
        self.pending = pending


class Reply:
    """One node of a reply: its header line without CRLF, then a body (bulk kinds) or children (aggregates)."""

    __slots__ = ("header", "body", "children")

    def __init__(self, header, body=None, children=None):
        self.header, self.body, self.children = header, body, children

    @property
    def kind(self):
        return self.header[:1]

    @property
    def is_error(self):
        return self.kind in (b"-", b"!")

    @property
    def is_nil(self):
        return self.header in (b"$-1", b"*-1", b"_")

    def raw(self):
        """The exact bytes of this reply."""
        out = self.header + CRLF
        if self.body is not None:
            out += self.body + CRLF
        if self.children is not None:
            out += b"".join(child.raw() for child in self.children)
        return out

    def value(self):
        """The reply as plain Python: bytes, int, float, bool, None, list; errors stay `Reply` nodes."""
        kind, text = self.kind, self.header[1:]
        if self.is_nil:
            return None
        if self.is_error:
            return self
        if self.children is not None:
            return [child.value() for child in self.children]
        if self.body is not None:
            return self.body[4:] if kind == b"=" else self.body
        if kind in (b":", b"("):
            return int(text)
        if kind == b",":
            return float(text)
        if kind == b"#":
            return text == b"t"
        return text

    def __repr__(self):
        return repr(self.raw())


def encode(*arguments):
    """A command as an array of bulk strings. Arguments are bytes, str, int or float."""
    out = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        if not isinstance(argument, (bytes, bytearray)):
            argument = str(argument).encode()
        out.append(b"$%d\r\n" % len(argument))
        out.append(bytes(argument))
        out.append(CRLF)
    return b"".join(out)


class Connection:
    """A blocking connection. Every wait is bounded by `timeout` seconds and then raises TimeoutError."""

    def __init__(self, port, timeout=20.0, host="127.0.0.1", protocol=2):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.position = 0
        self.hello = None
        if protocol == 3:
            self.hello = self.call("HELLO", "3")

    def send(self, data):
        self.socket.sendall(data)

    def call(self, *arguments):
        """Sends one command and returns its `Reply`."""
        self.send(encode(*arguments))
        return self.read()

    def ask(self, *arguments):
        """Like `call`, but plain Python, and an error reply is raised."""
        reply = self.call(*arguments)
        if reply.is_error:
            raise AssertionError(f"{arguments!r} answered {reply!r}")
        return reply.value()

    def pipeline(self, commands):
        """Sends all commands at once and returns their replies."""
        self.send(b"".join(encode(*command) for command in commands))
        return [self.read() for _ in commands]

    def read(self):
        """One reply; pushes are returned like replies, in the order they came."""
        start = self.position
        try:
            reply = self._read_node()
        except Closed:
            raise Closed(bytes(self.buffer[start:])) from None
        if self.position == len(self.buffer):
            self.buffer.clear()
            self.position = 0
        elif self.position > 1 << 20:
            del self.buffer[: self.position]
            self.position = 0
        return reply

    def read_to_end(self):
        """All bytes until the server closes."""
        data = bytes(self.buffer[self.position:])
        self.buffer.clear()
        self.position = 0
        while True:
            try:
                received = self.socket.recv(RECEIVE_BYTES)
            except ConnectionResetError:
                return data
            if not received:
                return data
            data += received

    def stray(self):
        """Bytes that arrived and belong to no reply that was read; does not wait."""
        self.socket.setblocking(False)
        try:
            received = self.socket.recv(RECEIVE_BYTES)
        except (BlockingIOError, OSError):
            received = b""
        return bytes(self.buffer[self.position:]) + received

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _fill(self):
        try:
            received = self.socket.recv(RECEIVE_BYTES)
        except (ConnectionResetError, BrokenPipeError):
            received = b""
        if not received:
            raise Closed()
        self.buffer += received

    def _read_line(self):
        while True:
            end = self.buffer.find(CRLF, self.position)
            if end >= 0:
                line = bytes(self.buffer[self.position:end])
                self.position = end + 2
                return line
            self._fill()

    def _read_exactly(self, count):
        while len(self.buffer) - self.position < count:
            self._fill()
        data = bytes(self.buffer[self.position:self.position + count])
        self.position += count
        return data

    def _read_node(self):
        line = self._read_line()
        kind = line[:1]
        if not kind:
            raise ProtocolError(f"empty reply line before {bytes(self.buffer[self.position:][:80])!r}")
        if kind in BULK_KINDS:
            length = int(line[1:])
            if length < 0:
                return Reply(line)
            body = self._read_exactly(length + 2)
            if body[-2:] != CRLF:
                raise ProtocolError(f"bulk of {length} bytes not ended by CRLF: {body!r}")
            return Reply(line, body=body[:-2])
        if kind in AGGREGATE_KINDS:
            count = int(line[1:])
            if count < 0:
                return Reply(line)
            if kind in b"%|":
                count *= 2
            return Reply(line, children=[self._read_node() for _ in range(count)])
        if kind in LINE_KINDS:
            return Reply(line)
        raise ProtocolError(f"not a reply: {line!r}")
