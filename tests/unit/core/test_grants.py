"""What a public write key may do, on its way over the queue."""

import json

import pytest

from relay.core.envelopes import Envelope, Unreadable, pack, rejected, unpack
from relay.core.events import Event, parse
from relay.core.grants import Grant, from_plain, to_plain
from relay.core.outcomes import Rejected

GRANT = Grant("k-1", may_change_email=True, creates_contacts=False, traits=frozenset({"plan", "city"}))
EVENT = {"type": "identify", "messageId": "m-1"}


@pytest.mark.parametrize("grant", [GRANT, Grant("k-2"), Grant("k-3", traits=frozenset())])
def test_a_grant_is_read_back_as_it_was_written(grant: Grant) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(grant)))) == grant


@pytest.mark.parametrize("events", [1, 3])
def test_a_grant_stays_with_its_events(events: int) -> None:
    (body,) = pack(Envelope("default", 1_000, (EVENT,) * events, grant=GRANT))

    envelope = unpack(body)

    assert isinstance(envelope, Envelope)
    assert envelope.grant == GRANT
    assert rejected(envelope, {0: Rejected("refused")}, 2_000).grant == GRANT


@pytest.mark.parametrize(
    "entry", [None, "k-1", {}, {"key": "k"}, {"key": 7, "may_change_email": True, "creates_contacts": True}]
)
def test_a_grant_that_cannot_be_read_is_not_taken_for_trust(entry: object) -> None:
    (body,) = pack(Envelope("default", 1_000, (EVENT,), grant=GRANT))

    assert isinstance(unpack(json.dumps({**json.loads(body), "grant": entry})), Unreadable)


def test_traits_that_are_no_list_are_no_grant() -> None:
    with pytest.raises(TypeError):
        from_plain({**to_plain(GRANT), "traits": "plan"})


def test_an_event_cannot_grant_itself_anything() -> None:
    raw = {**EVENT, "grant": to_plain(GRANT)}

    plain = parse(raw, received_at_ms=1, fallback_id="-")
    public = parse(raw, received_at_ms=1, fallback_id="-", grant=Grant("k-2"))

    assert isinstance(plain, Event)
    assert isinstance(public, Event)
    assert (plain.grant, public.grant) == (None, Grant("k-2"))
