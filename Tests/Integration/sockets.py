"""Checks of the ways in: listeners of all kinds, limits on who may enter and stay, many connections."""
import contextlib
import os
import pathlib
import resource
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time

from harness import resp, servers

CONNECTIONS_MANY = 10_000
CONNECTIONS_ROUND = 500  # opened between two rounds of requests: fewer than the listen backlog
TAKEN_SECONDS_MAX = 0.4  # the server tries for half a second
TAKEN_ATTEMPTS_MAX = 20


def exchange(family, address, data, seconds=20):
    """Connects, sends, and returns what comes until the peer closes or has sent a line."""
    with socket.socket(family) as connection:
        connection.settimeout(seconds)
        connection.connect(address)
        connection.sendall(data)
        received = b""
        while not received.endswith(b"\r\n"):
            part = connection.recv(65536)
            if not part:
                break
            received += part
        return received


def unix_socket(binary):
    """`--port 0 --unixsocket`: served through the file only, which has the mode asked for and is gone at the end."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "apus.sock")
        process = subprocess.Popen([binary, "--port", "0", "--unixsocket", path, "--unixsocketperm", "700"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            servers.wait_until(lambda: listens_at(path), "the socket is there, and somebody listens")
            assert os.stat(path).st_mode & 0o777 == 0o700, "it has its mode"
            assert exchange(socket.AF_UNIX, path, b"PING\r\n") == b"+PONG\r\n"
            listing = subprocess.run(["redis-cli", "-s", path, "CLIENT", "LIST"], capture_output=True, text=True)
            assert f"addr={path}:0" in listing.stdout, listing
            with socket.socket(socket.AF_UNIX) as monitor:
                monitor.connect(path)
                monitor.sendall(b"MONITOR\r\n")
                assert monitor.recv(100) == b"+OK\r\n"
                exchange(socket.AF_UNIX, path, b"GET a\r\n")
                line = monitor.recv(1000)
                assert line.endswith(f' [0 unix:{path}] "GET" "a"\r\n'.encode()), line
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert not os.path.exists(path), "the socket is left behind"
        finally:
            process.kill()
            process.wait()


def listens_at(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def unix_visitors(binary):
    """Who leaves a Unix socket right behind their bytes is gone, whatever these were; the half-closed are answered."""
    requests = (b"*2\r\n$4\r\nECHO\r\n$9\r\nab", b"BZPOPMIN none 0\r\n", b"CLIENT REPLY OFF\r\n", b"\r\n")
    for backend in ("auto", "epoll"):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "apus.sock")
            with servers.Server(binary, ["--unixsocket", path, "--io-backend", backend]) as server:
                for index in range(200):
                    with socket.socket(socket.AF_UNIX) as visitor:
                        visitor.connect(path)
                        visitor.sendall(requests[index % len(requests)])
                        if index % 3 == 0:
                            visitor.shutdown(socket.SHUT_WR)
                servers.wait_until(lambda: server.info("total_connections_received") >= 201
                                   and server.info("connected_clients") <= 1, "all came and went")
                for _ in range(20):
                    with socket.socket(socket.AF_UNIX) as visitor:
                        visitor.settimeout(20)
                        visitor.connect(path)
                        visitor.sendall(b"PING\r\n")
                        visitor.shutdown(socket.SHUT_WR)
                        with visitor.makefile("rb") as replies:
                            assert replies.read() == b"+PONG\r\n"


def port_freed_late(binary):
    """A port that is taken for a moment yet, as by a server on io_uring that was killed, is waited for."""
    for _ in range(TAKEN_ATTEMPTS_MAX):
        if is_waited_for(binary):
            return
    raise AssertionError("the port was never freed in time")


def is_waited_for(binary):
    """Frees a port that a server wants. False if that came too late, which says nothing about the server."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port, began = taken.getsockname()[1], time.monotonic()
        process = subprocess.Popen([binary, "--port", str(port), "--bind", "127.0.0.1"], stdout=subprocess.PIPE)
        assert b"is starting" in process.stdout.readline()
        time.sleep(0.1)  # it tries meanwhile
    try:
        if time.monotonic() - began > TAKEN_SECONDS_MAX:
            return False
        log = b""
        while b"Ready to accept" not in log:
            line = process.stdout.readline()
            assert line, log
            log += line
        assert exchange(socket.AF_INET, ("127.0.0.1", port), b"PING\r\n") == b"+PONG\r\n"
        return True
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def unix_socket_taken(binary):
    """What stands at the socket's path: a stale socket and an empty file give way, a file with content stays."""
    with tempfile.TemporaryDirectory() as directory:
        stale, empty, full = (os.path.join(directory, name) for name in ("stale", "empty", "full"))
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(stale)
        pathlib.Path(empty).touch()
        pathlib.Path(full).write_text("precious")
        for path in (stale, empty):
            with servers.Server(binary, ["--unixsocket", path]):
                assert exchange(socket.AF_UNIX, path, b"PING\r\n") == b"+PONG\r\n"
        ended = subprocess.run([binary, "--port", str(servers.free_port()), "--unixsocket", full], capture_output=True,
                               text=True, timeout=20)
        assert ended.returncode == 1, ended
        assert "Failed opening Unix socket: bind: Address already in use" in ended.stdout, ended
        assert pathlib.Path(full).read_text() == "precious"


