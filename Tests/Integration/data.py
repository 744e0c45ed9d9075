"""Checks of what is stored: large values, and keys that go when their time has come, with nobody asking for them."""
import contextlib
import ctypes
import hashlib
import os
import random
import socket
import threading
import time

from harness import resp, servers

EXPIRING_KEYS = 10_000
EXPIRY_SPREAD_MS = 3000
EXPIRY_MEAN_LAG_MAX_MS = 100  # over time: a key that stays weighs as long as it does, one late look hardly
SEED = 11
LENT_KEYS = 12
LENT_ROUNDS = 12
LENT_READS = 25
MANY_KEYS = 50_000
MANY_KEYS_CPU_SECONDS_MAX = 5  # it takes less than one


def large_values(binary):
    """64 MiB in one value, there and back, and its memory returns."""
    value = os.urandom(1 << 20) * 64
    with servers.Server(binary) as server, server.connect(timeout=60) as connection:
        before = server.info("used_memory")
        for _ in range(3):
            assert connection.ask("SET", "big", value) == b"OK"
            assert connection.ask("STRLEN", "big") == len(value)
            assert connection.ask("GET", "big") == value
        assert connection.ask("GETRANGE", "big", 5, 20) == value[5:21]
        assert connection.ask("APPEND", "big", value[:1000]) == len(value) + 1000
        assert connection.ask("SET", "big", "small") == b"OK"
        servers.wait_until(lambda: server.info("used_memory") < before + (1 << 20), "memory is returned")


def pipelined_values(binary):
    """Values of 16 KiB to 1 MiB in deep pipelines on several connections, each byte checked."""
    rng = random.Random(SEED)
    with servers.Server(binary) as server:
        connections = [server.connect(timeout=60) for _ in range(4)]
        for _ in range(3):
            for connection in connections:
                commands, replies = [], []
                for _ in range(24):
                    value = rng.randbytes(rng.choice((16 << 10, (16 << 10) + 1, 65_535, 200_000, 1 << 20)))
                    key = b"key:%d:%d" % (id(connection), rng.randrange(8))
                    commands += [("SET", key, value), ("GET", key), ("STRLEN", key)]
                    replies += [b"OK", hashlib.sha256(value).digest(), len(value)]
                send_and_read(connection, commands, replies)


def send_and_read(connection, commands, expected_replies):
    """Sends a pipeline in pieces of odd sizes; the replies, long ones by digest, must be those expected."""
    data, rng = b"".join(resp.encode(*command) for command in commands), random.Random(SEED)

    def send():
        position = 0
        while position < len(data):
            step = rng.choice((1, 700, 16_384, 100_001, 3_000_000))
            connection.send(data[position:position + step])
            position += step

    sender = threading.Thread(target=send)  # so that neither side's socket buffers fill up for good
    sender.start()
    for expected in expected_replies:
        value = connection.read().value()
        if isinstance(value, bytes) and len(value) > 1000:
            value = hashlib.sha256(value).digest()
        assert value == expected, (value, expected)
    sender.join()


def values_on_their_way(binary):
    """Values that were sent but not yet read are changed, removed and their memory used for others: clients get what
    was sent. Each key's values consist of a byte of its own."""
    for backend, threads in (("io_uring", "1"), ("epoll", "1"), ("io_uring", "2")):
        with servers.Server(binary, ("--io-backend", backend, "--threads", threads)) as server:
            with server.connect(timeout=60) as reader:
                reader.ask("SET", "often", "v" * 50_000)
                if kernel_takes_pages():
                    servers.wait_until(lambda: reads_without_copies(server, reader), "values are sent without copies")
            change_what_is_on_its_way(server, random.Random(SEED))


def kernel_takes_pages():
    """Whether this kernel, or the container, lets a process send pages of its memory through a pipe."""
    class Piece(ctypes.Structure):
        _fields_ = [("start", ctypes.c_void_p), ("count", ctypes.c_size_t)]

    byte = ctypes.create_string_buffer(1)
    output, entry = os.pipe()
    ours, theirs = socket.socketpair()
    try:
        took = ctypes.CDLL(None).vmsplice(entry, ctypes.byref(Piece(ctypes.addressof(byte), 1)), ctypes.c_size_t(1), 0)
        return took == 1 and os.splice(output, ours.fileno(), 1) == 1
    except OSError:
        return False
    finally:
        ours.close()
        theirs.close()
        os.close(output)
        os.close(entry)


def reads_without_copies(server, reader):
    """Reads a value again and again, after which the server may have found that copies do not pay."""
    reader.pipeline([("GET", "often")] * LENT_READS)
    return has_pipe(server.pid)


