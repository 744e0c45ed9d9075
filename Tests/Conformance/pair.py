"""Two servers driven in lockstep: every step goes to both, every reply is compared."""
import itertools
import re
import time

from harness import resp
import script

WAIT_SECONDS = 10
PAUSE_SECONDS = 0.002
SHOWN_BYTES = 400
DIFFERENCES_MAX = 300  # of one script: beyond, the servers' states have parted and every line would differ


class Difference:
    """A place where the two servers disagree."""

    def __init__(self, place, what, reference, apus):
        self.place, self.what, self.reference, self.apus = place, what, reference, apus

    def __str__(self):
        start = _first_difference(self.reference, self.apus)
        return (f"{self.place}: {self.what}\n    reference: {_shown(self.reference, start)}\n"
                f"    apus:      {_shown(self.apus, start)}")


class Side:
    """One server and its numbered clients.

    A text that names the server stands for a reply that did not come, so a script that waits in vain on both
    sides shows up as a difference, too.
    """

    def __init__(self, server, protocol):
        self.server, self.protocol, self.clients, self.ids = server, protocol, {}, {}

    def client(self, number):
        if number not in self.clients:
            client = self.server.connect(protocol=self.protocol, timeout=WAIT_SECONDS)
            self.clients[number], identity = client, client.call("CLIENT", "ID").value()
            self.ids[number] = identity if isinstance(identity, int) else 0  # not before authentication
        return self.clients[number]

    def resolved(self, word):
        """A command's word with {id:N} and {addr:N} replaced by this side's."""
        if isinstance(word, bytes) and b"{" in word:
            word = re.sub(rb"\{id:(\d+)\}", lambda m: b"%d" % self.ids[int(m.group(1))], word)
            word = re.sub(rb"\{addr:(\d+)\}", lambda m: self._address(int(m.group(1))), word)
        return word

    def _address(self, number):
        return b"%s:%d" % tuple(part.encode() if isinstance(part, str) else part
                                for part in self.clients[number].socket.getsockname())

    def flush(self):
        for client in self.clients.values():
            client.close()
        self.clients = {}
        with self.server.connect() as connection:
            return connection.call("FLUSHALL")

    def read(self, number):
        """A reply, or the text of what came instead of one."""
        try:
            return self.client(number).read()
        except resp.Closed as closed:
            return f"closed after {closed.pending!r}"
        except TimeoutError:
            return f"no reply within {WAIT_SECONDS} s from {self.server.name}"
        except resp.ProtocolError as error:
            return f"not RESP: {error}"


