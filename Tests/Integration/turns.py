"""Checks of who goes when: the requests of one turn; long pipelines, beside which others are served."""
import contextlib
import socket
import threading

from harness import resp, servers

MEMBERS = 500  # makes each of the requests below take some 10 us
REQUESTS = 20_000
OTHERS_SERVED_MIN = 12  # of some 70, where one turn for all that has arrived allows three at most
SHARED_TIME_MS = 2  # brief commands share one reading of the clock
MODES = (("io_uring", "1"), ("epoll", "1"), ("io_uring", "2"))

EXPENSIVE = resp.encode("ZINTERCARD", "2", "z", "z")
COUNTED = EXPENSIVE + resp.encode("INCR", "n")


def each_mode(check):
    def run(binary):
        for backend, threads in MODES:
            with servers.Server(binary, ("--io-backend", backend, "--threads", threads)) as server:
                with server.connect() as control:
                    control.pipeline([("ZADD", "z", "0", f"member:{number}") for number in range(MEMBERS)])
                    check(server, control)
    run.__doc__ = check.__doc__
    return run


def expected(first, last):
    return b"".join(b":%d\r\n:%d\r\n" % (MEMBERS, number) for number in range(first, last + 1))


class Pipeline:
    """Sends all of its bytes, says so if it `ends`, and reads to the end, on a thread of each: neither waits for the
    other."""

    def __init__(self, server, data, ends=True):
        self.connection, self.received, self.ends = server.connect(timeout=60), b"", ends
        self.threads = [threading.Thread(target=work) for work in (lambda: self.send(data), self.read)]
        for thread in self.threads:
            thread.start()

    def send(self, data):
        try:
            self.connection.send(data)
            if self.ends:
                self.connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed by the server, which some ask for

    def read(self):
        self.received = self.connection.read_to_end()

    def is_alive(self):
        return self.threads[1].is_alive()

    def result(self):
        for thread in self.threads:
            thread.join()
        self.connection.close()
        return self.received


@each_mode
def others_are_served(server, control):
    """Others are served again and again while a pipeline of seconds is executed, and it is answered in full."""
    pipeline, served = Pipeline(server, COUNTED * REQUESTS), 0
    while pipeline.is_alive():
        control.ask("GET", "n")
        served += 1
    assert pipeline.result() == expected(1, REQUESTS)
    assert served >= OTHERS_SERVED_MIN, served


@each_mode
def waits_within(server, control):
    """A pipeline that blocks in the middle and ends in a protocol error is answered in order, the error last."""
    count = REQUESTS // 8
    wait, error = resp.encode("BZPOPMIN", "q", "0"), b"*x\r\nPING\r\n"
    pipeline = Pipeline(server, COUNTED * count + wait + COUNTED * count + error, ends=False)
    servers.wait_until(lambda: server.info("blocked_clients") == 1, "it blocks", seconds=60)
    assert control.ask("GET", "n") == b"%d" % count
    assert control.ask("ZADD", "q", "1", "served") == 1
    popped = b"*3\r\n$1\r\nq\r\n$6\r\nserved\r\n$1\r\n1\r\n"
    assert pipeline.result() == (expected(1, count) + popped + expected(count + 1, 2 * count)
                                 + b"-ERR Protocol error: invalid multibulk length\r\n")


@each_mode
def quits_within(server, control):
    """What follows a QUIT in a long pipeline is not executed."""
    count = REQUESTS // 8
    pipeline = Pipeline(server, COUNTED * count + b"QUIT\r\n" + COUNTED * count)
    received, answer = pipeline.result(), expected(1, count) + b"+OK\r\n"
    # The requests behind it make the kernel reset the connection, which may cost the client the last replies.
    assert answer.startswith(received) and control.ask("GET", "n") == b"%d" % count


@each_mode
def is_killed_within(server, control):
    """Killed in the middle of its pipeline, a client is executed no further."""
    name = resp.encode("CLIENT", "SETNAME", "long")
    pipeline = Pipeline(server, name + COUNTED * REQUESTS)
    servers.wait_until(lambda: int(control.ask("GET", "n") or 0) > 100, "it has begun")
    assert control.ask("CLIENT", "KILL", "NAME", "long") == 1
    reached = int(control.ask("GET", "n"))
    pipeline.result()
    assert reached < REQUESTS and int(control.ask("GET", "n")) == reached, reached
    assert control.ask("PING") == b"PONG"


