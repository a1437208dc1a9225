"""The limits of the families of calls: each has its own count, and all but one share that of the day."""

import pytest

from cli.standin.limiter import Family, Limiter


def test_each_family_of_calls_has_its_own_count() -> None:
    limiter = Limiter(limit=1, search=1, associations=1, events=1)

    first = [limiter.admit(0, family)[1] for family in Family]
    second = {family: (limiter.admit(0, family)[1] or {}).get("policyName") for family in Family}

    assert first == [None] * 5
    assert second == {
        Family.CALLS: "TEN_SECONDLY_ROLLING",
        Family.SEARCH: "SECONDLY",
        Family.ASSOCIATIONS: "TEN_SECONDLY_ROLLING",
        Family.EVENTS: "SECONDLY",
        Family.FREE: None,
    }


@pytest.mark.parametrize(
    ("family", "policy"),
    [
        (Family.CALLS, "DAILY"),
        (Family.SEARCH, "DAILY"),
        (Family.ASSOCIATIONS, "DAILY"),
        (Family.EVENTS, None),
    ],
)
def test_only_custom_events_are_outside_the_limit_of_the_day(family: Family, policy: str | None) -> None:
    _, refusal = Limiter(daily=0).admit(0, family)

    assert (refusal or {}).get("policyName") == policy