class Pair:
    """Runs scripts and commands on both sides; differences pile up in `differences`, `compared` counts replies."""

    def __init__(self, reference, apus, protocol):
        self.protocol = protocol
        self.reference, self.apus = Side(reference, protocol), Side(apus, protocol)
        self.sides = (self.reference, self.apus)
        self.differences, self.compared = [], 0
        self.current = 1

    def run_script(self, path, shown_path):
        applies = True
        for step in script.parse(path):
            place = f"{shown_path}:{step.line} (RESP{self.protocol})"
            if step.name == "resp":
                applies = step.text in (str(self.protocol), "both")
            elif len(self.differences) > DIFFERENCES_MAX:
                self.differences.append(Difference(place, "too many differences", "the rest", "script left"))
                return
            elif applies:
                try:
                    self._run(step, place)
                except (OSError, AssertionError, resp.Closed, resp.ProtocolError) as error:
                    self.differences.append(Difference(place, step.text, "an answer", f"{error!r}; script left"))
                    return
        self._check_strays(shown_path)

    def call(self, place, arguments, modifiers=()):
        """Sends a command to both, compares, and returns the reference's reply."""
        self._send_command(arguments)
        return self._compare(place, _command_text(arguments), modifiers)

    def _run(self, step, place):
        run = getattr(self, "_run_" + step.name.replace("-", "_"))
        run(step, place)

    def _run_command(self, step, place):
        self.call(place, script.split_quoted(step.text), step.modifiers)

    def _run_flush(self, step, place):
        self.flush()

    def _run_client(self, step, place):
        self.current = int(step.text)
        for side in self.sides:
            side.client(self.current)

    def _run_close(self, step, place):
        for side in self.sides:
            side.client(self.current).close()
            del side.clients[self.current]

    def _run_send(self, step, place):
        self._send(b"".join(script.split_quoted(step.text)))

    def _run_raw(self, step, place):
        self._run_send(step, place)
        self._compare(place, "@raw " + step.text, step.modifiers)

    def _run_async(self, step, place):
        self._send_command(script.split_quoted(step.text))

    def _run_read(self, step, place):
        for _ in range(int(step.text or 1)):
            self._compare(place, "@read", step.modifiers)

    def _run_expect_close(self, step, place):
        ends = []
        for side in self.sides:
            try:
                ends.append(side.client(self.current).read_to_end())
            except TimeoutError:
                ends.append(f"{side.server.name} still open after {WAIT_SECONDS} s")
            side.clients.pop(self.current).close()
        self.compared += 1
        ends = [_masked(end, step.modifiers) for end in ends]
        if ends[0] != ends[1]:
            self.differences.append(Difference(place, "@expect-close", *ends))

    def _run_blocked(self, step, place):
        self._wait(place, step, lambda side: side.server.info("blocked_clients") == int(step.text))

    def _run_until(self, step, place):
        pattern, _, command = step.text.partition(" ")
        words = script.split_quoted(command)
        self._wait(place, step, lambda side: re.search(
            pattern.encode(), side.client(self.current).call(*words).raw()) is not None)

    def _run_repeat(self, step, place):
        count, _, command = step.text.partition(" ")
        words = script.split_quoted(command)
        commands = [[word.replace(b"{i}", b"%d" % i) for word in words] for i in range(int(count))]
        self._send(b"".join(resp.encode(*command) for command in commands))
        for command in commands:
            self._compare(place, _command_text(command), step.modifiers)

    def _run_fields(self, step, place):
        names, _, command = step.text.partition(" ")
        self.compared += 1
        for side in self.sides:
            text = side.client(self.current).call(*script.split_quoted(command)).raw()
            missing = [name for name in names.split(",") if b"\n" + name.encode() + b":" not in text]
            if missing:
                self.differences.append(Difference(
                    place, command, "fields expected", f"{side.server.name} lacks {', '.join(missing)}"))

    def _run_hits(self, step, place):
        counts = []
        for side in self.sides:
            side.client(self.current).call("CONFIG", "RESETSTAT")
        self._run_command(step, place)
        for side in self.sides:
            text = side.client(self.current).call("INFO", "stats").raw()
            counts.append(b" ".join(re.findall(rb"(?:expired_keys|keyspace_hits|keyspace_misses):\d+", text)))
        if counts[0] != counts[1]:
            self.differences.append(Difference(place, step.text, *counts))

    def _run_long(self, step, place):
        count, _, command = step.text.partition(" ")
        self.call(place, [w.replace(b"{x}", b"x" * int(count)) for w in script.split_quoted(command)], step.modifiers)

    def _run_orders(self, step, place):
        """Every ordered choice of options, repetitions included; each meets the state the one before left."""
        most, _, text = step.text.partition(" ")
        text, _, tail = text.partition("||")
        head, *options = [script.split_quoted(part) for part in text.split("|")]
        tail = script.split_quoted(tail)
        for count in range(int(most) + 1):
            for choice in itertools.product(options, repeat=count):
                words = head + [word for option in choice for word in option] + tail
                self.call(place, words, step.modifiers)

    def flush(self):
        replies = [side.flush().raw() for side in self.sides]
        if replies[0] != replies[1]:
            self.differences.append(Difference("@flush", "FLUSHALL", *replies))
        self.current = 1

    def _send(self, data):
        for side in self.sides:
            try:
                side.client(self.current).send(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the read that follows reports it

    def _send_command(self, arguments):
        for side in self.sides:
            client = side.client(self.current)  # before its id is asked for below
            try:
                client.send(resp.encode(*map(side.resolved, arguments)))
            except (BrokenPipeError, ConnectionResetError):
                pass  # the read that follows reports it

    def _wait(self, place, step, condition):
        self.compared += 1
        for side in self.sides:
            deadline = time.monotonic() + WAIT_SECONDS
            while not condition(side):
                if time.monotonic() > deadline:
                    raise AssertionError(f"not within {WAIT_SECONDS} s on {side.server.name}")
                time.sleep(PAUSE_SECONDS)

    def _compare(self, place, what, modifiers):
        replies = [side.read(self.current) for side in self.sides]
        self.compared += 1
        texts = [r if isinstance(r, str) else script.comparable(r, modifiers) for r in replies]
        if not script.within(texts[1], texts[0], modifiers):
            shown = [r if isinstance(r, str) else r.raw() for r in replies]
            self.differences.append(Difference(place, what, *shown))
        for side, reply in zip(self.sides, replies):
            if isinstance(reply, str):  # the stream cannot be trusted any more
                side.clients.pop(self.current).close()
        return replies[0]

    def _check_strays(self, shown_path):
        for number in sorted(self.reference.clients.keys() & self.apus.clients.keys()):
            strays = [side.clients[number].stray() for side in self.sides]
            if strays[0] != strays[1]:
                self.differences.append(Difference(shown_path, f"unread bytes of client {number}", *strays))


def _masked(data, modifiers):
    for name, text in modifiers:
        if name == "mask" and isinstance(data, bytes):
            data = re.sub(text.encode(), b"<masked>", data)
    return data


def _command_text(arguments):
    text = " ".join(_word(argument) for argument in arguments)
    return text if len(text) <= SHOWN_BYTES else text[:SHOWN_BYTES] + " ..."


def _word(argument):
    if not isinstance(argument, bytes):
        argument = str(argument).encode()
    shown = repr(argument)[2:-1]
    return shown if shown and " " not in shown else f'"{shown}"'


def _first_difference(left, right):
    """Where two long replies part, less some bytes for orientation; 0 if one of them is short or no bytes."""
    if not isinstance(left, bytes) or not isinstance(right, bytes) or min(len(left), len(right)) <= SHOWN_BYTES:
        return 0
    same = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
    return max(same - SHOWN_BYTES // 4, 0)


def _shown(data, start):
    text = data if isinstance(data, str) else repr(data[start:])[1:]
    before = f"({start} bytes) ... " if start else ""
    return before + (text if len(text) <= SHOWN_BYTES else text[:SHOWN_BYTES] + f" ... ({len(data)} bytes)")
