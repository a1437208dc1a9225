"""What events wait for is written down at once, and a mark of `relay retry` is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relay.core.events import Event, parse
from relay.core.outcomes import Deferred, Delivered, Outcome
from relay.core.troubles import WRITTEN_AFTER_MS, Troubles
from relay.reports import Report
from relay.troubles import READ_AFTER_MS, Noted, TroubleBook, WatchedPortals

SCOPE = "missing_scope: crm.objects.contacts.write"
NO_SCOPE = Deferred(SCOPE, log_message="This app lacks scopes")


@dataclass
class FakeStore:
    """One destination's item."""

    troubles: Troubles = field(default_factory=dict)
    retry_at_ms: int = 0
    is_down: bool = False
    loads: int = 0
    saves: list[Troubles] = field(default_factory=list)

    def load(self, destination: str) -> Noted | None:
        assert destination == "emea"
        self.loads += 1
        return None if self.is_down else Noted(self.troubles, self.retry_at_ms)

    def save(self, destination: str, troubles: Troubles, now_ms: int) -> None:
        assert (destination, now_ms > 0) == ("emea", True)
        self.saves.append(troubles)
        if not self.is_down:
            self.troubles = troubles


@dataclass
class Wired:
    """A sender's process: its book outlives an invocation."""

    store: FakeStore = field(default_factory=FakeStore)
    now: int = 1_793_527_200_000
    log: list[str] = field(default_factory=list)
    ends: Mapping[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = TroubleBook(self.store, lambda: self.now)

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        self.log.append(f"deliver {len(events)} to {destination}, mark {self.book.retry_at_ms(destination)}")
        return [Report(self.ends[each.message_id]) for each in events]

    def look(self, **ends: Outcome) -> None:
        """Deliver events that end so."""
        self.ends = ends
        portals = WatchedPortals(self, self.book, lambda name: self.log.append(f"forget {name}"))
        reports = portals.deliver("emea", [event_of(name) for name in ends])
        assert [each.outcome for each in reports] == list(ends.values())


def event_of(name: str) -> Event:
    event = parse({"type": "identify", "messageId": name}, received_at_ms=1, fallback_id="f")
    assert isinstance(event, Event)
    return event


def test_the_first_event_that_waits_is_written_down_in_the_same_invocation() -> None:
    wired = Wired()

    wired.look(m1=Delivered("501"), m2=NO_SCOPE, m3=NO_SCOPE)

    (written,) = wired.store.saves
    assert (written[SCOPE].said, written[SCOPE].looks, written[SCOPE].message_id) == (
        "This app lacks scopes",
        2,
        "m2",
    )


def test_what_goes_on_is_written_each_minute_and_its_looks_count_meanwhile() -> None:
    wired = Wired()

    for _ in range(6):
        wired.look(m2=NO_SCOPE)
        wired.now += WRITTEN_AFTER_MS // 5

    assert [each[SCOPE].looks for each in wired.store.saves] == [1, 6]
    assert wired.store.troubles[SCOPE].since_ms == 1_793_527_200_000


def test_the_end_is_written_once_and_ordinary_deliveries_write_nothing() -> None:
    wired = Wired()

    wired.look(m1=NO_SCOPE)
    wired.look(m1=Delivered("501"))
    wired.look(m3=Delivered("502"), m4=Deferred("window_full"))

    assert wired.store.saves[1:] == [{}]


def test_another_sender_ends_what_it_has_not_begun() -> None:
    store = FakeStore()
    Wired(store).look(m1=NO_SCOPE)

    Wired(store).look(m1=Delivered("501"))

    assert store.troubles == {}


def test_what_another_sender_has_ended_does_not_come_back() -> None:
    wired = Wired()
    wired.look(m1=NO_SCOPE)
    wired.store.troubles = {}

    wired.look(m2=Delivered("501"))

    assert wired.store.troubles == {}


def test_without_troubles_the_item_is_read_now_and_then_and_with_one_each_time() -> None:
    wired = Wired()

    wired.look(m1=Delivered("501"))
    wired.now += READ_AFTER_MS - 1
    wired.look(m2=Delivered("501"))
    assert wired.store.loads == 1
    wired.now += 1
    wired.look(m3=NO_SCOPE)
    wired.look(m3=NO_SCOPE)

    assert wired.store.loads == 3


def test_a_mark_is_heeded_once_before_the_delivery() -> None:
    wired = Wired()
    wired.look(m1=NO_SCOPE)
    wired.store.retry_at_ms = 7_000

    wired.look(m1=NO_SCOPE)
    wired.look(m1=NO_SCOPE)

    assert wired.log == [
        "deliver 1 to emea, mark 0",
        "forget emea",
        "deliver 1 to emea, mark 7000",
        "deliver 1 to emea, mark 7000",
    ]


def test_without_the_table_everything_is_delivered_all_the_same() -> None:
    wired = Wired(FakeStore(is_down=True))

    wired.look(m1=Delivered("501"), m2=NO_SCOPE)

    assert wired.log == ["deliver 2 to emea, mark 0"]
    wired.store.is_down = False
    wired.look(m2=NO_SCOPE)
    assert wired.store.troubles.keys() == {SCOPE}


def test_of_a_destination_that_was_never_looked_at_there_is_no_mark() -> None:
    assert Wired().book.retry_at_ms("emea") == 0


def test_what_is_noted_is_read_anew_when_somebody_asks_how_it_stands() -> None:
    wired = Wired()
    wired.look(m1=NO_SCOPE)
    wired.store.retry_at_ms = 7

    noted = wired.book.standing("emea")

    assert noted
    assert (list(noted.troubles), noted.retry_at_ms) == ([SCOPE], 7)
    assert wired.book.retry_at_ms("emea") == 7


def test_a_mark_that_was_seen_in_passing_still_has_all_asked_anew_at_the_next_look() -> None:
    wired = Wired()
    wired.look(m1=Delivered("501"))
    wired.store.retry_at_ms = 7
    wired.book.standing("emea")

    wired.look(m1=Delivered("501"))
    wired.look(m1=Delivered("501"))

    assert wired.log.count("forget emea") == 1


def test_where_it_cannot_be_read_nobody_knows_how_it_stands() -> None:
    wired = Wired(FakeStore(is_down=True, retry_at_ms=7))

    assert wired.book.standing("emea") is None
    assert wired.book.retry_at_ms("emea") == 0


def test_the_example_of_a_trouble_is_the_event_that_waited_for_it_first() -> None:
    wired = Wired()
    wired.look(m1=NO_SCOPE, m2=NO_SCOPE)
    wired.look(m2=NO_SCOPE)

    found = {name: wired.book.is_example("emea", SCOPE, name) for name in ("m1", "m2")}

    assert found == {"m1": True, "m2": False}
    assert not wired.book.is_example("emea", "forbidden", "m1")
    assert not wired.book.is_example("apac", SCOPE, "m1")
