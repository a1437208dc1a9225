"""The SAM CLI, for tests that need it."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {
    **os.environ,
    "SAM_CLI_TELEMETRY": "0",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def sam() -> str:
    """Return the SAM CLI: the one named by SAM_CLI, else our own, else the one on the path."""
    named = os.environ.get("SAM_CLI")
    if named:
        return named
    own = ROOT / ".venv-sam" / "bin" / "sam"
    found = str(own) if own.exists() else shutil.which("sam")
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("CI must have the SAM CLI: make sam")
    pytest.skip("SKIPPED: what the SAM CLI says is not checked. Install it with: make sam")