def ipv6(binary):
    """The loopback address of IPv6, beside that of IPv4 and optional addresses that do not exist."""
    with servers.Server(binary, ["--bind", "127.0.0.1", "::1", "-192.0.2.1"]) as server, server.connect() as connection:
        assert exchange(socket.AF_INET6, ("::1", server.port), b"PING\r\n") == b"+PONG\r\n"
        assert exchange(socket.AF_INET, ("127.0.0.1", server.port), b"PING\r\n") == b"+PONG\r\n"
        with socket.create_connection(("::1", server.port)) as other:
            other.sendall(b"CLIENT SETNAME six\r\n")
            other.recv(100)
            assert b"addr=[::1]:" in connection.ask("CLIENT", "LIST")


def missing_addresses(binary):
    """INFO tells the addresses that are listened on: not optional ones that the machine does not have."""
    with servers.Server(binary, ["--bind", "-192.0.2.1", "127.0.0.1", "-::1"]) as server, \
            server.connect() as connection:
        def listener():
            text = connection.ask("INFO", "server").decode()
            return [line for line in text.splitlines() if line.startswith("listener")]

        told = "listener0:name=tcp,bind=127.0.0.1,%sport=" + str(server.port)
        assert listener() == [told % "bind=-::1,"], listener()
        assert connection.ask("CONFIG", "SET", "bind", "127.0.0.1 -192.0.2.1") == b"OK"
        assert listener() == [told % ""], listener()
        assert connection.ask("CONFIG", "GET", "bind") == [b"bind", b"127.0.0.1 -192.0.2.1"]


def client_limit(binary):
    """Beyond `maxclients` a connection is told so and closed, and counts as refused only; a place that becomes free can
    be taken."""
    with servers.Server(binary, ["--maxclients", "5"]) as server:
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(server.connect()) for _ in range(5)]
            for client in clients:
                client.ask("PING")
            before = connection_counts(clients[0])
            with server.connect() as refused:
                assert refused.read_to_end() == b"-ERR max number of clients reached\r\n"
            assert connection_counts(clients[0]) == (before[0], before[1] + 1), before

        def is_admitted():
            with server.connect() as connection:
                try:
                    return not connection.call("PING").is_error
                except (resp.Closed, BrokenPipeError):
                    return False

        servers.wait_until(is_admitted, "a place is free again")
        assert server.info("rejected_connections") >= 1


def connection_counts(connection):
    """How many connections the server has taken, and how many it has refused."""
    fields = dict(line.split(":", 1) for line in connection.ask("INFO", "stats").decode().splitlines() if ":" in line)
    return int(fields["total_connections_received"]), int(fields["rejected_connections"])


