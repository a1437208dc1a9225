"""What the doctor says of properties and events that were not made."""

from cli.doctor.facts import Recent, Seen
from cli.doctor.findings import State, Unread
from cli.doctor.making import making_findings

SEEN = Seen(frozenset({"m-1"}), 1)


def test_nothing_is_said_where_all_was_made() -> None:
    assert list(making_findings(Recent(0), ())) == []


def test_each_reason_is_told_once_with_examples_and_what_to_do() -> None:
    names = [f"user_{n}" for n in range(10_000, 10_020)]
    recent = Recent(
        0,
        not_made={
            **{("looks_like_data", name): SEEN for name in names},
            ("max_new_names_a_day", "hat"): SEEN,
            ("max_new_names_a_day", "event"): SEEN,
        },
    )

    data, limit = making_findings(recent, ["Ride", "Walk"])

    assert (data.check, data.state, list(data.names)) == ("not made", State.WARNING, names)
    assert "properties for user_10000" in data.text
    assert "and 12 more" in data.text
    assert "`event_names`" in data.remedy
    assert limit.text == (
        "The limit max_new_names_a_day is reached; not made: properties for hat, and for 1 track no event "
        "(rejected for want of one: Ride, Walk)."
    )
    assert "raise max_new_names_a_day" in limit.remedy
    assert limit.names == ("hat",)


def test_events_are_counted_where_nobody_tells_their_names() -> None:
    recent = Recent(0, not_made={("looks_like_data", "event"): Seen(frozenset({"m-1", "m-2"}), 1)})

    (found,) = making_findings(recent, Unread("no permission"))

    assert found.text == "Names that look like data were not made: for 2 tracks no event."