@each_mode
def several_at_once(server, control):
    """Several long pipelines share the turns, each in its own order."""
    requests = [resp.encode("INCR", f"n:{number}") for number in range(6)]
    pipelines = [Pipeline(server, (EXPENSIVE + request) * (REQUESTS // 8)) for request in requests]
    for pipeline in pipelines:
        assert pipeline.result() == expected(1, REQUESTS // 8)
    servers.wait_until(lambda: server.info("connected_clients") == 2, "all are gone")


@each_mode
def each_command_has_its_time(server, control):
    """What an expiry counts from is the time at which its command runs, although a long one of its turn was before."""
    control.pipeline([("ZADD", "long", number, number) for number in range(30_000)])
    *_, moment, _, due = [reply.value() for reply in control.pipeline([
        *[("ZUNIONSTORE", "other", "2", "long", "long")] * 3, ("TIME",), ("SET", "k", "v", "PX", "100000"),
        ("PEXPIRETIME", "k")])]
    seconds, microseconds = map(int, moment)
    assert due - 100_000 >= seconds * 1000 + microseconds // 1000 - SHARED_TIME_MS


@each_mode
def many_commands_have_their_time(server, control):
    """The same behind many commands of a batch none of which is long."""
    for count in (1000, 2000, 4000):
        control.pipeline([("ZADD", "many", number, number) for number in range(count)])
        for _ in range(10):
            *_, moment, _, due = [reply.value() for reply in control.pipeline([
                *[("ZINTERCARD", "2", "many", "many")] * 60, ("TIME",), ("SET", "k", "v", "PX", "100000"),
                ("PEXPIRETIME", "k")])]
            seconds, microseconds = map(int, moment)
            assert due - 100_000 >= seconds * 1000 + microseconds // 1000 - SHARED_TIME_MS, count


def postponed_clients_keep_their_order(binary):
    """Whom a pause has kept waiting, by one thread, goes on in the order of coming, whoever connected first."""
    order = (5, 0, 3, 7, 1, 6, 2, 4)
    for backend in ("io_uring", "epoll"):
        with servers.Server(binary, ("--io-backend", backend, "--threads", "1")) as server:
            clients = [server.connect() for _ in order]
            # The server hands out its places as the clients come.
            for client in clients:
                client.ask("PING")
            with server.connect() as control:
                for milliseconds in (100_000, 1000):
                    control.ask("CLIENT", "PAUSE", str(milliseconds), "WRITE")
                    for waiting, number in enumerate(order, 1):
                        clients[number].send(resp.encode("APPEND", "order", str(number)))
                        servers.wait_until(lambda: server.info("blocked_clients") == waiting, "the client waits")
                    if milliseconds == 100_000:
                        control.ask("CLIENT", "UNPAUSE")
                    for client in clients:
                        client.read()
                    assert control.ask("GETDEL", "order") == "".join(map(str, order)).encode(), backend
            for client in clients:
                client.close()


def one_turn(binary):
    """Requests of several clients that come in one turn are executed together: each client's in order, none for a
    client that is killed or waits meanwhile, whatever ends a client's bytes."""
    for backend in ("io_uring", "epoll"):
        one_turn_on(binary, backend)


def one_turn_on(binary, backend):
    with servers.Server(binary, ["--threads", "1", "--io-backend", backend]) as server, contextlib.ExitStack() as stack:
        first, second, third, victim = (stack.enter_context(server.connect()) for _ in range(4))
        identity = victim.ask("CLIENT", "ID")
        # A pop that waits, what comes behind it in the same turn, and who serves it.
        with server.standing_still():
            first.send(b"BZPOPMIN board 0\r\nINCR after\r\n")
            second.send(b"GET after\r\n" * 80 + b"ZADD board 1 one\r\n")
            third.send(b"*1\r\n$4\r\nPI")
        assert [first.read().value() for _ in range(2)] == [[b"board", b"one", b"1"], 1]
        assert [second.read().value() for _ in range(81)] == [None] * 80 + [1]
        # More requests of one client than a batch holds, between those of others; an error behind the last of them.
        with server.standing_still():
            first.send(b"INCR many\r\n" * 150)
            third.send(b"NG\r\nINCR many\r\n" * 1)
            second.send(b"INCR many\r\n" * 100 + b"*x\r\n")
        counted = [first.read().value() for _ in range(150)]
        assert counted == sorted(counted) and third.read().raw() == b"+PONG\r\n"
        counted += [third.read().value()] + [second.read().value() for _ in range(100)]
        assert sorted(counted) == list(range(1, 252)), counted
        assert second.read_to_end().startswith(b"-ERR Protocol error")
        # Killed by a client of the same turn: what the victim sent behind that is not executed, or all of it before.
        with server.standing_still():
            first.send(b"CLIENT KILL ID %d\r\n" % identity)
            victim.send(b"INCR fate\r\n" * 30)
        assert first.read().value() == 1
        assert victim.read_to_end().count(b"\r\n") in (0, 30)
        assert first.ask("GET", "fate") in (None, b"30")


CHECKS = [
    ("executes a turn's requests in order", one_turn),
    ("serves others while a long pipeline is executed", others_are_served),
    ("keeps a long pipeline in order, also through a wait", waits_within),
    ("ends a long pipeline at QUIT", quits_within),
    ("ends a long pipeline when its client is killed", is_killed_within),
    ("executes several long pipelines", several_at_once),
    ("gives each command its time", each_command_has_its_time),
    ("gives many commands theirs", many_commands_have_their_time),
    ("keeps the order of clients whom a pause keeps waiting", postponed_clients_keep_their_order),
]
