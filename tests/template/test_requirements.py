"""Third-party packages are locked."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "dependencies" / "requirements.txt"
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), LAYER]


def pins(lock: Path) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ \\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: f"{lock.parent.name}-{lock.stem}")
def test_every_package_is_pinned_with_hashes_and_no_place_of_download_is_named(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert pins(lock)
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE):
        assert "--hash=sha256:" in block or not block.strip() or block.startswith("    #")
    assert "://" not in text
    assert "index" not in text


def test_what_is_tested_is_what_is_deployed() -> None:
    tested = pins(ROOT / "requirements" / "dev.txt")

    assert {name: version for name, version in pins(LAYER).items() if tested.get(name) != version} == {}


def test_what_is_run_is_what_is_tested() -> None:
    tested = pins(ROOT / "requirements" / "dev.txt")

    assert pins(ROOT / "requirements" / "run.txt").items() <= tested.items()


@pytest.mark.parametrize("name", ["tzdata", "boto3", "httpx", "pydantic", "aws-lambda-powertools"])
def test_the_layer_holds_what_the_functions_import(name: str) -> None:
    assert name in pins(LAYER)
