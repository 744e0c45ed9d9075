"""What the measuring tools share on their command lines: checked arguments, and an end in one line."""
import argparse
import os
import subprocess
import sys


def positive(text):
    """A whole number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)


def check_paths(parser, arguments, binaries):
    """Ends with a message if a binary that was named cannot be run, or the file for the figures cannot be written."""
    for name in binaries:
        path = getattr(arguments, name)
        if path and not (os.path.isfile(path) and os.access(path, os.X_OK)):
            parser.error(f"--{name} {path}: no such program")
    path = getattr(arguments, "json", None)
    if path and (os.path.isdir(path) or not os.access(os.path.dirname(os.path.abspath(path)), os.W_OK)):
        parser.error(f"--json {path}: cannot be written")


def run(main):
    """Ends the process with the status that `main` returns; what failed outside of this program is told in a line."""
    name = os.path.basename(sys.argv[0])
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        print(f"\n{name}: {error}", file=sys.stderr)
        sys.exit(1)
