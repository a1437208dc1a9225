"""What the doctor says of the families of HubSpot's API and their versions."""

from collections.abc import Mapping

import pytest

from cli.doctor.facts import HubSpot
from cli.doctor.findings import Finding, State
from cli.doctor.paths import path_findings
from relay.core.answers import Answer, NoReply, Reply
from relay.core.versions import Family
from relay.settings import Destination

THERE, NOWHERE = Reply(200, {"results": []}), Reply(404, {"message": "resource not found"})


def found(paths: Mapping[Family, Answer], events_path: str = "", account: Answer = THERE) -> Finding:
    settings = Destination(hub_id=1, api_versions={"associations": "2027-03"})
    (finding,) = path_findings(HubSpot(account=account, paths=paths, events_path=events_path), settings)
    return finding


@pytest.mark.parametrize(
    "answer", [THERE, Reply(403, {"category": "MISSING_SCOPES"}), Reply(400), Reply(204)]
)
def test_a_family_that_answers_is_there_whatever_it_says(answer: Answer) -> None:
    finding = found({"contacts": THERE, "associations": answer})

    assert (finding.state, finding.text) == (
        State.OK,
        "HubSpot has all 3 families of calls that were tried.",
    )


@pytest.mark.parametrize("answer", [NOWHERE, NoReply("unknown_path: associations")])
def test_a_family_that_hubspot_does_not_have_is_named_with_its_version(answer: Answer) -> None:
    finding = found({"contacts": THERE, "associations": answer})

    assert (finding.state, finding.names) == (State.ERROR, ("associations",))
    assert "HubSpot has no such paths: associations (2027-03)." in finding.text
    assert finding.remedy.endswith('such as {"associations": "2026-03"}.')


def test_an_account_call_that_is_not_there_is_named_too() -> None:
    assert found({}, account=NOWHERE).names == ("account_info",)


def test_events_on_their_other_path_are_well_and_it_is_said() -> None:
    finding = found({"events": THERE}, "/events/custom/2026-09")

    assert finding.state is State.OK
    assert "Events go to /events/custom/2026-09, since HubSpot has no /events/2026-09." in finding.text


def test_without_any_answer_nothing_is_known() -> None:
    finding = found({"contacts": NoReply("no_answer: ConnectError")}, account=NoReply("no_answer: X"))

    assert finding.state is State.NOT_CHECKED
