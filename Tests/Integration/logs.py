"""Checks of what the log tells those who look after the server: who comes and goes, who was parted from and why, and
what the server does not do for them."""
import contextlib
import os
import resource
import signal
import tempfile

from harness import resp, servers

DEADLINE_SECONDS = 20
OUT_OF_MEMORY_BYTES = 900_000_000


def who_comes_and_goes(binary):
    """At level verbose the log names who connects, who leaves, and who says SHUTDOWN; at notice only the last."""
    for level, is_told in (("verbose", True), ("notice", False)):
        with servers.Server(binary, ["--loglevel", level]) as server:
            with server.connect() as leaving:
                leaving_id, leaving_name = leaving.ask("CLIENT", "ID"), "%s:%d" % leaving.socket.getsockname()
            servers.wait_until(lambda: server.info("connected_clients") == 1, "the client has left")
            with server.connect() as last:
                last_id = last.ask("CLIENT", "ID")
                last.send(b"SHUTDOWN NOSAVE\r\n")
                assert last.read_to_end() == b""
            assert server.process.wait(DEADLINE_SECONDS) == 0
            text = server.log_text()
            assert (f"- Accepted {leaving_name}\n" in text) == is_told, text
            assert (f"- Client closed connection id={leaving_id} addr={leaving_name} " in text) == is_told, text
            assert f"* User requested shutdown... (user request from 'id={last_id} addr=127.0.0.1:" in text, text


def who_is_parted_from(binary):
    """Whose replies or requests are too many is named at level warning, whose bytes are no request at verbose."""
    limits = ["--loglevel", "verbose", "--client-query-buffer-limit", "1mb",
              "--client-output-buffer-limit", "normal", "1mb", "0", "0"]
    with servers.Server(binary, limits) as server:
        def parts_from(first, data):
            """The name by which the log knows who has sent this."""
            with server.connect() as client:
                name = "id=%d addr=%s:%d " % (client.ask("CLIENT", "ID"), *client.socket.getsockname())
                client.call(*first)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    client.send(data)
                    client.read_to_end()
            return name

        def told(line):
            servers.wait_until(lambda: line in server.log_text(), line)

        name = parts_from(["SET", "v", "v" * 1000], resp.encode("MGET", *["v"] * 10_000))
        told(f"# Client {name}")
        line = server.log_text().partition(f"# Client {name}")[2].partition("\n")[0]
        assert " cmd=mget omem=" in line and line.endswith(" closed for overcoming of output buffer limits."), line
        assert int(line.partition("omem=")[2].split()[0]) > 1 << 20, line
        name = parts_from(["MULTI"], resp.encode("SET", "k", b"v" * 100_000) * 40)
        told(f"# Closing client that reached max query buffer length: {name}")
        for data, reason in ((b"*1\r\n$x\r\n", "invalid bulk length"), (b"*1\r\nx\r\n", "expected '$'")):
            told(f"- Protocol error ({reason}) from client: {parts_from(['PING'], data)}")


def browsers_are_told_of_once(binary):
    """Who can reach the port can send any number of HTTP requests: they are no reason to fill the disk."""
    with servers.Server(binary, ["--threads", "2"]) as server:
        for request in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n") * 10:
            with server.connect() as client:
                name = "%s:%d" % client.socket.getsockname()
                client.send(request)
                assert client.read_to_end() == b""
        text = server.log_text()
        assert text.count("SECURITY ATTACK") == 1 and name.partition(":")[0] in text, text


def missing_persistence(binary):
    """That data is kept in memory only is told once, and so is what an earlier server has left."""
    for left in ((), ("dump.rdb",), ("kept.rdb", "appendonlydir")):
        with tempfile.TemporaryDirectory() as directory:
            for name in left:
                if name.endswith(".rdb"):
                    with open(os.path.join(directory, name), "wb") as file:
                        file.write(b"REDIS0011")
                else:
                    os.mkdir(os.path.join(directory, name))
            arguments = ["--dir", directory, "--dbfilename", left[0] if left else "dump.rdb"]
            with servers.Server(binary, arguments) as server:
                text = server.log_text()
                assert text.count("# Data is kept in memory only") == 1, text
                assert text.count("its data is not loaded") == len(left), text
                assert all(f"'{name}' in {directory} " in text for name in left), text


def exhausted_memory(binary):
    """The log says of which size the memory was missing, whether or not crashes are reported; a daemon has no other
    place for it."""
    for reports in ("yes", "no"):
        with servers.Server(binary, ["--crash-log-enabled", reports]) as server, server.connect() as client:
            log = os.path.join(server.directory, "log")
            resource.prlimit(server.pid, resource.RLIMIT_AS, (OUT_OF_MEMORY_BYTES, OUT_OF_MEMORY_BYTES))
            resource.prlimit(server.pid, resource.RLIMIT_CORE, (0, 0))
            with contextlib.suppress(resp.Closed, OSError):
                for number in range(10):
                    client.ask("SETRANGE", f"k{number}", 400_000_000, "x")
            assert server.process.wait(DEADLINE_SECONDS) == -signal.SIGABRT, server.log_text()
            with open(log, encoding="utf-8") as file:
                before, line, after = file.read().partition("--- Out of memory allocating ")
            assert line and "Ready to accept" in before and "allocating" not in after, before + line + after
            assert int(after.split()[0]) > 400_000_000, after
            assert ("APUS BUG REPORT END" in after) == (reports == "yes") and "Please report" not in after, after


def failed_changes(binary):
    """CONFIG SET names in the log what could not be had, and that all is as it was."""
    with servers.Server(binary) as server, server.connect() as client:
        assert client.call("CONFIG", "SET", "bind", "192.0.2.1").is_error
        text = server.log_text()
        assert f"# Warning: Could not create server TCP listening socket 192.0.2.1:{server.port}: bind: " in text, text
        assert "# Failed applying new configuration. Possibly related to new bind setting. Restoring" in text, text


CHECKS = [
    ("logs who comes and goes", who_comes_and_goes),
    ("logs who is parted from", who_is_parted_from),
    ("logs a browser's request once", browsers_are_told_of_once),
    ("logs that data is not kept", missing_persistence),
    ("logs that the memory is exhausted", exhausted_memory),
    ("logs changes that failed", failed_changes),
]