def protected_mode(binary):
    """Without a password only the loopback interface is served, unless protected mode is off."""
    address = own_address()
    if address is None:
        print("integration: no address but loopback's; protected mode is checked for loopback only")
    with servers.Server(binary, ["--bind", "*"]) as server, server.connect() as connection:
        connection.ask("PING")
        if address:
            before = connection_counts(connection)
            refusal = exchange(socket.AF_INET, (address, server.port), b"")
            assert refusal.startswith(b"-DENIED Running in protected mode"), refusal
            assert connection_counts(connection) == (before[0], before[1] + 1), before
            connection.ask("CONFIG", "SET", "protected-mode", "no")
            assert exchange(socket.AF_INET, (address, server.port), b"PING\r\n") == b"+PONG\r\n"
            connection.ask("CONFIG", "SET", "protected-mode", "yes", "requirepass", "secret")
            assert exchange(socket.AF_INET, (address, server.port), b"PING\r\n").startswith(b"-NOAUTH")


def vanished(binary):
    """Who connects and is gone before it is accepted has not been rejected, and leaves nothing behind."""
    for arguments in ([], ["--io-backend", "epoll"]):
        with servers.Server(binary, arguments) as server, server.connect() as connection:
            connection.ask("PING")
            server.process.send_signal(signal.SIGSTOP)
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", server.port)) as gone:
                    gone.sendall(b"INCR visits\r\n")
                    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.process.send_signal(signal.SIGCONT)
            servers.wait_until(
                lambda: server.info("total_connections_received") >= 21 and server.info("connected_clients") <= 2,
                "all came and went")
            assert server.info("rejected_connections") == 0
            assert connection.ask("EXISTS", "visits") == 0


def vanished_unanswered(binary):
    """Nor who is gone right behind a request that has no answer yet."""
    requests = (b"*3\r\n$8\r\nBZPOPMIN\r\n$4\r\nnone\r\n$1\r\n0\r\n", b"*2\r\n$4\r\nECHO\r\n$9\r\nab")
    for backend in ("auto", "epoll"):
        # (In protected mode nobody is served whose address is not known any more.)
        with servers.Server(binary, ["--protected-mode", "no", "--io-backend", backend]) as server:
            server.info("connected_clients")
            server.process.send_signal(signal.SIGSTOP)
            for index in range(20):
                with socket.create_connection(("127.0.0.1", server.port)) as gone:
                    gone.sendall(requests[index % 2])
                    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.process.send_signal(signal.SIGCONT)
            servers.wait_until(
                lambda: server.info("total_connections_received") >= 21 and server.info("connected_clients") <= 1
                and server.info("blocked_clients") == 0, "all came and went")


