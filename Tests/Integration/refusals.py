"""Checks of a system that gives less than was asked for, played by the C files of this folder."""
import contextlib
import os
import resource
import signal
import subprocess

from harness import resp, servers
from shims import preloadable

CONNECTIONS = 200
FEW_CONNECTIONS = 20
DEADLINE_SECONDS = 20
BACKENDS = ("io_uring", "epoll")


def without_splice(binary):
    """Where values cannot be lent to the kernel they are copied, and nobody notices."""
    value = os.urandom(100_000)
    with preloadable("no_splice") as shim:
        for backend in ("io_uring", "epoll"):
            with servers.Server(binary, ["--io-backend", backend], preload=shim) as server, server.connect() as client:
                assert client.ask("SET", "key", value) == b"OK"
                for _ in range(20):
                    assert client.ask("GET", "key") == value


def failing_worker(binary):
    """A thread that cannot serve ends the server with an error, not as if somebody had asked for it."""
    with preloadable("few_eventfds") as shim:
        ended = subprocess.run([binary, "--port", str(servers.free_port()), "--threads", "2"], capture_output=True,
                               text=True, timeout=DEADLINE_SECONDS, env={**os.environ, "LD_PRELOAD": shim})
        assert ended.returncode == 1 and "Can't create the event loop: eventfd: " in ended.stdout, ended
        assert "User requested shutdown" not in ended.stdout, ended


def unheard_signals(binary):
    """Who cannot be told of signals says so, and ends by them as any process."""
    with preloadable("few_eventfds") as shim, servers.Server(binary, ["--threads", "1"], preload=shim) as server:
        assert "Can't listen for signals: Too many open files" in server.log_text(), server.log_text()
        with server.connect() as connection:
            assert connection.ask("PING") == b"PONG"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(DEADLINE_SECONDS) == -signal.SIGTERM


def full_epoll_set(binary):
    """Clients for whom the kernel has no room in an epoll set are sent away, the others served."""
    with preloadable("full_epoll_set") as shim:
        with servers.Server(binary, ["--io-backend", "epoll"], preload=shim) as server:
            connections, served = [server.connect() for _ in range(CONNECTIONS)], []
            for connection in connections:
                with contextlib.suppress(resp.Closed):
                    connection.ask("PING")
                    served.append(connection)
            assert 0 < len(served) < CONNECTIONS, len(served)
            known = served[0].ask("CLIENT", "LIST").count(b"\n")
            assert known == len(served), f"{known} known, {len(served)} served"


def newer_liburing(binary):
    """A liburing that is newer than the one it was built with, whose rings have no index array, serves as well."""
    with preloadable("newer_liburing") as shim:
        with servers.Server(binary, ["--threads", "2"], preload=shim) as server:
            assert server.log_text().count("no index array") >= 2, server.log_text()
            assert "io-backend=io_uring" in server.log_text()
            connections = [server.connect() for _ in range(CONNECTIONS)]
            for index, connection in enumerate(connections):
                assert connection.ask("INCR", "n") == index + 1


def ends_with(server, connection, reason):
    """However much a client asks of it, the server ends with an error and says why."""
    with contextlib.suppress(resp.Closed, OSError):
        for _ in range(10 * CONNECTIONS):
            connection.ask("PING")
    assert server.process.wait(DEADLINE_SECONDS) == 1, server.log_text()
    assert f"The event loop failed: {reason}" in server.log_text(), server.log_text()


def refused_submissions(binary):
    """A ring that the kernel takes nothing from any more ends the server with an error."""
    with preloadable("refused_submissions") as shim:
        with servers.Server(binary, ["--threads", "1"], preload=shim) as server, server.connect() as connection:
            assert "io-backend=io_uring" in server.log_text()
            ends_with(server, connection, "Operation not permitted")


def few_files(binary):
    """Connections that find no place in the ring's table of files are served by their descriptors."""
    value = os.urandom(300_000)
    with preloadable("few_files") as shim:
        with servers.Server(binary, ["--maxclients", str(CONNECTIONS)], preload=shim) as server:
            # (Where the kernel is too old for a table, there is nothing to see.)
            connections = [server.connect() for _ in range(CONNECTIONS)]
            for index, connection in enumerate(connections):
                assert connection.ask("INCR", "n") == index + 1
            assert connections[-1].ask("SET", "key", value) == b"OK"
            for connection in connections[::20]:
                assert connection.ask("GET", "key") == value
            with server.connect() as refused:
                assert refused.read().is_error, "it is told why"


