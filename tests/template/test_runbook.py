"""The runbook has a section for each alarm, and names what it costs to watch."""

import re
from pathlib import Path

import pytest
from cloudformation import PARAMETERS
from watching import COMPOSITES, FILTERED, METRIC_ALARMS, TOLD, watched

from relay.core.metrics import Metric

DOCS = Path(__file__).parents[2] / "docs"
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
BEGINNING = "## Alarms\n"
PARTS = ("It means", "Look at", "Do")
# In the runbook's capitals, and no parameter of the template.
OTHERS = {"SenderLogGroupName", "StateTransitionReason", "ConcurrentExecutions"}


def runbook() -> dict[str, str]:
    """Return the sections under "Alarms" by their headings."""
    _, _, text = OPERATIONS.partition(BEGINNING)
    sections = re.split(r"^### ", text.partition("\n## ")[0], flags=re.MULTILINE)[1:]
    return {heading: rest for heading, _, rest in (section.partition("\n") for section in sections)}


def test_every_alarm_has_a_section_in_the_runbook_and_every_section_an_alarm() -> None:
    assert sorted(runbook()) == sorted(TOLD)


@pytest.mark.parametrize("alarm", TOLD)
def test_a_section_tells_what_it_means_what_to_look_at_and_what_to_do(alarm: str) -> None:
    found = re.findall(r"^- \*\*(.+?)\*\*: (.+)", runbook()[alarm], re.MULTILINE)

    assert [name for name, _ in found] == list(PARTS)
    assert all(len(text) > 15 for _, text in found)


def test_the_runbook_names_only_what_there_is() -> None:
    _, _, text = OPERATIONS.partition(BEGINNING)
    named = set(re.findall(r"\b[A-Z]\w+Alarm\b", text))
    parameters = set(re.findall(r"`([A-Z]\w+)`", text))

    assert named <= {*TOLD, *METRIC_ALARMS}
    assert parameters - PARAMETERS.keys() == {
        "SenderLogGroupName",
        "StateTransitionReason",
        "ConcurrentExecutions",
    }


def test_the_price_of_watching_is_that_of_what_there_is() -> None:
    own = {metric.value for metric in Metric} | FILTERED
    lines = re.findall(r"^\| (.+?) \| (.+) \|$", OPERATIONS, re.MULTILINE)
    costs = dict(lines)

    assert costs[f"{len(METRIC_ALARMS)} alarms on {len(list(watched()))} metrics, $0.10 a metric"] == (
        f"nothing for an account's first ten, so {dollars(len(list(watched())), 0.10)}"
    )
    assert costs["QuietAlarm, which is made of two of these"] == f"${len(COMPOSITES) * 0.5:.2f}"
    assert costs[f"{len(own)} metrics of the stack's own, $0.30 each while they are written"] == (
        f"nothing for an account's first ten, so up to {dollars(len(own), 0.30)}"
    )
    assert f"at most {len(Metric)} metrics to pay for" in (DOCS / "metrics.md").read_text(encoding="utf-8")


def dollars(count: int, price: float) -> str:
    return f"${(count - 10) * price:.2f} to ${count * price:.2f}"
