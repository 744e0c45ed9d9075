"""Tools run to their end or interrupted, and what must not be left of them."""
import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile

from harness import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 600  # the tools bring their binaries up to date first


@contextlib.contextmanager
def leaves_nothing():
    """A directory for temporary files, as an environment; ours must be gone at the end (the compiler leaves some)."""
    with tempfile.TemporaryDirectory(prefix="apus-tools-") as directory:
        yield {**os.environ, "TMPDIR": directory}
        left = [name for name in os.listdir(directory) if name.startswith("apus-")]
        assert not left, f"left behind: {left}"


def run(*command, status=0, environment=None, folder=ROOT):
    """Runs a tool to its end, called from a folder, and returns what it printed, standard output and error."""
    ended = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True,
                           timeout=DEADLINE_SECONDS, stdin=subprocess.DEVNULL, env=environment)
    told = f"{command} ended with {ended.returncode}: {ended.stdout[-500:]} {ended.stderr[-500:]}"
    assert ended.returncode == status, told
    assert "Traceback" not in ended.stderr and "unbound variable" not in ended.stderr, told
    return ended.stdout, ended.stderr


def refuses(*command, names, status=2, environment=None):
    """The tool ends with this status and names the mistake on standard error, not among its figures."""
    output, errors = run(*command, status=status, environment=environment)
    assert names in errors, f"{command}: no '{names}' in: {errors[-500:]}"
    return output


def children(pid):
    """The processes that a process started, and theirs."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                found += [int(entry.parent.name), *children(int(entry.parent.name))]
    return found


def runs(pid, program):
    """Whether the process runs the program of this name."""
    with contextlib.suppress(OSError):
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")) == program
    return False


def children_run(pid, program):
    """Whether a child runs the program of this name."""
    return any(runs(child, program) for child in children(pid))


def is_running(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def interrupt(command, number, is_busy):
    """Sends a signal to a tool's process group, as a terminal does, once it is busy; all its children must end.
    Returns what it printed."""
    with leaves_nothing() as environment:
        process = subprocess.Popen([str(word) for word in command], cwd=ROOT, env=environment, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            servers.wait_until(lambda: process.poll() is not None or is_busy(process.pid), "the tool is busy",
                               DEADLINE_SECONDS)
            assert process.poll() is None, process.stdout.read()
            started = children(process.pid)
            os.killpg(process.pid, number)
            output = process.communicate(timeout=DEADLINE_SECONDS)[0].decode()
            assert process.returncode in (128 + number, -number), f"status {process.returncode}: {output}"
            servers.wait_until(lambda: not any(map(is_running, started)), "its children have ended")
            return output
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
