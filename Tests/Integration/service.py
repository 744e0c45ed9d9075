"""Checks of the server as a service: in the background, under a service manager, with a title, in the system's log."""
import contextlib
import grp
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
import time

from harness import resp, servers
from shims import preloadable

DEADLINE_SECONDS = 20

# What Debian's and upstream's redis.conf set, as they are installed; directories are the test's.
DISTRIBUTED = """
bind 127.0.0.1 -::1
protected-mode yes
tcp-backlog 511
timeout 0
tcp-keepalive 300
daemonize yes
pidfile {directory}/server.pid
loglevel notice
logfile {directory}/server.log
databases 16
always-show-logo no
set-proc-title yes
proc-title-template "{{title}} {{listen-addr}} {{server-mode}}"
stop-writes-on-bgsave-error yes
rdbcompression yes
rdbchecksum yes
dbfilename dump.rdb
rdb-del-sync-files no
dir {directory}
replica-serve-stale-data yes
replica-read-only yes
repl-diskless-sync yes
repl-diskless-sync-delay 5
repl-diskless-load disabled
repl-disable-tcp-nodelay no
replica-priority 100
acllog-max-len 128
lazyfree-lazy-eviction no
lazyfree-lazy-user-flush no
oom-score-adj no
oom-score-adj-values 0 200 800
disable-thp yes
appendonly no
appendfilename "appendonly.aof"
appenddirname "appendonlydir"
appendfsync everysec
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 64mb
slowlog-log-slower-than 10000
latency-monitor-threshold 0
notify-keyspace-events ""
hash-max-listpack-entries 512
list-max-listpack-size -2
activerehashing yes
client-output-buffer-limit normal 0 0 0
client-output-buffer-limit replica 256mb 64mb 60
hz 10
dynamic-hz yes
jemalloc-bg-thread yes
"""


