"""Checks of what clients make the server hold: unread replies, queued requests, what those leave who have gone."""
import contextlib
import re
import threading

from harness import resp, servers

CONNECTIONS_STORM = 2_000
ROUNDS_MAX = 30
SLOW_READ_BYTES = 64 << 20


def slow_reader(binary):
    """Replies wait for a client that does not read, in order and whole, while others are served at once."""
    with servers.Server(binary) as server, server.connect() as other:
        value = b"v" * (1 << 20)
        other.ask("SET", "big", value)
        count = SLOW_READ_BYTES // len(value)
        with server.connect(timeout=60) as slow:
            slow.send(b"".join(resp.encode("GET", "big") + resp.encode("ECHO", i) for i in range(count)))
            for i in range(1000):
                assert other.ask("INCR", "n") == i + 1
            for i in range(count):
                assert slow.read().value() == value
                assert slow.read().value() == b"%d" % i


def output_limit(binary):
    """A client whose unread replies exceed client-output-buffer-limit is closed; the server lives on."""
    with servers.Server(binary, ["--client-output-buffer-limit", "normal", "8mb", "0", "0"]) as server:
        with server.connect() as other, server.connect() as slow:
            other.ask("SET", "big", b"v" * (1 << 20))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                slow.send(resp.encode("GET", "big") * 200)
            servers.wait_until(lambda: server.info("connected_clients") == 2, "the slow one is gone")
            assert other.ask("STRLEN", "big") == 1 << 20


def output_limit_of_readers(binary):
    """Who reads gets a value beyond client-output-buffer-limit, which is sent from where it lies."""
    with servers.Server(binary, ["--client-output-buffer-limit", "normal", "100000", "0", "0"]) as server:
        with server.connect() as other, server.connect() as reader:
            other.ask("SET", "big", b"v" * 150_000)
            assert len(reader.ask("GET", "big")) == 150_000
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                reader.send(resp.encode("GET", "big") * 1000)
            servers.wait_until(lambda: server.info("connected_clients") == 2, "who reads no more is gone")


def output_limit_of_arrays(binary):
    """What the replies take beyond the first 16 KiB is counted in blocks of 20 KiB, as by the reference."""
    with servers.Server(binary, ["--client-output-buffer-limit", "normal", "100000", "0", "0"]) as server:
        with server.connect() as other:
            for keys, closes in ((700, False), (900, True)):
                other.ask("FLUSHALL")
                for number in range(keys):
                    other.ask("SET", "k" * 100 + ":%03d" % number, b"v")
                with server.connect() as client:
                    client.send(resp.encode("KEYS", "*"))
                    length = len(client.read_to_end()) if closes else len(client.read().value())
                    assert length == (0 if closes else keys), (keys, length)


def output_limit_of_one_reply(binary):
    """Neither does one reply take more memory than its client is granted, or the time to write all of it."""
    with servers.Server(binary, ["--client-output-buffer-limit", "normal", "1mb", "0", "0"]) as server:
        with server.connect() as other, server.connect() as blocked:
            other.ask("ZADD", "z", "1", b"m" * 1000)
            other.ask("SET", "v", b"v" * 1000)
            blocked.send(resp.encode("BZPOPMIN", "queue", "0"))
            servers.wait_until(lambda: server.info("blocked_clients") == 1, "one is blocked")
            requests = [
                # Who is served by what follows gets all of it.
                resp.encode("ZRANDMEMBER", "z", str(-(1 << 40))) + resp.encode("ZADD", "queue", "1", b"w" * 3000),
                resp.encode("MGET", *["v"] * 100_000),
                resp.encode("MULTI") + resp.encode("MGET", *["v"] * 10_000) * 10 + resp.encode("EXEC"),
            ]
            for request in requests:
                with server.connect() as client:
                    client.send(request)
                    assert b"v" not in client.read_to_end()
            assert blocked.read().value() == [b"queue", b"w" * 3000, b"1"]
            assert server.info("client_output_buffer_limit_disconnections") == len(requests)
            with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
                peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) << 10
            assert peak < 64 << 20, peak
            # What nobody is to hear is no reply.
            other.send(resp.encode("CLIENT", "REPLY", "OFF") + requests[1] + resp.encode("CLIENT", "REPLY", "ON"))
            assert other.read().value() == b"OK"
            assert other.ask("STRLEN", "v") == 1000


def queue_limit(binary):
    """What MULTI queues counts towards client-query-buffer-limit; the server lives on and has its memory back. How
    much each thread keeps for its next requests depends on the pieces in which they came."""
    with servers.Server(binary, ["--client-query-buffer-limit", "1mb"]) as server:
        rounds = 0

        def exceed():
            nonlocal rounds
            with server.connect() as client:
                client.ask("MULTI")
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    client.send(resp.encode("SET", "k", b"v" * 100_000) * 40)
                assert len(client.read_to_end()) <= 10 * len(b"+QUEUED\r\n")
            rounds += 1
            assert server.info("client_query_buffer_limit_disconnections") == rounds

        until_memory_settles(server, exceed)