def own_address():
    """An IPv4 address of this machine that is not loopback's: packets to it never leave the machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # chooses a route; a datagram socket sends nothing by that
        except OSError:
            return None
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address


def unheard_errors(binary):
    """Who wants no replies hears of no protocol error either, and is closed all the same."""
    with servers.Server(binary) as server:
        for mode in (b"OFF", b"SKIP"):
            data = b"CLIENT REPLY " + mode + b"\r\n*x\r\n"
            assert exchange(socket.AF_INET, ("127.0.0.1", server.port), data) == b"", mode


def idle_timeout(binary):
    """`timeout` closes silent clients, not those that wait for a key or monitor."""
    with servers.Server(binary) as server, server.connect() as control:
        silent, waiting, monitor = server.connect(), server.connect(), server.connect()
        silent.ask("PING")
        assert monitor.ask("MONITOR") == b"OK"
        waiting.send(resp.encode("BZPOPMIN", "z", 0))
        servers.wait_until(lambda: server.info("blocked_clients") == 1, "a client waits")
        control.ask("CONFIG", "SET", "timeout", "1")
        started = time.monotonic()
        assert silent.read_to_end() == b""
        assert time.monotonic() - started < 10
        with server.connect() as other:
            other.ask("ZADD", "z", 1, "m")
        assert waiting.read().value() == [b"z", b"m", b"1"]
        # The monitor has been silent for as long; a monitor that stops is a client like others.
        line = b""
        while b'"ZADD"' not in line:
            line = monitor.read().value()
        monitor.send(resp.encode("RESET"))
        while line != b"RESET":
            line = monitor.read().value()
        assert monitor.read_to_end() == b""


def slow_transfers(binary):
    """Nor those whose value or reply takes longer than `timeout`, as long as it moves."""
    for backend in ("auto", "epoll"):
        with servers.Server(binary, ["--timeout", "1", "--io-backend", backend]) as server:
            size = 64 << 20
            with server.connect() as writer:
                writer.ask("SET", "large", b"v" * size)
            upload, download = socket.socket(), socket.socket()
            download.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
            with upload, download:
                for each in (upload, download):
                    each.connect(("127.0.0.1", server.port))
                    each.settimeout(20)
                download.sendall(resp.encode("GET", "large"))
                upload.sendall(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n")
                sent, received = 0, 0
                for _ in range(2):  # each is closed for its silence
                    with server.connect() as silent:
                        silent.ask("PING")
                        while not select.select([silent.socket], [], [], 0.05)[0]:
                            sent += upload.send(b"u" * 5000)
                            received += len(download.recv(1 << 18))
                        assert silent.read_to_end() == b""
                upload.sendall(b"u" * (1_000_000 - sent) + b"\r\n")
                assert upload.recv(100) == b"+OK\r\n", backend
                while received < size + len(b"$%d\r\n\r\n" % size):
                    piece = download.recv(1 << 20)
                    assert piece, (backend, received)
                    received += len(piece)


def rebinding(binary):
    """CONFIG SET port and bind move the listeners before they are answered; who is connected stays, and the Unix socket
    is the same."""
    for mode in (["--threads", "1"], ["--threads", "2"], ["--threads", "2", "--io-backend", "epoll"]):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "apus.sock")
            with servers.Server(binary, ["--unixsocket", path, *mode]) as server:
                rebinding_of(server)
                with socket.socket(socket.AF_UNIX) as local:
                    local.connect(path)


def rebinding_of(server):
    # With several threads these are spread over them.
    connections = [server.connect() for _ in range(2)]
    old, new = server.port, servers.free_port()
    for connection in connections:
        assert connection.ask("CONFIG", "SET", "port", new) == b"OK"
        assert is_open("127.0.0.1", new) and not is_open("127.0.0.1", old)
        assert connection.ask("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2") == b"OK"
        assert is_open("127.0.0.1", new) and is_open("127.0.0.2", new)
        for taken_twice in ("127.0.0.1 127.0.0.1", "* 127.0.0.1"):
            refused = connection.call("CONFIG", "SET", "bind", taken_twice)
            assert refused.is_error and b"Failed to bind to specified addresses" in refused.raw(), refused.raw()
            assert connection.ask("CONFIG", "GET", "bind") == [b"bind", b"127.0.0.1 127.0.0.2"]
            assert is_open("127.0.0.1", new) and is_open("127.0.0.2", new)
        assert connection.ask("CONFIG", "SET", "bind", "127.0.0.1") == b"OK"
        assert is_open("127.0.0.1", new) and not is_open("127.0.0.2", new)
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = connection.call("CONFIG", "SET", "port", other.getsockname()[1])
            assert taken.is_error and b"Unable to listen on this port" in taken.raw(), taken.raw()
        assert connection.ask("CONFIG", "GET", "port") == [b"port", b"%d" % new]
        assert is_open("127.0.0.1", new)
        old, new = new, old
    for connection in connections:
        connection.close()


def rebinding_without_descriptors(binary):
    """However many descriptors are left, the server listens where it says afterwards."""
    for arguments in (["--threads", "1"], ["--threads", "2"], ["--io-backend", "epoll"]):
        with servers.Server(binary, arguments) as server, server.connect() as connection:
            process = server.process.pid
            limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
            for free in range(4):
                count = 1 + max(int(each) for each in os.listdir(f"/proc/{process}/fd"))
                resource.prlimit(process, resource.RLIMIT_NOFILE, (count + free, limits[1]))
                connection.call("CONFIG", "SET", "bind", "127.0.0.1 ::1" if free % 2 else "127.0.0.1 127.0.0.2 ::1")
                connection.call("CONFIG", "SET", "port", servers.free_port())
                resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
                port = int(connection.ask("CONFIG", "GET", "port")[1])
                servers.wait_until(lambda: exchange(socket.AF_INET, ("127.0.0.1", port), b"PING\r\n") == b"+PONG\r\n",
                                   f"{arguments}: it listens with {free} descriptors left")


def is_open(host, port):
    try:
        socket.create_connection((host, port), timeout=5).close()
        return True
    except ConnectionRefusedError:
        return False


def many_connections(binary):
    """Ten thousand connections open at once, all of them served, and an idle one costs little memory."""
    with servers.Server(binary, ["--maxclients", str(CONNECTIONS_MANY + 100)]) as server:
        before = server.info("used_memory")
        with contextlib.ExitStack() as stack:
            connections = []
            for start in range(0, CONNECTIONS_MANY, CONNECTIONS_ROUND):
                opened = [stack.enter_context(server.connect()) for _ in range(CONNECTIONS_ROUND)]
                connections += opened
                for connection in opened:
                    connection.send(b"PING\r\n")
                for connection in opened:
                    assert connection.read().raw() == b"+PONG\r\n"
            for connection in connections:
                connection.send(b"INCR n\r\n")
            answers = sorted(connection.read().value() for connection in connections)
            assert answers == list(range(1, CONNECTIONS_MANY + 1))
            assert server.info("connected_clients") >= CONNECTIONS_MANY
            each = (server.info("used_memory") - before) // CONNECTIONS_MANY
            assert each < 4096, f"an idle connection costs {each} bytes"
        servers.wait_until(lambda: server.info("connected_clients") == 1, "all are gone", seconds=60)


def half_closed(binary):
    """Who ends its requests (`printf … | nc -N`) has all their replies, and then the end: also when the end comes in
    the turn of the last request, and when the replies are more than the sockets' buffers hold."""
    for backend in ("io_uring", "epoll"):
        for threads in ("1", "2"):
            half_closed_on(binary, ["--threads", threads, "--io-backend", backend])


