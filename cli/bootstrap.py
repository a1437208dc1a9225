"""Make the virtual environment: `python3 cli/bootstrap.py run|dev|sam|scan`.

Standard library only, and readable for Python 3.6, so that an old one gets a sentence instead of a traceback.
Packages are pinned with hashes. The fast path is uv, installed from the package index like any other package;
where it cannot be had, pip does the same, more slowly. A second call finds everything in place and returns.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (3, 11)
# For each kind: where it is installed, and which kinds hold all that it needs.
KINDS = {
    "run": (".venv", ("run", "dev")),
    "dev": (".venv", ("dev",)),
    "sam": (".venv-sam", ("sam",)),
    "scan": (".venv-scan", ("scan",)),
}


class BootstrapError(Exception):
    """Something that the user can mend; the text says how."""


def main(arguments: "list[str]") -> int:
    """Return the exit code."""
    if len(arguments) != 1 or arguments[0] not in KINDS:
        print("usage: bootstrap.py", "|".join(KINDS), file=sys.stderr)
        return 2
    try:
        check_version(sys.version_info[:3], sys.executable)
        ensure(arguments[0])
    except BootstrapError as error:
        print("Error:", error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def check_version(version: "tuple[int, int, int]", executable: str) -> None:
    """Raise BootstrapError for a Python that is too old."""
    if version[:2] < NEEDED:
        found, needed = ".".join(map(str, version)), ".".join(map(str, NEEDED))
        raise BootstrapError(
            f"Python {needed} or newer is needed; this is {found} ({executable}).\n"
            "Name a newer one, for example: make run PYTHON=python3.13"
        )


def ensure(kind: str) -> None:
    """Bring the virtual environment of `kind` up to date."""
    folder, satisfied_by = KINDS[kind]
    venv = ROOT / folder
    if stamp_of(venv) in {stamp_for(one) for one in satisfied_by}:
        return
    started = time.time()
    print(
        f"Creating {folder} and installing what requirements/{kind}.txt pins; this is done once.", flush=True
    )
    # Without pip, because some systems keep the package that brings it apart.
    shutil.rmtree(str(venv), ignore_errors=True)
    run([sys.executable, "-m", "venv", "--without-pip", str(venv)])
    install(venv, ROOT / "requirements" / f"{kind}.txt")
    write_paths(venv)
    (venv / "stamp").write_text(stamp_for(kind))
    print(f"Installed in {time.time() - started:.0f} s.", flush=True)


def install(venv: Path, lock: Path) -> None:
    """Install what `lock` pins: with uv, or with pip where uv cannot be installed or started."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python_of(venv)),
        "--quiet",
        "--disable-pip-version-check",
    ]
    uv = str(venv / "bin" / "uv")
    pinned = ["install", "--require-hashes", "-r"]
    error = attempt([*pip, *pinned, str(ROOT / "requirements" / "bootstrap.txt")]) or attempt(
        [uv, "--version"]
    )
    if not error:
        run([uv, "pip", "install", "--quiet", "--python", str(python_of(venv)), *pinned[1:], str(lock)])
        return
    print("uv is not to be had here; installing with pip, which takes longer.", flush=True)
    run([*pip, *pinned, str(lock)])


def write_paths(venv: Path) -> None:
    """Let the checkout be imported, as an installation in place would."""
    program = "import site; print(site.getsitepackages()[0])"
    site = subprocess.check_output([str(python_of(venv)), "-c", program])  # noqa: S603 - our own program
    paths = Path(site.decode().strip()) / "segment_hubspot_relay.pth"
    paths.write_text(f"{ROOT / 'functions'}\n{ROOT}\n")


def stamp_for(kind: str) -> str:
    """Return what the stamp says when everything is in place: the pins, the Python, and where this is."""
    pins = hashlib.sha256((ROOT / "requirements" / f"{kind}.txt").read_bytes()).hexdigest()
    return f"{kind} {pins} {sys.version.split()[0]} {ROOT}"


def stamp_of(venv: Path) -> str:
    """Return what was installed; nothing if that is missing, half made, or its Python has gone."""
    stamp = venv / "stamp"
    return stamp.read_text() if stamp.exists() and python_of(venv).exists() else ""


def python_of(venv: Path) -> Path:
    """Return the Python of a virtual environment."""
    return venv / "bin" / "python"


def run(command: "list[str]") -> None:
    """Run a command; raise BootstrapError with its last words if it fails."""
    error = attempt(command)
    if error:
        raise BootstrapError(
            f"{error.strip().splitlines()[-1]}\n"
            "The first installation needs the network (a package index). Nothing else was changed: try again."
        )


def attempt(command: "list[str]") -> str:
    """Run a command quietly; return its output if it fails, nothing if it succeeds."""
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except OSError as error:
        return str(error)
    return "" if done.returncode == 0 else done.stdout.decode("utf-8", "replace") or f"{command[0]} failed"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
