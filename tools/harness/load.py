"""Load for measurements: bulk loading and redis-benchmark runs.

Everything here counts replies by their known length, so that the loader costs little beside the server.
"""
import csv
import io
import random
import socket
import subprocess
import threading

from . import resp

BLOCK_COMMANDS = 1000
RECEIVE_BYTES = 1 << 20

# The names that apus-bench's summaries have, the fields of a Sample, and the factor between them.
SUMMARY = (("requests_per_second", "per_second", 1), ("per_server_cpu_second", "per_cpu_second", 1),
           ("p50_ns", "p50", 1e6), ("p99_ns", "p99", 1e6))


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


def benchmark(server, requests, clients, pipeline, arguments):
    """One run of redis-benchmark; returns a Sample."""
    command = ["redis-benchmark", "-p", str(server.port), "-n", str(requests), "-c", str(clients), "-P", str(pipeline),
               "--csv", *arguments]
    cpu = server.cpu_seconds()
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    cpu = server.cpu_seconds() - cpu
    rows = list(csv.DictReader(io.StringIO(run.stdout[run.stdout.find('"test"'):])))
    if run.returncode or not rows:
        raise RuntimeError(f"{' '.join(command)} failed: {run.stdout[-300:]} {run.stderr[-300:]}")
    return Sample(requests, requests / float(rows[-1]["rps"]), cpu, float(rows[-1]["p50_latency_ms"]),
                  float(rows[-1]["p99_latency_ms"]))