def has_pipe(pid):
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # a connection that was just closed
            if os.readlink(entry.path).startswith("pipe:"):
                return True
    return False


def change_what_is_on_its_way(server, rng):
    def value(number):
        return bytes([number]) * rng.choice((16_384, 20_000, 65_000, 150_000))

    readers, writer = [server.connect(timeout=60) for _ in range(4)], server.connect(timeout=60)
    for number in range(LENT_KEYS):
        writer.ask("SET", f"key:{number}", value(number))
    for _ in range(LENT_ROUNDS):
        asked = [rng.sample(range(LENT_KEYS), 4) * LENT_READS for _ in readers]
        for reader, numbers in zip(readers, asked):
            reader.send(b"".join(resp.encode("GET", f"key:{number}") for number in numbers))
        writer.ask("PING")
        for number in range(LENT_KEYS):
            key = f"key:{number}"
            writer.pipeline(rng.choice((
                [("SET", key, value(number))],
                [("APPEND", key, value(number)[:100])],
                [("SETRANGE", key, rng.randrange(10_000), value(number)[:5000])],
                [("DEL", key), ("SET", f"other:{number}", value(number + 128)), ("SET", key, value(number))],
                [("GETDEL", key), ("SET", f"other:{number}", value(number + 128)), ("SET", key, value(number))],
                [("PEXPIRE", key, "-1"), ("SET", key, value(number))],
            )))
        for reader, numbers in zip(readers, asked):
            for number in numbers:
                got = reader.read().value()
                assert got is None or got.count(number) == len(got), f"key:{number} has bytes of others"


def many_keys_at_once(binary):
    """What names very many keys takes a time that grows with their number, not with its square."""
    keys = [b"key:%d" % i for i in range(MANY_KEYS)]
    for threads in ("1", "2"):
        with servers.Server(binary, ("--threads", threads)) as server, server.connect(timeout=60) as connection:
            assert connection.ask("WATCH", *keys) == b"OK"
            assert connection.ask("UNWATCH") == b"OK"
            for change, expected in ((("SET", "v"), None), (("ZADD", "1", "m"), [keys[0], b"m", b"1"])):
                with server.connect(timeout=60) as waiter:
                    waiter.send(resp.encode("BZPOPMIN", *keys, "0"))
                    servers.wait_until(lambda: server.info("blocked_clients") == 1, "it waits")
                    command, *words = change
                    connection.pipeline([("MULTI",)] + [(command, key, *words) for key in keys] + [("EXEC",)])
                    if expected:
                        assert waiter.read().value() == expected
                connection.ask("FLUSHALL")
            taken = server.info("used_cpu_user")
            assert taken < MANY_KEYS_CPU_SECONDS_MAX, taken


def expiry_lag(binary):
    """Ten thousand keys with staggered deadlines: DBSIZE follows the deadlines, with nobody touching a key."""
    with servers.Server(binary) as server, server.connect() as connection:
        now_ms = int(time.time() * 1000)
        first_ms = now_ms + 1500
        deadlines = sorted(first_ms + i * EXPIRY_SPREAD_MS // EXPIRING_KEYS for i in range(EXPIRING_KEYS))
        for start in range(0, EXPIRING_KEYS, 1000):
            connection.pipeline([("SET", f"key:{i}", "v", "PXAT", deadlines[i]) for i in range(start, start + 1000)])
        assert connection.ask("DBSIZE") == EXPIRING_KEYS
        worst = total = samples = 0
        while True:
            before_ms = time.time() * 1000
            left = connection.ask("DBSIZE")
            # The oldest deadline of a key that is still there, or was when the count began.
            if 0 < left:
                lag = max(before_ms - deadlines[EXPIRING_KEYS - left], 0)
                worst, total, samples = max(worst, lag), total + lag, samples + 1
            if left == 0:
                break
            assert before_ms < deadlines[-1] + 20_000, f"{left} keys are left"
            time.sleep(0.001)
        mean = total / samples
        print(f"integration: expiry lag of {EXPIRING_KEYS} keys: worst {worst:.0f} ms, mean {mean:.0f} ms", flush=True)
        assert server.info("expired_keys") == EXPIRING_KEYS
        assert mean < EXPIRY_MEAN_LAG_MAX_MS, f"keys were there {mean:.0f} ms after their deadlines"


CHECKS = [
    ("stores large values", large_values),
    ("stores pipelined large values", pipelined_values),
    ("sends what was asked for, whatever becomes of it", values_on_their_way),
    ("takes many keys at once", many_keys_at_once),
    ("removes due keys in time", expiry_lag),
]
