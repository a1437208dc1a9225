"""The reference of the mapping is what the code says."""

import re
from pathlib import Path

from cli import reference

FUNCTIONS = Path(reference.__file__).parents[1] / "functions"
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FUNCTIONS.rglob("*.py")))


def test_the_document_is_as_the_code_makes_it() -> None:
    assert reference.DOCUMENT.read_text(encoding="utf-8") == reference.document(), "run make docs"


def test_every_reason_is_one_that_the_code_gives() -> None:
    for word in (*reference.SKIPPED, *reference.DROPPED):
        assert f'"{word}"' in SOURCE, word


def test_every_reason_that_stands_literally_in_the_code_is_explained() -> None:
    skipped = set(re.findall(r'Skipped\(\s*"(\w+)"', SOURCE))
    unfit = set(re.findall(r'Unfit\("(\w+)"', SOURCE))

    assert skipped
    assert unfit
    assert skipped - reference.SKIPPED.keys() == set()
    assert unfit - reference.DROPPED.keys() == set()
