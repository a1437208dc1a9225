"""Where the clients are that `make clients` installs, each pinned beside this file.

Without them their tests are skipped, except in CI, which must have them.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
NODE_LOCK = HERE / "package-lock.json"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def python_packages(name: str) -> Path:
    """Return the folder with a Python client and all that it needs."""
    folder = HERE / ".installed" / name
    _check(HERE / "python" / f"{name}.txt", folder / "lock.txt")
    return folder


def node() -> str:
    """Return the Node that runs the npm packages."""
    program = shutil.which("node") or missing("install Node 20 or newer, then run `make clients`")
    _check(NODE_LOCK, HERE / "node_modules" / "lock.json")
    return program


def chromium() -> str:
    """Return the browser."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or missing("install chromium, as with `apt-get install --no-install-recommends chromium`")


def missing(advice: str) -> NoReturn:
    """Skip what needs a client that is not there; fail instead in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have the clients: {advice}.", pytrace=False)
    pytest.skip(f"SKIPPED: the real clients are not run; {advice}.")


def _check(lock: Path, installed: Path) -> None:
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        missing("run `make clients`")
