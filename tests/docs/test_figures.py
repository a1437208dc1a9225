"""Lists and sums that pages hold agree with the template and with themselves."""

import re
from collections.abc import Iterator

import pytest
from docs.pages import ROOT
from docs.parameters import TEMPLATE

from cli.bench.prices import HTTP_API_REQUEST, SQS_REQUEST
from cli.chaos.faults import FAULTS


def rows(page: str, head: str) -> Iterator[list[str]]:
    """Yield the cells of the rows of the one table whose first line begins with `head`."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (table,) = re.findall(rf"^\| {re.escape(head)}.*\n\|[-| :]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    for line in table.splitlines():
        yield [cell.strip(" `*") for cell in line.split("|")[1:-1]]


def test_what_is_said_to_be_kept_is_what_the_template_keeps() -> None:
    kept = {name for name, each in TEMPLATE["Resources"].items() if each.get("DeletionPolicy") == "Retain"}

    assert {name for name, *_ in rows("deploy.md", "kept |")} == kept
    assert {output for *_, output in rows("deploy.md", "kept |")} <= TEMPLATE["Outputs"].keys()


def test_the_parts_of_the_cost_add_up() -> None:
    *parts, together = rows("cost.md", "| 1 a request, new")
    columns = zip(*(map(float, cells) for _, *cells in parts), strict=True)

    assert [sum(column) for column in columns] == pytest.approx(list(map(float, together[1:])), abs=0.02)


def test_the_cost_is_at_the_prices_of_the_bench() -> None:
    dollars = {name: list(map(float, cells)) for name, *cells in rows("cost.md", "| 1 a request, new")}
    a_million = [1_000_000, 1_000_000, 20_000, 20_000]

    assert dollars["API Gateway"] == pytest.approx([each * HTTP_API_REQUEST for each in a_million])
    # A send, a tenth of a receive and a tenth of a delete for each.
    assert dollars["SQS"] == pytest.approx([each * 1.2 * SQS_REQUEST for each in a_million], abs=0.005)


@pytest.mark.parametrize(
    ("page", "words"), [("README.md", r"injects (\d+) faults"), ("docs/chaos.md", r"^(\d+) in all,")]
)
def test_as_many_faults_are_promised_as_there_are(page: str, words: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    assert re.findall(words, text, re.MULTILINE) == [str(len(FAULTS))]
