"""What runs the tests, and checks the house: they must not say that all is well when nothing was looked at."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from harness import servers
from processes import DEADLINE_SECONDS, ROOT, children, children_run, interrupt, leaves_nothing, refuses, run, runs

sys.path.insert(0, str(ROOT / "Tests/Concurrency"))

import phases  # noqa: E402


def house_finds_breaches():
    """Each rule is broken once, in a copy of the house."""
    breaches = {
        "Sources/Commands/stray.swift": ("import Encodings", "no arrow leads from Encodings to Commands"),
        "Sources/Server/stray.swift": ("internal import CText", "Server must not import the C module CText"),
        "Sources/RESP/stray.swift": ("import Logging", "Logging is not for RESP"),
        "Sources/Network/stray.swift": ("import Foundation", "Foundation is not a module the server may use"),
        "Sources/Transactions/stray.swift": ("let a = unsafe b", "`unsafe` in Transactions"),
        "Sources/Transactions/second.swift": ("let a = 1; import `CText`", "Transactions must not import"),
        "Sources/Server/second.swift": ('let a = "\\(unsafe b.first(c))"', "`unsafe` in Server"),
        "Sources/Server/third.swift": ("let a = b.unsafelyUnwrapped", "`unsafelyUnwrapped` in Server"),
        "tools/stray.py": ("#" * 121, "121 characters"),
        ".ci/stray.py": ("#" * 122, "122 characters"),
        "stray": ("", "not a room of the house"),
    }
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory)
        for folder in (".ci", "Sources", "CSources", "Tests", "Benchmarks", "tools"):
            shutil.copytree(ROOT / folder, copy / folder)
        manifest = (ROOT / "Package.swift").read_text()
        (copy / "Package.swift").write_text(manifest)
        # Neither an editor's lock, nor what is no text, nor what only strings and comments say.
        (copy / "Tests/.#lock.py").symlink_to("user@host.1234")
        (copy / "Tests/bytes.py").write_bytes(b"# \xff\n")
        (copy / "Sources/Server/words.swift").write_text('let a = "unsafe \\(b) unsafe"  // unsafe; import CText\n')
        run(copy / "tools/check-house")
        (copy / "Package.swift").write_text(manifest.replace('room("Memory", [', 'room("Memory", ["Platform", '))
        for path, (text, _) in breaches.items():
            (copy / path).write_text(text + "\n")
        said, _ = run(copy / "tools/check-house", status=1)
    for told in [*(told for _, told in breaches.values()), "the arrows to Memory", f"{len(breaches) + 1} breaches"]:
        assert told in said, f"no '{told}' in: {said}"


def test_stops_when_told():
    """Ctrl-C ends all sections, not only the check that runs; an unknown section and --help run none."""
    with leaves_nothing() as environment:
        refuses("tools/test", "nothing", names="no section 'nothing'", environment=environment)
        assert "tools/test [" in run("tools/test", "--help", environment=environment)[0]
        run("tools/test", "house", environment=environment)

    output = interrupt(["tools/test", "concurrency"], signal.SIGINT, lambda pid: children_run(pid, "apus-server"))
    assert output.count("-- hammer") == 1, output


def test_keeps_its_verdict():
    """A check that passed has passed although our copy of its words finds no room; without a place for it none runs."""
    with tempfile.TemporaryDirectory() as directory:
        full, program = os.path.join(directory, "words"), os.path.join(directory, "mktemp")
        os.symlink("/dev/full", full)
        pathlib.Path(program).write_text(f"#!/bin/sh\necho {full}\n")
        os.chmod(program, 0o755)
        environment = {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"}
        assert "1 passed, 0 failed" in run("tools/test", "house", environment=environment)[0]
    output = refuses("tools/test", "house", status=1, names="/nonexistent",
                     environment={**os.environ, "TMPDIR": "/nonexistent"})
    assert not output, output


def setup_names_what_is_missing():
    """Who may not install is told what to install."""
    program = 'source tools/setup; apus_build_packages=(lib:/nonexistent/file); id() { echo 1000; }; apus_setup build'
    with tempfile.TemporaryDirectory() as directory:
        os.symlink(shutil.which("bash"), os.path.join(directory, "bash"))
        os.symlink("/bin/true", os.path.join(directory, "apt-get"))
        refuses("bash", "-c", program, status=1, names="please install lib (no sudo here)",
                environment={**os.environ, "PATH": directory})


def tools_are_called_by_links():
    """A link in the user's PATH finds its tree."""
    with tempfile.TemporaryDirectory() as directory:
        for tool, arguments in (("build", []), ("benchmark", ["--help"]), ("test", ["--help"])):
            os.symlink(ROOT / "tools" / tool, os.path.join(directory, tool))
            run(os.path.join(directory, tool), *arguments, folder=directory)


def runners_refuse_to_run_nothing():
    """A misspelt name is a mistake, not a run in which nothing failed."""
    binaries = "--apus", "/bin/false"
    refuses("Tests/Integration/run", "--only", "nothing", *binaries, names="'nothing'")
    refuses("Tests/Concurrency/hammer", "--only", "nothing", *binaries, names="'nothing'")
    refuses("Tests/Conformance/run", "--only", "nothing", *binaries, names="'nothing'")
    refuses("Tests/Conformance/run", "--only", "", "--random", "0", *binaries, names="nothing to compare")
    refuses("Tests/Tools/run", "--only", "nothing", names="'nothing'")


def hammer_counts_what_ran():
    """Phases that a server did not live to see have not passed."""
    with leaves_nothing() as environment:
        command = [ROOT / "Tests/Concurrency/hammer", "--apus", servers.apus_binary(), "--seconds", "9"]
        hammer = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            said = hammer.stdout.readline()
            assert said.endswith(": passed\n"), said
            for child in children(hammer.pid):
                if runs(child, "apus-server"):
                    os.kill(child, signal.SIGKILL)
            said += hammer.communicate(timeout=DEADLINE_SECONDS)[0]
        finally:
            hammer.kill()
            hammer.wait()
    passed, failed = said.count(": passed\n"), said.count(": FAILED (seed ")
    not_run = len(phases.PHASES) - passed - failed
    # The server's end is a failure of its own.
    assert hammer.returncode == 1 and f"{passed} passed, {failed + 1} failed, {not_run} not run" in said, said


CHECKS = [
    ("house finds breaches", house_finds_breaches),
    ("test stops when told", test_stops_when_told),
    ("test keeps its verdict", test_keeps_its_verdict),
    ("setup names what is missing", setup_names_what_is_missing),
    ("tools are called by links", tools_are_called_by_links),
    ("runners refuse to run nothing", runners_refuse_to_run_nothing),
    ("hammer counts what ran", hammer_counts_what_ran),
]
