"""Servers under test: started on a free loopback port, waited for, and killed however the run ends.

Two kinds: Apus (brought up to date by tools/build, or any binary given) and the reference server that
tools/reference-server fetches. `forbid_io_uring` puts a server in the situation of a container whose seccomp
profile refuses io_uring, so its epoll path is tested as users meet it, without a switch in the server.

Invariant: no server process outlives the Python process that started it (parent-death signal, atexit, finally), nor
does its directory, unless that process is killed outright.
"""
import atexit
import contextlib
import ctypes
import fnmatch
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

from . import resp

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 60  # a sanitizer build on a busy machine needs many of them
START_ATTEMPTS = 3  # another process may take the port that was found free
STOP_SECONDS = 20
JEMALLOC = f"/usr/lib/{os.uname().machine}-linux-gnu/libjemalloc.so.2"  # where tools/setup expects it

_libc = ctypes.CDLL(None, use_errno=True)
_kept = []  # servers whose directory is there: all but the discarded ones


def reference_binary():
    """The reference server's path, fetched on first use."""
    return subprocess.check_output([str(ROOT / "tools/reference-server")], text=True).strip()


def apus_binary():
    """The server's release build, brought up to date."""
    return _built("apus-server")


def bench_binary():
    """The load generator's release build, brought up to date."""
    return _built("apus-bench")


def _built(product):
    subprocess.run([str(ROOT / "tools/build"), product], check=True, stdout=sys.stderr)
    return str(ROOT / ".build/release" / product)


def free_port():
    """A port that is free now; whoever takes it in between wins."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class StartError(RuntimeError):
    """A server that ended at its start, or did not answer; with its log."""


class Server:
    """A running server process. `log` is the path of its combined output."""

    def __init__(self, binary, arguments=(), name=None, config=None, cpu=None, preload=None, environment=None,
                 forbid_io_uring=False, files_max=None):
        self.name, self.process = name or os.path.basename(binary), None
        self.directory = tempfile.mkdtemp(prefix="apus-test-")
        _kept.append(self)
        self.log = os.path.join(self.directory, "log")
        variables = dict(os.environ if environment is None else environment)
        if preload:
            variables["LD_PRELOAD"] = preload
        for attempt in range(START_ATTEMPTS):
            self.port = free_port()
            command = [os.path.abspath(binary), *([config] if config else []), "--port", str(self.port),
                       "--bind", "127.0.0.1", "--save", "", *arguments]
            if cpu is not None:
                command = ["taskset", "-c", str(cpu)] + command
            with open(self.log, "wb") as log:
                self.process = subprocess.Popen(
                    command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    env=variables, preexec_fn=lambda: _prepare(forbid_io_uring, files_max))
            try:
                self._wait_until_ready()
                return
            except StartError:
                if attempt + 1 == START_ATTEMPTS or "in use" not in self.log_text():
                    raise

    def connect(self, protocol=2, timeout=20.0):
        return resp.Connection(self.port, timeout=timeout, protocol=protocol)

    @property
    def pid(self):
        return self.process.pid

    def is_alive(self):
        return self.process.poll() is None

    def log_text(self):
        with open(self.log, "rb") as log:
            return log.read().decode(errors="replace")

    @contextlib.contextmanager
    def standing_still(self):
        """What is sent meanwhile arrives in one turn of the loop."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """Ends the process (SIGTERM, then SIGKILL) and returns its exit status; the log is kept until `discard`."""
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def discard(self):
        """Ends the process and removes its directory."""
        self.stop()
        self._forget()

    def _forget(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        if self in _kept:
            _kept.remove(self)

    def cpu_seconds(self):
        """User and system time of all its threads so far."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def info(self, field):
        """An integer field of INFO."""
        with self.connect() as connection:
            text = connection.ask("INFO").decode()
        match = re.search(rf"^{field}:(\d+)", text, re.MULTILINE)
        if not match:
            raise AssertionError(f"{self.name}: INFO has no {field}")
        return int(match.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.discard()

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_alive():
                raise StartError(f"{self.name} ended at start ({self.process.returncode}):\n{self.log_text()}")
            try:
                with resp.Connection(self.port, timeout=1.0) as connection:
                    reply = connection.call("INFO", "server")
                # An error will do: a password may be set. Another server may have taken the port, and ours will end.
                if reply.is_error or b"process_id:%d\r" % self.pid in reply.raw():
                    return
            except (OSError, resp.Closed):
                pass
            time.sleep(0.005)
        self.stop()
        raise StartError(f"{self.name} did not answer within {START_SECONDS} s:\n{self.log_text()}")


def wait_until(condition, what, seconds=20):
    """Polls until `condition()` holds; it is an error that it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def run_checks(title, checks, only="*"):
    """Runs the (name, function) pairs whose names match the glob `only`, prints a line for each, and returns the exit
    status. None at all are a mistake: a misspelt name must not look like success."""
    chosen = [check for check in checks if fnmatch.fnmatch(check[0], only)]
    if not chosen:
        print(f"{title}: no check matches '{only}'", file=sys.stderr)
        return 2
    failed = 0
    for name, check in chosen:
        try:
            check()
            print(f"{title}: {name}: passed", flush=True)
        except Exception as error:  # any of them is this check's failure, and the others still run
            failed += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            print(f"{title}: {name}: FAILED: {error!r} ({where.name}, line {where.lineno})", flush=True)
    print(f"{title}: {len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _prepare(forbid_io_uring, files_max):
    """In the new process: it dies with its parent and has the limits asked for."""
    pr_set_pdeathsig = 1
    _libc.prctl(pr_set_pdeathsig, signal.SIGKILL)
    if files_max is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    if forbid_io_uring:
        _forbid_io_uring()


def _forbid_io_uring():
    """A seccomp filter: io_uring_setup fails with EPERM, as under a container's default profile."""
    load, jump_if_equal, answer = 0x20, 0x15, 0x06
    io_uring_setup, allow, refuse = 425, 0x7FFF0000, 0x00050000 | 1  # EPERM
    steps = [(load, 0, 0, 0), (jump_if_equal, 0, 1, io_uring_setup), (answer, 0, 0, refuse), (answer, 0, 0, allow)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)))
    pr_set_no_new_privs, pr_set_seccomp, mode_filter = 38, 22, 2
    if _libc.prctl(pr_set_no_new_privs, 1, 0, 0, 0) or _libc.prctl(pr_set_seccomp, mode_filter, header, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot install the seccomp filter")


def _end_all():
    for server in list(_kept):
        if server.process:
            server.process.kill()
            server.process.wait()
        server._forget()


def _exit_on(number, _):
    """As the shell counts it; what runs at exit runs, and a second signal does not cut it short."""
    for each in ENDING_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
atexit.register(_end_all)
for ending in ENDING_SIGNALS:
    if signal.getsignal(ending) != signal.SIG_IGN:  # as under nohup
        signal.signal(ending, _exit_on)