class Daemon:
    """A server that was started in the background, in a directory of its own, and is killed when left."""

    def __init__(self, binary, arguments=(), config=None):
        self.place = tempfile.TemporaryDirectory()
        self.directory, self.port = self.place.name, servers.free_port()
        self.process_file = os.path.join(self.directory, "server.pid")
        self.log = os.path.join(self.directory, "server.log")
        command = [binary]
        if config:
            path = os.path.join(self.directory, "redis.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config.format(directory=self.directory))
            command += [path]
        else:
            command += ["--daemonize", "yes", "--bind", "127.0.0.1", "--pidfile", self.process_file,
                        "--logfile", self.log]
        command += ["--port", str(self.port), *arguments]
        self.started = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_SECONDS)

    def log_text(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    @property
    def pid(self):
        with open(self.process_file, encoding="utf-8") as file:
            return int(file.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError, ValueError):
            os.kill(self.pid, signal.SIGKILL)
        self.place.cleanup()


def thread_names(pid):
    names = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/task/{thread}/comm", encoding="utf-8") as file:
                names.append(file.read().strip())
    return names


def command_line(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().rstrip(b"\0").decode()


def goes_on_in_the_background(binary):
    """When `daemonize yes` returns, a server of its own session serves; it leaves its number, and takes it back."""
    with Daemon(binary) as daemon:
        assert daemon.started.returncode == 0 and daemon.started.stdout == b"", daemon.started
        with resp.Connection(daemon.port) as connection:
            assert connection.ask("SET", "k", "v") == b"OK"
            assert b"process_id:%d\r" % daemon.pid in connection.ask("INFO", "server")
            assert os.getsid(daemon.pid) == daemon.pid
            for descriptor in range(3):
                assert os.readlink(f"/proc/{daemon.pid}/fd/{descriptor}") == "/dev/null"
            servers.wait_until(lambda: "jemalloc_bg_thd" in thread_names(daemon.pid), "the allocator's thread is back")
            connection.send(resp.encode("SHUTDOWN"))
            assert connection.read_to_end() == b""
        servers.wait_until(lambda: not os.path.exists(daemon.process_file), "it has taken its number back")
        assert "bye bye" in daemon.log_text()


def tells_that_the_background_fails(binary):
    """Who starts a server in the background is told that its port is taken."""
    with servers.Server(binary) as first:
        with Daemon(binary, ["--port", str(first.port)]) as daemon:
            assert daemon.started.returncode == 1, daemon.started
            assert "Failed listening on port" in daemon.log_text()


def starts_from_distributed_files(binary):
    """The file that distributions install works as it is, by itself and as their systemd unit uses it."""
    with Daemon(binary, config=DISTRIBUTED) as daemon:
        assert daemon.started.returncode == 0, daemon.started
        with resp.Connection(daemon.port) as connection:
            assert connection.ask("PING") == b"PONG"
    with tempfile.TemporaryDirectory() as directory, manager_at(os.path.join(directory, "notify")) as manager:
        path = os.path.join(directory, "redis.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(DISTRIBUTED.format(directory=directory))
        arguments = ["--supervised", "systemd", "--daemonize", "no"]
        with servers.Server(binary, arguments, config=path, environment=manager.environment) as server:
            assert "READY=1" in manager.hear("READY=1")
            assert server.stop() == 0


class Manager:
    """What systemd is to a service: a socket that it writes states to."""

    def __init__(self, address, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(DEADLINE_SECONDS)
        self.socket.bind(address)
        self.environment = {**os.environ, "NOTIFY_SOCKET": name}

    def hear(self, word):
        """All lines up to the message that has this one."""
        lines = []
        while word not in lines:
            lines += self.socket.recv(4096).decode().splitlines()
        return lines


@contextlib.contextmanager
def manager_at(path):
    manager = Manager("\0" + path[1:] if path.startswith("@") else path, path)
    try:
        yield manager
    finally:
        manager.socket.close()


def tells_systemd(binary):
    """systemd hears that the server loads, that it is ready once it serves, and that it stops."""
    with tempfile.TemporaryDirectory() as directory:
        for path, wanted in ((f"{directory}/notify", "systemd"), (f"@apus-test-{os.getpid()}", "auto")):
            # Under a manager, nothing goes to the background.
            arguments = ["--supervised", wanted, "--daemonize", "yes"]
            with manager_at(path) as manager:
                with servers.Server(binary, arguments, environment=manager.environment) as server:
                    assert manager.hear("READY=1")[0].startswith("STATUS=")
                    with server.connect() as connection:
                        assert b"process_supervised:systemd\r" in connection.ask("INFO", "server")
                        assert connection.ask("CONFIG", "GET", "supervised") == [b"supervised", wanted.encode()]
                    assert server.stop() == 0
                    assert manager.hear("STOPPING=1")


def lives_without_a_manager(binary):
    """Asked for but not there, a service manager is missed in the log only."""
    plain = {name: value for name, value in os.environ.items() if name not in ("NOTIFY_SOCKET", "UPSTART_JOB")}
    complaints = {"systemd": "systemd supervision error: NOTIFY_SOCKET not found!", "auto": None,
                  "upstart": "UPSTART_JOB not found"}
    for wanted, complaint in complaints.items():
        with servers.Server(binary, ["--supervised", wanted], environment=plain) as server:
            with server.connect() as connection:
                assert b"process_supervised:no\r" in connection.ask("INFO", "server")
            assert complaint is None or complaint in server.log_text(), server.log_text()


def has_a_title(binary):
    """ps shows where the server listens; the template can be changed, and the environment stays what it was."""
    with servers.Server(binary, environment={**os.environ, "TZ": "UTC-5"}) as server, server.connect() as connection:
        assert command_line(server.pid) == f"{binary} 127.0.0.1:{server.port}", command_line(server.pid)
        template = "{{{port} {title} {unixsocket}{config-file} {tls-port}{server-mode} "
        assert connection.ask("CONFIG", "SET", "proc-title-template", template) == b"OK"
        assert command_line(server.pid) == f"{{{server.port} {binary} - 0", command_line(server.pid)
        long = "x" * 100_000
        assert connection.ask("CONFIG", "SET", "proc-title-template", long) == b"OK"
        assert set(command_line(server.pid)) == {"x"}
        for wrong in ("", "{nothing}", "{title", "{"):
            refused = connection.call("CONFIG", "SET", "proc-title-template", wrong)
            assert refused.is_error and b"invalid or contains unknown variables" in refused.raw(), refused.raw()
        assert connection.ask("PING") == b"PONG"
    with servers.Server(binary, ["--set-proc-title", "no"]) as server:
        assert "--set-proc-title" in command_line(server.pid), command_line(server.pid)


def keeps_to_processors(binary):
    """All workers keep to `server-cpulist`; one that cannot be kept to is told, and does no harm."""
    mine = sorted(os.sched_getaffinity(0))
    with servers.Server(binary, ["--server-cpulist", f"{mine[-1]}", "--threads", "2"]) as server:
        workers = [thread for thread in os.listdir(f"/proc/{server.pid}/task")
                   if not open(f"/proc/{server.pid}/task/{thread}/comm").read().startswith("jemalloc")]
        assert len(workers) >= 2 and all(os.sched_getaffinity(int(each)) == {mine[-1]} for each in workers), workers
    with servers.Server(binary, ["--server-cpulist", "one,two"]) as server:
        assert "not a list of processors" in server.log_text(), server.log_text()
        assert os.sched_getaffinity(server.pid) == set(mine)


def takes_an_out_of_memory_score(binary):
    """`oom-score-adj` is the kernel's from the start on, changes with CONFIG SET, and goes when it is switched off."""
    def score(server):
        with open(f"/proc/{server.pid}/oom_score_adj", encoding="utf-8") as file:
            return int(file.read())

    with open("/proc/self/oom_score_adj", encoding="utf-8") as file:
        base = int(file.read())
    arguments = ["--oom-score-adj", "relative", "--oom-score-adj-values", "11", "200", "800"]
    with servers.Server(binary, arguments) as server, server.connect() as connection:
        assert score(server) == min(base + 11, 1000)
        assert connection.ask("CONFIG", "GET", "oom-score-adj") == [b"oom-score-adj", b"yes"]
        changed = ("oom-score-adj", "absolute", "oom-score-adj-values", "900 950 990")
        assert connection.ask("CONFIG", "SET", *changed) == b"OK"
        assert score(server) == 900
        assert connection.ask("CONFIG", "SET", "oom-score-adj", "no") == b"OK"
        assert score(server) == base


def logs_to_the_system(binary):
    """`syslog-enabled` copies the messages, with name, facility and priority."""
    arguments = ["--syslog-enabled", "yes", "--syslog-ident", "named", "--syslog-facility", "local3"]
    with preloadable("system_log_to_standard_error") as shim, servers.Server(binary, arguments, preload=shim) as server:
        local3, notice, warning = 19, 5, 4
        assert server.stop() == 0
        assert f"system log: named {local3} {notice} Ready to accept connections tcp\n" in server.log_text()
        assert f"system log: named {local3} {warning} Apus is now ready to exit" in server.log_text()


def gives_its_socket_to_a_group(binary):
    """`unixsocketgroup` is the socket's group; one that the machine does not have ends the start."""
    others = [group for group in grp.getgrall()
              if group.gr_gid != os.getgid() and (os.getuid() == 0 or group.gr_gid in os.getgroups())]
    group = (others or [grp.getgrgid(os.getgid())])[0]
    arguments = ["--unixsocket", "server.sock", "--unixsocketperm", "770", "--unixsocketgroup"]
    with servers.Server(binary, [*arguments, group.gr_name]) as server:
        status = os.stat(os.path.join(server.directory, "server.sock"))
        assert status.st_gid == group.gr_gid and stat.S_IMODE(status.st_mode) == 0o770, status
    with tempfile.TemporaryDirectory() as directory:
        command = [binary, "--port", str(servers.free_port()), *arguments, "no such group"]
        ended = subprocess.run(command, capture_output=True, text=True, cwd=directory, timeout=DEADLINE_SECONDS)
        assert ended.returncode == 1 and "group 'no such group'" in ended.stdout, ended


def keeps_silent_about_crashes(binary):
    """`crash-log-enabled no` leaves a crash to the system; it can be switched at run time."""
    for arguments, change, is_told in ((("--crash-log-enabled", "no"), None, False), ((), "no", False),
                                       (("--crash-log-enabled", "no"), "yes", True)):
        with servers.Server(binary, arguments) as server:
            if change:
                with server.connect() as connection:
                    assert connection.ask("CONFIG", "SET", "crash-log-enabled", change) == b"OK"
            server.process.send_signal(signal.SIGSEGV)
            assert server.process.wait(DEADLINE_SECONDS) == -signal.SIGSEGV
            assert ("BUG REPORT" in server.log_text()) == is_told, server.log_text()


def purges_where_it_is_told_to(binary):
    """`jemalloc-bg-thread no` holds from the start on."""
    with servers.Server(binary, ["--jemalloc-bg-thread", "no"]) as server, server.connect() as connection:
        assert "jemalloc_bg_thd" not in thread_names(server.pid), thread_names(server.pid)
        assert connection.ask("CONFIG", "SET", "jemalloc-bg-thread", "yes") == b"OK"
        servers.wait_until(lambda: "jemalloc_bg_thd" in thread_names(server.pid), "the allocator has a thread")


def resizes_when_it_may(binary):
    """`activerehashing no` leaves a resize to the writes; allowed again, it ends in idle time."""
    def used(connection):
        return int(connection.ask("INFO", "memory").split(b"used_memory:")[1].split(b"\r")[0])

    keys_at_a_time, jump = 200, 300_000
    with servers.Server(binary, ["--threads", "1", "--activerehashing", "no"]) as server:
        with server.connect() as connection:
            before = used(connection)
            for start in range(0, 200_000, keys_at_a_time):
                connection.pipeline([("SET", f"key:{start + i}", "v") for i in range(keys_at_a_time)])
                grown, before = used(connection) - before, used(connection)
                if grown > jump:  # by a second, larger array beside the first
                    break
            assert grown > jump, "the table grows"
            time.sleep(0.5)  # ten rounds of housekeeping; the check holds for any other number
            assert abs(used(connection) - before) < jump / 10, used(connection) - before
            assert connection.ask("CONFIG", "SET", "activerehashing", "yes") == b"OK"
            servers.wait_until(lambda: used(connection) < before - jump / 2, "the first array is returned")


def renamed_containers(binary):
    """Errors and help call a container as the client does, in capitals: those of ASCII."""
    name = "m\u00e4\u00dfig"
    with servers.Server(binary, ["--rename-command", "SLOWLOG", name]) as server, server.connect() as client:
        called = b"M\xc3\xa4\xc3\x9fIG"
        for words, start in ((["get", "1", "2", "3"], b"unknown subcommand or wrong number of arguments for 'get'"),
                             (["nosuch"], b"unknown subcommand 'nosuch'")):
            assert client.call(name, *words).raw() == b"-ERR " + start + b". Try " + called + b" HELP.\r\n", words
        assert client.ask(name, "help")[0].startswith(called + b" <subcommand> ")


def tells_its_version(binary):
    """What starts a server for tests asks the binary for its version: the first it names is what INFO calls Redis's."""
    line = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=DEADLINE_SECONDS).stdout
    with servers.Server(binary) as server, server.connect() as connection:
        text = connection.ask("INFO", "server").decode()
    fields = dict(field.split(":", 1) for field in text.split() if ":" in field)
    versions = re.findall(r"[0-9]+(?:\.[0-9]+)+", line)
    assert versions[:2] == [fields["redis_version"], fields["apus_version"]], line
    assert f" v={versions[0]} " in line, line


CHECKS = [
    ("tells its version", tells_its_version),
    ("renamed containers are called as they are", renamed_containers),
    ("goes on in the background", goes_on_in_the_background),
    ("tells that the background fails", tells_that_the_background_fails),
    ("starts from distributed files", starts_from_distributed_files),
    ("tells systemd how it fares", tells_systemd),
    ("lives without a service manager", lives_without_a_manager),
    ("has a title", has_a_title),
    ("keeps to processors", keeps_to_processors),
    ("takes an out-of-memory score", takes_an_out_of_memory_score),
    ("logs to the system", logs_to_the_system),
    ("gives its socket to a group", gives_its_socket_to_a_group),
    ("keeps silent about crashes", keeps_silent_about_crashes),
    ("purges where it is told to", purges_where_it_is_told_to),
    ("resizes when it may", resizes_when_it_may),
]
