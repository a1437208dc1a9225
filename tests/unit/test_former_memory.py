"""A memory with a part under a former name: what is read of that part moves."""

import pytest
from fakes import FakeProfiles

from relay import former_memory
from relay.core.profiles import Profile
from relay.former_memory import MovingStore

KIM, BO, ACME = (
    Profile("501", email="kim@example.org"),
    Profile("502", email="bo@example.org"),
    Profile("9001"),
)


def test_what_is_read_of_the_former_part_moves_and_the_rest_stays() -> None:
    own, former = FakeProfiles({"bo": BO}), FakeProfiles({"kim": KIM, "acme": ACME})

    assert MovingStore(own, former).load(["kim", "bo", "nobody"]) == {"kim": KIM, "bo": BO}
    assert own.profiles == {"kim": KIM, "bo": BO}
    assert former.profiles == {"kim": Profile(), "acme": ACME}


def test_what_lies_in_both_becomes_one() -> None:
    own, former = FakeProfiles({"kim": Profile(deleted_at_ms=9)}), FakeProfiles({"kim": KIM})

    assert MovingStore(own, former).load(["kim"]) == {"kim": Profile(deleted_at_ms=9)}
    assert former.profiles == {"kim": Profile()}


def test_without_either_part_nothing_is_known() -> None:
    assert MovingStore(FakeProfiles(is_down=True), FakeProfiles()).load(["kim"]) is None
    assert MovingStore(FakeProfiles(), FakeProfiles(is_down=True)).load(["kim"]) is None


def test_what_cannot_be_moved_is_not_believed_and_not_lost() -> None:
    unwritable = FakeProfiles(is_read_only=True)
    former = FakeProfiles({"kim": KIM})
    assert MovingStore(unwritable, former).load(["kim"]) is None
    assert former.profiles == {"kim": KIM}

    own, undeletable = FakeProfiles(), FakeProfiles({"kim": KIM}, is_read_only=True)
    assert MovingStore(own, undeletable).load(["kim"]) is None
    assert undeletable.profiles == {"kim": KIM}


def test_where_nothing_lies_in_the_former_part_reading_writes_nothing_and_is_done_once() -> None:
    own, former = FakeProfiles({"bo": BO}), FakeProfiles()
    store = MovingStore(own, former)

    assert store.load(["bo"]) == {"bo": BO}
    assert (own.writes, former.writes) == (0, 0)
    former.profiles["bo"] = KIM
    assert store.load(["bo"]) == {"bo": BO}


def test_what_was_read_is_written_in_one_place() -> None:
    own, former = FakeProfiles(), FakeProfiles({"kim": KIM})
    store = MovingStore(own, former)
    store.load(["kim", "bo"])
    erased = former.writes

    assert store.save({"kim": BO, "bo": Profile()})
    assert own.profiles == {"kim": BO, "bo": Profile()}
    assert former.writes == erased == 1


def test_what_is_written_without_having_been_read_leaves_nothing_older_behind() -> None:
    own, former = FakeProfiles(), FakeProfiles({"kim": KIM, "bo": BO})
    store = MovingStore(own, former)

    assert store.save({"kim": Profile(deleted_at_ms=9)})
    assert own.profiles == {"kim": Profile(deleted_at_ms=9)}
    assert former.profiles == {"kim": Profile(), "bo": BO}
    assert store.save({"kim": ACME})
    assert former.writes == 1


def test_a_save_that_fails_says_so_and_is_done_again() -> None:
    read_only = FakeProfiles(is_read_only=True)

    assert not MovingStore(read_only, FakeProfiles()).save({"kim": KIM})
    store = MovingStore(FakeProfiles(), read_only)
    assert not store.save({"kim": KIM})
    read_only.is_read_only = False
    assert store.save({"kim": KIM})
    assert read_only.profiles == {"kim": Profile()}


def test_what_has_moved_is_known_of_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(former_memory, "MOST_MOVED", 2)
    store = MovingStore(FakeProfiles(), FakeProfiles())

    for key in ("kim", "bo", "acme"):
        store.load([key])

    assert store.moved == {"acme"}


def test_what_others_write_there_later_is_found_after_another_look() -> None:
    own, former = FakeProfiles({"kim": KIM}), FakeProfiles()
    store = MovingStore(own, former)
    store.load(["kim"])
    former.profiles["kim"] = Profile(deleted_at_ms=9)

    store.look_again()

    assert store.load(["kim"]) == {"kim": Profile(deleted_at_ms=9)}
