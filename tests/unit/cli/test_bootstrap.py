"""The first command on a strange machine: what it says when it cannot do its work."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli import bootstrap

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "cli" / "bootstrap.py"
NO_INDEX = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_RETRIES": "0",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_NO_CACHE_DIR": "1",
}


def test_an_old_python_can_read_it() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6))

    assert isinstance(tree, ast.Module)


def test_an_old_python_is_told_which_one_is_needed() -> None:
    with pytest.raises(bootstrap.BootstrapError) as trouble:
        bootstrap.check_version((3, 9, 2), "/usr/bin/python3")

    assert "Python 3.11 or newer is needed; this is 3.9.2 (/usr/bin/python3)" in str(trouble.value)
    assert "PYTHON=" in str(trouble.value)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_a_new_enough_python_is_taken(version: tuple[int, int, int]) -> None:
    bootstrap.check_version(version, "python3")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with as much as the bootstrap needs."""
    (tmp_path / "cli").mkdir()
    shutil.copy(SOURCE, tmp_path / "cli" / "bootstrap.py")
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def run(checkout: Path, kind: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(checkout / "cli" / "bootstrap.py"), kind],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_network_the_first_installation_ends_with_a_sentence(checkout: Path) -> None:
    done = run(checkout, "run", NO_INDEX | {"PIP_FIND_LINKS": ""})

    assert done.returncode == 1
    assert "The first installation needs the network" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not (checkout / ".venv" / "stamp").exists()


def test_what_is_installed_is_not_installed_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", checkout)
    for name in ("bin/python", "stamp"):
        (checkout / ".venv" / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / ".venv" / name).touch()
    (checkout / ".venv" / "stamp").write_text(bootstrap.stamp_for("dev"), encoding="utf-8")

    assert run(checkout, "dev", NO_INDEX).stdout == ""
    assert run(checkout, "run", NO_INDEX).stdout == ""


@pytest.mark.parametrize("change", ["pins", "python", "half made"])
def test_what_is_out_of_date_is_installed_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", checkout)
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    (venv / "stamp").write_text(bootstrap.stamp_for("run"), encoding="utf-8")
    assert bootstrap.stamp_of(venv) == bootstrap.stamp_for("run")

    if change == "pins":
        (checkout / "requirements" / "run.txt").write_text("", encoding="utf-8")
    elif change == "python":
        (venv / "bin" / "python").unlink()
    else:
        (venv / "stamp").unlink()

    assert bootstrap.stamp_of(venv) != bootstrap.stamp_for("run")


def test_an_unknown_kind_shows_the_usage(checkout: Path) -> None:
    done = run(checkout, "everything", {})

    assert (done.returncode, "usage:" in done.stderr) == (2, True)