def half_closed_on(binary, arguments):
    size = 1 << 20
    with servers.Server(binary, arguments) as server, server.connect() as other:
        other.ask("SET", "big", b"v" * size)
        for requests, replies in (
            (b"PING\r\n", b"+PONG\r\n"),
            (b"INCR n\r\n" * 3000, b"".join(b":%d\r\n" % (i + 1) for i in range(3000))),
            (b"GET big\r\n" * 16, b"$%d\r\n%b\r\n" % (size, b"v" * size) * 16),
            (b"PING\r\n*1\r\n$4\r\nPI", b"+PONG\r\n"),
            (b"PING\r\nBZPOPMIN nobody 0\r\nPING\r\n", b"+PONG\r\n"),
        ):
            with server.connect() as client:
                with server.standing_still():
                    client.send(requests)
                    client.socket.shutdown(socket.SHUT_WR)
                received = client.read_to_end()
                assert received == replies, f"{arguments}: {len(received)} bytes of {len(replies)}"
        servers.wait_until(lambda: server.info("connected_clients") == 2, "all are gone")


CHECKS = [
    ("serves a Unix socket alone", unix_socket),
    ("takes a Unix socket's path", unix_socket_taken),
    ("notices who leaves a Unix socket", unix_visitors),
    ("waits for a port that is freed late", port_freed_late),
    ("serves IPv6", ipv6),
    ("tells the addresses that it has", missing_addresses),
    ("limits its clients", client_limit),
    ("protects itself without a password", protected_mode),
    ("does not mind who has gone already", vanished),
    ("notices who has gone without an answer", vanished_unanswered),
    ("closes who sends no request, also without a word", unheard_errors),
    ("closes idle clients", idle_timeout),
    ("does not close who is slow", slow_transfers),
    ("moves its listeners", rebinding),
    ("listens on when it cannot move", rebinding_without_descriptors),
    ("serves 10,000 connections", many_connections),
    ("answers who half-closes at once", half_closed),
]
