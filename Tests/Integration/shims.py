"""The C files of this folder: libraries that are preloaded to take the place of functions."""
import contextlib
import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


@contextlib.contextmanager
def preloadable(name):
    """The path of a C file of this folder, as a library that takes the place of functions."""
    with tempfile.TemporaryDirectory() as directory:
        library = os.path.join(directory, f"{name}.so")
        subprocess.run(["clang", "-shared", "-fPIC", "-o", library, str(HERE / f"{name}.c")], check=True)
        yield library