def soft_output_limit(binary):
    """Nor may replies lie unread above the soft limit for longer than its time, even if the client asks for no more."""
    with servers.Server(binary, ["--client-output-buffer-limit", "normal", "0", "1mb", "1"]) as server:
        with server.connect() as other, server.connect() as slow:
            other.ask("SET", "big", b"v" * (1 << 20))
            slow.send(resp.encode("GET", "big") * 20)
            servers.wait_until(lambda: server.info("connected_clients") == 2, "the slow one is gone")


def unread_replies_are_small(binary):
    """Replies that nobody reads take about their own bytes, however short they are and in however many pieces they were
    asked for; a client that has not said the password is not even granted those."""
    with servers.Server(binary) as server, server.connect() as other, server.connect() as slow:
        other.ask("SET", "v", b"v" * 100)
        before = server.info("used_memory")
        number = slow.ask("CLIENT", "ID")
        for _ in range(50_000):
            slow.send(resp.encode("GET", "v") * 8)

        def pending():
            line = other.ask("CLIENT", "LIST", "ID", str(number)).decode()
            return int(re.search(r" omem=(\d+)", line).group(1))

        servers.wait_until(lambda: pending() > 25_000_000, "most of 43 MB waits")
        taken = server.info("used_memory") - before
        assert taken < 100_000_000, taken
    with servers.Server(binary, ["--requirepass", "secret"]) as server, server.connect() as stranger:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(1_000_000):
                stranger.send(b"PING\r\n" * 100)
            raise AssertionError("a stranger may send for ever without reading")
        with server.connect() as known:
            known.pipeline([("AUTH", "secret"), ("SET", "big", b"v" * (1 << 20))])
            replies = known.pipeline([("GET", "big")] * 8 + [("RESET",), ("PING",)])
            assert all(len(reply.value()) == 1 << 20 for reply in replies[:8]), "RESET takes no replies away"
            assert replies[8].value() == b"RESET" and replies[9].is_error, replies[8:]


def storms(binary):
    """Thousands of connections that come and go, half of them within a request: in the end a round costs nothing more.
    What is kept for the next ones depends on how they came to the threads; a leak would grow with each round."""
    with servers.Server(binary) as server, server.connect() as control:

        def come_and_go():
            clients = [server.connect() for _ in range(CONNECTIONS_STORM)]
            for client in clients:
                client.send(b"PING\r\n*3\r\n$3\r\nSET\r\n$10\r\nab")
            for client in clients:
                assert client.read().raw() == b"+PONG\r\n"
            for client in clients:
                client.close()
            servers.wait_until(lambda: server.info("connected_clients") == 2, "all are gone", seconds=60)

        until_memory_settles(server, come_and_go)
        assert control.ask("PING") == b"PONG"


def until_memory_settles(server, round):
    """Repeats the round until it has left used_memory where it was before; a leak would grow with each."""
    used, settled = [0], 0
    while settled < 3:
        assert len(used) <= ROUNDS_MAX, used
        round()
        used.append(server.info("used_memory"))
        settled += used[-1] <= max(used[:-1])


def deep_pipeline(binary):
    """A million requests written at once are answered in order, without the server holding more than a part of them."""
    with servers.Server(binary) as server, server.connect(timeout=60) as connection:
        count = 1_000_000
        writer = threading.Thread(target=connection.send, args=(b"INCR n\r\n" * count,))
        writer.start()
        last, received = b"", 0
        while not last.endswith(b":%d\r\n" % count):
            part = connection.socket.recv(1 << 20)
            assert part, f"closed after {received} bytes"
            received += len(part)
            last = (last + part)[-64:]
        writer.join()
        assert received == expected_bytes(count), received
        assert server.resident_bytes() < 256 << 20


def many_databases(binary):
    """As many databases as there may be cost little, on however many threads."""
    for threads in (1, 2, 8):
        arguments = ["--databases", "16384", "--threads", str(threads)]
        with servers.Server(binary, arguments) as server, server.connect() as connection:
            connection.ask("SELECT", 16383)
            connection.ask("SET", "k", "v")
            assert connection.ask("INFO", "keyspace").splitlines()[1].startswith(b"db16383:keys=1,")
            assert server.resident_bytes() < 128 << 20, (threads, server.resident_bytes())


def expected_bytes(count):
    """The bytes of the replies :1 to :count."""
    return sum(len(str(number)) for number in range(1, count + 1)) + 3 * count


CHECKS = [
    ("limits what MULTI queues", queue_limit),
    ("waits for a slow reader", slow_reader),
    ("gives up a reader that is too slow", output_limit),
    ("gives up a reader above the soft limit", soft_output_limit),
    ("sends a value beyond the limit to who reads", output_limit_of_readers),
    ("counts unread arrays as the reference does", output_limit_of_arrays),
    ("writes no more of a reply than its reader is granted", output_limit_of_one_reply),
    ("keeps unread replies small", unread_replies_are_small),
    ("has room for many databases", many_databases),
    ("outlives storms of connections", storms),
    ("answers a million requests in one write", deep_pipeline),
]
