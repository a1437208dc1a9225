"""A memory with a part under a former name: what is read of that part moves."""

from fakes import FakeProfiles

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


def test_where_nothing_lies_in_the_former_part_reading_writes_nothing() -> None:
    own, former = FakeProfiles({"bo": BO}), FakeProfiles()

    assert MovingStore(own, former).load(["bo"]) == {"bo": BO}
    assert (own.writes, former.writes) == (0, 0)


def test_what_is_erased_is_erased_in_both_parts() -> None:
    own, former = FakeProfiles({"kim": KIM}), FakeProfiles({"kim": KIM, "bo": BO})

    assert MovingStore(own, former).save({"kim": Profile(), "acme": ACME})
    assert own.profiles == {"kim": Profile(), "acme": ACME}
    assert former.profiles == {"kim": Profile(), "bo": BO}


def test_a_save_that_fails_says_so() -> None:
    read_only = FakeProfiles(is_read_only=True)

    assert not MovingStore(read_only, FakeProfiles()).save({"kim": KIM})
    assert not MovingStore(FakeProfiles(), read_only).save({"kim": Profile()})
    assert MovingStore(FakeProfiles(), read_only).save({"kim": KIM})
