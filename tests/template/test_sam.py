"""The SAM CLI accepts the template and builds it, on this machine and without a container."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from sam_cli import ENVIRONMENT, sam
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]


def run(*arguments: str, environment: Mapping[str, str] = ENVIRONMENT) -> str:
    done = subprocess.run(  # noqa: S603 - the SAM CLI
        [sam(), *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("how", [[], ["--lint"]], ids=["plain", "lint"])
def test_the_template_is_valid(how: list[str]) -> None:
    """Both, because each finds misspellings that the other does not."""
    assert "is a valid SAM Template" in run("validate", *how)


@pytest.mark.parametrize("with_uv", [True, False], ids=["uv", "pip"])
def test_the_template_builds_for_lambda_with_uv_or_with_pip(tmp_path: Path, with_uv: bool) -> None:  # noqa: FBT001 - a table
    output = build(tmp_path, path=path_with_uv(tmp_path) if with_uv else path_without_uv(tmp_path))

    layer = tmp_path / "build" / "DependenciesLayer" / "python"
    for package in ("boto3", "httpx", "pydantic", "aws_lambda_powertools", "tzdata"):
        assert (layer / package).is_dir()
    assert list(layer.glob("pydantic_core/*cpython-313-aarch64-linux-gnu.so"))
    assert not list(layer.rglob("*x86_64*"))
    for function in ("IngestFunction", "SenderFunction"):
        code = tmp_path / "build" / function
        assert {path.name for path in code.iterdir()} == {"ingest", "sender", "relay"}
        assert (code / "ingest" / "app.py").is_file()
        assert (code / "sender" / "app.py").is_file()
        assert_compiled(code, output, module="relay/intake.py", deployed="/var/task")
    assert_compiled(layer, output, module="httpx/_client.py", deployed="/opt/python")
    built = tmp_path / "build"
    for name, path in published(built / "template.yaml").items():
        assert (built / path).resolve() == ROOT / name


def published(template: Path) -> Mapping[str, str]:
    """Return where a template says that `sam publish` finds each file of the application's description."""
    found = yaml_parse(template.read_text(encoding="utf-8"))["Metadata"]["AWS::ServerlessRepo::Application"]
    return {"LICENSE": found["LicenseUrl"], "README.md": found["ReadmeUrl"]}


@pytest.mark.parametrize("instead", ["exit 127", f"exec {sys.executable} -c 'import sys; sys.exit(3)'"])
def test_a_build_without_lambdas_python_succeeds_and_says_what_was_skipped(
    tmp_path: Path, instead: str
) -> None:
    """The first is a shim without a Python behind it, the second one that is not Lambda's."""
    shim = tmp_path / "python3.13"
    shim.write_text(f"#!/bin/sh\n{instead}\n", encoding="utf-8")
    shim.chmod(0o755)

    output = build(tmp_path, path=path_with_uv(tmp_path), python313=str(shim))

    assert output.count("SKIPPED") >= len(("the layer", "the functions"))
    assert not list((tmp_path / "build").rglob("*.pyc"))


def build(folder: Path, *, path: str, python313: str | None = None) -> str:
    named = {"PYTHON313": python313} if python313 else {}
    return run(
        "build",
        f"--build-dir={folder / 'build'}",
        f"--cache-dir={folder / 'cache'}",
        environment={**ENVIRONMENT, **named, "PATH": path},
    )


def path_with_uv(folder: Path) -> str:
    """Return a PATH that begins with the uv of our virtual environment."""
    uv = ROOT / ".venv" / "bin" / "uv"
    return prepend(folder, uv if uv.exists() else Path(shutil.which("uv") or no_uv()))


def no_uv() -> str:
    if os.environ.get("CI") == "true":
        pytest.fail("CI must have uv: make test")
    pytest.skip("SKIPPED: the build with uv is not checked. Run the tests with: make test")


def path_without_uv(folder: Path) -> str:
    """Return a PATH that begins with a uv that does not work, as if there were none."""
    return prepend(folder, Path(shutil.which("false") or "/bin/false"))


def prepend(folder: Path, uv: Path) -> str:
    tools = folder / "tools"
    tools.mkdir()
    (tools / "uv").symlink_to(uv)
    return f"{tools}{os.pathsep}{os.environ['PATH']}"


def has_lambdas_python() -> bool:
    """Say whether there is a Python 3.13 that runs, which decides what the build must do."""
    python = os.environ.get("PYTHON313") or shutil.which("python3.13")
    if python is None:
        return False
    done = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - as above
    return done.returncode == 0 and done.stdout.startswith("Python 3.13.")


def assert_compiled(folder: Path, output: str, *, module: str, deployed: str) -> None:
    """Check that every module is compiled for Lambda or, without its Python here, that the build said so."""
    found = list(folder.rglob("*.pyc"))
    if not has_lambdas_python():
        assert "SKIPPED" in output
        assert not found
        return
    assert "SKIPPED" not in output
    assert {path.suffixes[0] for path in found if len(path.suffixes) == 2} == {".cpython-313"}
    source = folder / module
    compiled = (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()
    # The flags: 0b01 is a hash that is not checked against the source.
    assert compiled[4:8] == b"\x01\x00\x00\x00"
    # A traceback names the file as it lies in Lambda, and nothing of the machine that built it.
    assert f"{deployed}/{module}".encode() in compiled
    assert str(folder).encode() not in compiled
