"""The command `relay`: it finds its own folder, installs quietly, and hands everything on."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "relay"
# Stands in for Python, so that nothing is installed: it tells what it was called with.
ECHO = """#!/bin/sh
printf '%s\\n' "$@"
exit "${STATUS:-0}"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a checkout"
    (folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy2(SCRIPT, folder)
    for name in ("bootstrap", ".venv/bin/python"):
        (folder / name).write_text(ECHO, encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def relay(command: str, checkout: Path, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own script
        [command, "rejects", "--reason", "two words", ""],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(checkout / "bootstrap"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_hands_its_arguments_on_from_any_folder(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "cli").mkdir()

    done = relay(str(checkout / "relay"), checkout, tmp_path)

    assert done.stdout.split("\n") == ["-P", "-m", "cli", "rejects", "--reason", "two words", "", ""]
    # What is installed is told beside what programs read.
    assert done.stderr.split("\n") == [f"{checkout}/cli/bootstrap.py", "run", ""]
    assert done.returncode == 0


@pytest.mark.parametrize("target", ["{checkout}/relay", "../a checkout/relay"])
def test_it_works_through_a_link(checkout: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "relay").symlink_to(target.format(checkout=checkout))
    (tmp_path / "link").symlink_to("bin/relay")

    assert relay(str(tmp_path / "link"), checkout, tmp_path).stdout.startswith("-P\n-m\ncli\nrejects")


def test_its_exit_code_is_that_of_the_command(checkout: Path, tmp_path: Path) -> None:
    (checkout / "bootstrap").write_text("#!/bin/sh\n", encoding="utf-8")

    assert relay(str(checkout / "relay"), checkout, tmp_path, STATUS="2").returncode == 2


def test_where_nothing_can_be_installed_nothing_is_run(checkout: Path, tmp_path: Path) -> None:
    (checkout / "bootstrap").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")

    done = relay(str(checkout / "relay"), checkout, tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