def unusable_rings(binary):
    """Where rings can be made and not be used, it says so and serves through epoll."""
    with preloadable("unusable_rings") as shim:
        for step in ("io_uring_register", "io_uring_enter"):
            environment = {**os.environ, "REFUSED_STEP": step}
            with servers.Server(binary, ["--threads", "2"], preload=shim, environment=environment) as server:
                connections = [server.connect() for _ in range(FEW_CONNECTIONS)]
                for index, connection in enumerate(connections):
                    assert connection.ask("INCR", "n") == index + 1
                message = f"io_uring is not available ({step}: Operation not permitted); using epoll"
                assert server.log_text().count(message) == 1, server.log_text()


def interrupted_trial(binary):
    """That a signal interrupts the first use of a ring says nothing about it, unless that is always so."""
    with preloadable("unusable_rings") as shim:
        for count, backend in ((3, "io_uring"), (1_000_000, "epoll")):
            environment = {**os.environ, "INTERRUPTIONS": str(count)}
            with servers.Server(binary, preload=shim, environment=environment) as server, \
                    server.connect() as connection:
                assert connection.ask("PING") == b"PONG"
                assert ("io_uring is not available" in server.log_text()) == (backend == "epoll"), server.log_text()


def momentary_lack_of_memory(binary):
    """A wait for which the kernel has no memory is tried again."""
    with preloadable("scarce_memory") as shim:
        environment = {**os.environ, "SCARCE_CALLS": "1"}
        for backend in BACKENDS:
            with servers.Server(binary, ["--io-backend", backend], preload=shim, environment=environment) as server, \
                    server.connect() as connection:
                for index in range(300):
                    assert connection.ask("INCR", "n") == index + 1
                assert server.stop() == 0, server.log_text()


def lasting_lack_of_memory(binary):
    """But not for ever: then the server says why it ends."""
    with preloadable("scarce_memory") as shim:
        environment = {**os.environ, "SCARCE_CALLS": "1000000000"}
        for backend in BACKENDS:
            with servers.Server(binary, ["--io-backend", backend], preload=shim, environment=environment) as server, \
                    server.connect() as connection:
                ends_with(server, connection, "Cannot allocate memory")


def no_descriptors(binary):
    """Connections that cannot be taken for want of descriptors are spoken of, not too often, and taken later."""
    # (An accept of io_uring's keeps the limit that it began with.)
    with servers.Server(binary, ["--io-backend", "epoll", "--threads", "1"]) as server, server.connect() as first:
        assert first.ask("PING") == b"PONG"
        limits = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        highest = max(int(name) for name in os.listdir(f"/proc/{server.pid}/fd"))
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (highest + 1, limits[1]))
        waiting = [resp.Connection(server.port, timeout=DEADLINE_SECONDS) for _ in range(FEW_CONNECTIONS)]
        text = "# Accepting client connection: accept: Too many open files"
        servers.wait_until(lambda: server.log_text().count(text) >= 2, "it is told and told again")
        assert first.ask("PING") == b"PONG"
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limits)
        for connection in waiting:
            assert connection.ask("PING") == b"PONG"
        assert server.log_text().count(text) < FEW_CONNECTIONS, server.log_text()


CHECKS = [
    ("serves with a newer liburing", newer_liburing),
    ("ends when io_uring refuses", refused_submissions),
    ("serves without room for files", few_files),
    ("sends away whom epoll refuses", full_epoll_set),
    ("copies where it may not lend", without_splice),
    ("fails when a thread does", failing_worker),
    ("says that signals are unheard", unheard_signals),
    ("serves without usable rings", unusable_rings),
    ("tries a ring again after a signal", interrupted_trial),
    ("survives a moment without memory", momentary_lack_of_memory),
    ("ends without memory", lasting_lack_of_memory),
    ("tells of connections it cannot take", no_descriptors),
]
