"""What HubSpot refuses is remembered for an hour, by the value's hash, as long as its property stays."""

import pytest
from fakes import Clock, FakeRefused

from relay.core.schema import Property, Schema
from relay.refused_values import FOR_MS, SHARED_AFTER_MS, RefusedValues

KIM, BO = "kim@example.org", "bo@example.org"
OWNER = "hubspot_owner_id"
SCHEMA = Schema({OWNER: Property(OWNER, "enumeration", "select")})
OTHER = Schema({OWNER: Property(OWNER, "enumeration", "select", options={"7": "7"})})
REFUSED = "refused_invalid_option"


class Sender:
    """One of the senders that share a store."""

    def __init__(self, store: FakeRefused, clock: Clock) -> None:
        self.values = RefusedValues(store, clock.now_ms)
        self.values.recall()

    def meets(self, text: str, reason: str = REFUSED, handle: str = KIM, name: str = OWNER) -> None:
        self.values.note({name: text}, {name: reason, "not_sent": reason}, handle, SCHEMA)
        self.values.keep()

    def why(self, text: str, handle: str = KIM, schema: Schema = SCHEMA, name: str = OWNER) -> str:
        return self.values.why({name: text, "other": text}, handle, schema).get(name, "")


@pytest.fixture
def store() -> FakeRefused:
    return FakeRefused()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender(store: FakeRefused, clock: Clock) -> Sender:
    return Sender(store, clock)


def test_a_value_is_known_for_an_hour_whoever_it_is_for(sender: Sender, clock: Clock) -> None:
    before = sender.values.is_any
    sender.meets("a")

    assert (before, sender.values.is_any) == (False, True)
    assert (sender.why("a"), sender.why("a", BO), sender.why("b")) == (REFUSED, REFUSED, "")
    clock.now += FOR_MS
    assert sender.why("a") == ""


def test_a_read_only_property_takes_no_value(sender: Sender) -> None:
    sender.meets("a", "refused_read_only_value")

    assert sender.why("b", BO) == "refused_read_only_value"


def test_without_a_code_it_holds_for_that_contact_alone(sender: Sender) -> None:
    sender.meets("a", "refused")

    assert (sender.why("a"), sender.why("a", BO)) == ("refused", "")


@pytest.mark.parametrize(
    "reason", ["refused_conflicting_unique_value", "refused_property_doesnt_exist", "stale"]
)
def test_what_may_be_right_for_another_record_or_time_is_not_remembered(sender: Sender, reason: str) -> None:
    sender.meets("a", reason)

    assert sender.why("a") == ""


def test_the_address_is_never_left_out(sender: Sender) -> None:
    sender.meets("a", "refused_invalid_email", name="email")

    assert sender.why("a", name="email") == ""


def test_it_is_forgotten_when_the_property_has_changed_or_is_gone(sender: Sender, store: FakeRefused) -> None:
    sender.meets("a")

    assert sender.why("a", schema=OTHER) == ""
    assert sender.why("a") == ""
    sender.values.keep()
    assert store.known == {}
    sender.meets("a")
    assert sender.why("a", schema=Schema({})) == ""
    assert sender.why("a") == ""


def test_senders_share_what_they_meet_and_look_once_a_minute(
    sender: Sender, store: FakeRefused, clock: Clock
) -> None:
    other = Sender(store, clock)
    sender.meets("a")
    other.values.recall()
    assert (other.why("a"), store.loads) == ("", 2)
    clock.now += SHARED_AFTER_MS
    other.meets("b", handle=BO)

    other.values.recall()

    assert (other.why("a"), other.why("b")) == ("", REFUSED)
    sender.values.recall()
    assert (sender.why("a"), sender.why("b")) == (REFUSED, REFUSED)


def test_nothing_is_stored_without_news(sender: Sender, store: FakeRefused) -> None:
    sender.values.keep()
    sender.meets("a")
    sender.values.keep()

    assert store.saves == 1


def test_only_so_many_are_kept_the_oldest_go_first(
    sender: Sender, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.refused_values.MOST", 2)
    for text in ("a", "b", "c"):
        clock.now += 1
        sender.meets(text)

    assert (sender.why("a"), sender.why("b"), sender.why("c")) == ("", REFUSED, REFUSED)
    clock.now += FOR_MS
    sender.meets("d")
    assert sender.why("d") == REFUSED
