"""The SAM CLI accepts the template and builds it, on this machine and without a container."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    **os.environ,
    "SAM_CLI_TELEMETRY": "0",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def sam() -> str:
    """Return the SAM CLI: our own, else the one on the path."""
    own = ROOT / ".venv-sam" / "bin" / "sam"
    found = str(own) if own.exists() else shutil.which("sam")
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("CI must have the SAM CLI: make sam")
    pytest.skip("SKIPPED: the template is not checked by the SAM CLI. Install it with: make sam")


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
    output = build(tmp_path, with_uv=with_uv)

    layer = tmp_path / "build" / "DependenciesLayer" / "python"
    for package in ("boto3", "httpx", "pydantic", "aws_lambda_powertools", "tzdata"):
        assert (layer / package).is_dir()
    assert list(layer.glob("pydantic_core/*cpython-313-aarch64-linux-gnu.so"))
    for function in ("IngestFunction", "SenderFunction"):
        code = tmp_path / "build" / function
        assert {path.name for path in code.iterdir()} == {"ingest", "sender", "relay"}
        assert_compiled(code, output, source=code / "relay" / "intake.py")
    assert_compiled(layer, output, source=layer / "httpx" / "_client.py")


def build(folder: Path, *, with_uv: bool) -> str:
    tools = folder / "tools"
    tools.mkdir()
    uv = ROOT / ".venv" / "bin" / "uv"
    if with_uv and uv.exists():
        (tools / "uv").symlink_to(uv)
    elif not with_uv:
        (tools / "uv").symlink_to("/bin/false")
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return run(
        "build",
        f"--build-dir={folder / 'build'}",
        f"--cache-dir={folder / 'cache'}",
        environment={**ENVIRONMENT, "PATH": path},
    )


def assert_compiled(folder: Path, output: str, *, source: Path) -> None:
    """Either every module is compiled for Lambda's Python, or the build has said loudly that none is."""
    found = list(folder.rglob("*.pyc"))
    if "SKIPPED" in output:
        assert not found
        return
    (compiled,) = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-313.pyc")
    # The fourth byte of the flags: 0b01 is a hash that is not checked against the source.
    assert compiled.read_bytes()[4:8] == b"\x01\x00\x00\x00"
    assert str(folder).encode() not in compiled.read_bytes()
