"""The reference of the mapping is what the code says."""

import re
from pathlib import Path

from cli import placeholder_samples, reference, reference_text
from relay.core.placeholder_words import PRINTED
from relay.core.placeholders import is_placeholder

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


def test_every_sample_of_an_id_that_nobody_owns_is_one_and_of_the_kind_that_is_said() -> None:
    assert placeholder_samples.PRINTED_SAMPLES.keys() == PRINTED.keys()
    for kind, samples in placeholder_samples.SAMPLES.items():
        assert [each for each in samples if not is_placeholder(each)] == [], kind
    for kind, samples in placeholder_samples.PRINTED_SAMPLES.items():
        assert [each for each in samples if not PRINTED[kind].match(each)] == [], kind


def test_the_ids_of_which_the_document_says_that_they_are_somebodys_are() -> None:
    section = reference_text.IDS.partition("only contains such a word")[2].partition("The [settings]")[0]
    named = re.findall(r"`([^`]+)`", section)

    assert len(named) == 8
    assert [each for each in named if is_placeholder(each)] == []
