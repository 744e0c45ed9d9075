"""Load for measurements: bulk loading, redis-benchmark runs, and transactions redis-benchmark cannot send.

Everything here counts replies by their known length, so that the loader costs little beside the server.
"""
import csv
import io
import random
import selectors
import socket
import subprocess
import threading
import time

from . import resp

BLOCK_COMMANDS = 1000
TRANSACTIONS_PER_SEND = 16
RECEIVE_BYTES = 1 << 20
COUNTER_START = 1_000_000_000  # so INCR's replies keep one length for as long as anyone measures


class Sample:
    """One measured run."""

    def __init__(self, requests, seconds, cpu_seconds, p50, p99):
        self.requests, self.seconds, self.cpu_seconds, self.p50, self.p99 = requests, seconds, cpu_seconds, p50, p99

    @property
    def per_second(self):
        return self.requests / self.seconds

    @property
    def per_cpu_second(self):
        return self.requests / self.cpu_seconds if self.cpu_seconds else float("inf")


def load(port, commands, reply_bytes):
    """Sends encoded commands as fast as the server takes them; `reply_bytes` is the length of all replies."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(120)

    def send():
        block = []
        for command in commands:
            block.append(command)
            if len(block) == BLOCK_COMMANDS:
                connection.sendall(b"".join(block))
                block = []
        connection.sendall(b"".join(block))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    while reply_bytes > 0:
        received = connection.recv(RECEIVE_BYTES)
        if not received:
            raise RuntimeError("the server closed the loading connection")
        if received[:1] == b"-":
            raise RuntimeError(f"loading was refused: {received[:200]!r}")
        reply_bytes -= len(received)
    sender.join()
    connection.close()


def load_strings(port, count, value_bytes, lifetime_seconds=None):
    """`count` keys of 16 bytes, named as redis-benchmark names them."""
    tail = b"x" * value_bytes
    end = [b"EX", b"%d" % lifetime_seconds] if lifetime_seconds else []
    load(port, (resp.encode(b"SET", b"key:%012d" % i, tail, *end) for i in range(count)), 5 * count)


def load_sorted_set(port, key, count, seed=1):
    """`count` members (a multiple of ten) with distinct scores in random order, in commands of ten members."""
    assert count % 10 == 0
    scores = list(range(count))
    random.Random(seed).shuffle(scores)

    def commands():
        for first in range(0, count, 10):
            yield resp.encode(b"ZADD", key, *(
                word for i in range(first, first + 10) for word in (b"%d" % scores[i], b"m:%012d" % i)))

    load(port, commands(), len(b":10\r\n") * (count // 10))


def benchmark(server, requests, clients, pipeline, arguments, parallel=1):
    """redis-benchmark with `parallel` processes at once; returns a Sample."""
    requests, clients = requests // parallel, clients // parallel
    command = ["redis-benchmark", "-p", str(server.port), "-n", str(requests), "-c", str(clients), "-P", str(pipeline),
               "--csv", *arguments]
    cpu = server.cpu_seconds()
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(parallel)]
    outputs = [run.communicate() for run in runs]
    cpu = server.cpu_seconds() - cpu
    rows = []
    for run, (output, errors) in zip(runs, outputs):
        found = list(csv.DictReader(io.StringIO(output[output.find('"test"'):])))
        if run.returncode or not found:
            raise RuntimeError(f"{' '.join(command)} failed: {output[-300:]} {errors[-300:]}")
        rows.append(found[-1])
    seconds = max(requests / float(row["rps"]) for row in rows)
    return Sample(requests * parallel, seconds, cpu, max(float(r["p50_latency_ms"]) for r in rows),
                  max(float(r["p99_latency_ms"]) for r in rows))


def transactions(server, count, clients, seed=1):
    """MULTI, SET, GET, INCR, ZADD, EXEC on random keys of a loaded keyspace; counts transactions."""
    rng = random.Random(seed)
    load(server.port, (resp.encode("SET", f"counter:{i}", COUNTER_START) for i in range(1000)), 5000)
    load(server.port, [resp.encode("DEL", "board")] + [
        resp.encode("ZADD", "board", i, f"m:{i}") for i in range(1000)], 4 * 1001)
    reply = len(b"+OK\r\n") + 4 * len(b"+QUEUED\r\n")
    reply += len(b"*4\r\n+OK\r\n$32\r\n" + b"y" * 32 + b"\r\n:1000000000\r\n:0\r\n")
    buffers = [b"".join(_transaction(rng) for _ in range(TRANSACTIONS_PER_SEND)) for _ in range(200)]
    expected = reply * TRANSACTIONS_PER_SEND

    poll, latencies, sends = selectors.DefaultSelector(), [], count // TRANSACTIONS_PER_SEND
    cpu, started = server.cpu_seconds(), time.monotonic()
    sent = done = 0
    for _ in range(min(clients, sends)):
        connection = socket.create_connection(("127.0.0.1", server.port))
        poll.register(connection, selectors.EVENT_READ, [expected, time.monotonic()])
        connection.sendall(buffers[sent % len(buffers)])
        sent += 1
    while done < sends:
        for key, _ in poll.select(30):
            received = len(key.fileobj.recv(RECEIVE_BYTES))
            if not received:
                raise RuntimeError("the server closed a transaction connection")
            key.data[0] -= received
            if key.data[0] > 0:
                continue
            if key.data[0] < 0:
                raise RuntimeError("transaction replies are longer than they should be")
            now = time.monotonic()
            latencies.append(now - key.data[1])
            done += 1
            if sent < sends:
                key.data[:] = [expected, now]
                key.fileobj.sendall(buffers[sent % len(buffers)])
                sent += 1
    seconds, cpu = time.monotonic() - started, server.cpu_seconds() - cpu
    for key in list(poll.get_map().values()):
        key.fileobj.close()
    latencies.sort()
    return Sample(sends * TRANSACTIONS_PER_SEND, seconds, cpu, 1000 * latencies[len(latencies) // 2],
                  1000 * latencies[len(latencies) * 99 // 100])


def _transaction(rng):
    key = b"key:%012d" % rng.randrange(1_000_000)
    return b"".join((
        resp.encode("MULTI"), resp.encode("SET", key, b"y" * 32),
        resp.encode("GET", b"key:%012d" % rng.randrange(1_000_000)),
        resp.encode("INCR", f"counter:{rng.randrange(1000)}"),
        resp.encode("ZADD", "board", rng.randrange(1_000_000), f"m:{rng.randrange(1000)}"), resp.encode("EXEC")))
