"""Finding out whose an access token is, with fakes for HubSpot and DynamoDB."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from builders import refusal
from fakes import Clock

from relay.accounts import Accounts
from relay.core.accounts import KNOWN_FOR_MS, Account, KnownAccount, Usage, bucket_key, token_hash
from relay.core.answers import Answer, NoReply, Reply
from relay.core.outcomes import Deferred
from relay.settings import Destination
from relay.targets import Target

SEVEN = Account(7, "STANDARD", "eu1", "Europe/Berlin")
DETAILS = Reply(
    200,
    {"portalId": 7, "accountType": "STANDARD", "dataHostingLocation": "eu1", "timeZone": "Europe/Berlin"},
)
OLD_BUCKET = "bucket#7#default"


def target(access: str = "pat-1", destination: str = "default", hub_id: int = 7) -> Target:
    return Target(destination, Destination(hub_id=hub_id), access)


@dataclass
class World:
    """HubSpot, what is stored, and a process; `log` has what was done with HubSpot."""

    answers: list[Answer] = field(default_factory=lambda: [DETAILS])
    accounts: dict[str, KnownAccount] = field(default_factory=dict)
    usages: dict[str, Usage] = field(default_factory=dict)
    is_read_only: bool = False
    clock: Clock = field(default_factory=Clock)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.process = Accounts(lambda _: self, _Stored(self), _Used(self), self.clock.now_ms)

    def of(self, target: Target) -> Account | Deferred:
        return self.process.of(target, 60_000)

    def new_log(self) -> Sequence[str]:
        log, self.log = self.log, []
        return log

    def details(self, deadline_ms: int) -> Answer:
        return self._answer("details", deadline_ms)

    def token_info(self, deadline_ms: int) -> Answer:
        return self._answer("token_info", deadline_ms)

    def follow(self, key: str) -> None:
        self.log.append(f"follow {key}")

    def close(self) -> None:
        self.log.append("close")

    def _answer(self, what: str, deadline_ms: int) -> Answer:
        assert deadline_ms == 60_000
        self.log.append(what)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class _Stored:
    world: World

    def load(self, token_hash: str) -> KnownAccount | None:
        return self.world.accounts.get(token_hash)

    def save(self, token_hash: str, known: KnownAccount) -> None:
        self.world.accounts[token_hash] = known


@dataclass
class _Used:
    world: World

    def load(self, destination: str) -> Usage | None:
        return self.world.usages.get(destination)

    def save(self, destination: str, usage: Usage) -> bool:
        if not self.world.is_read_only:
            self.world.usages[destination] = usage
        return not self.world.is_read_only


def test_the_first_use_of_a_token_asks_whose_it_is_when_the_calls_of_the_old_release_are_past() -> None:
    world = World()

    assert world.of(target()) == SEVEN
    assert world.log == [f"follow {OLD_BUCKET}", "details", "close"]
    assert world.accounts == {token_hash("pat-1"): KnownAccount(SEVEN, world.clock.now)}
    assert world.usages == {"default": Usage(token_hash("pat-1"), SEVEN)}


def test_what_is_known_costs_nothing_in_this_process_or_another() -> None:
    world = World()
    world.of(target())
    world.new_log()

    assert world.of(target()) == SEVEN
    world.restart()
    assert world.of(target()) == SEVEN
    assert world.log == []


def test_an_account_is_asked_about_again_after_a_while() -> None:
    world = World()
    world.of(target())
    world.new_log()
    world.clock.now += KNOWN_FOR_MS

    world.of(target())

    assert world.log == ["details", "close"]
    assert world.accounts[token_hash("pat-1")].read_at_ms == world.clock.now


def test_another_token_is_asked_about_when_the_calls_with_the_one_before_are_past() -> None:
    world = World()
    world.of(target())
    world.new_log()

    assert world.of(target("pat-2")) == SEVEN
    assert world.log == [f"follow {bucket_key(token_hash('pat-1'))}", "details", "close"]
    assert world.usages["default"].token_hash == token_hash("pat-2")


def test_a_known_token_of_the_account_waits_for_the_calls_with_the_one_before_it_too() -> None:
    world = World()
    world.of(target())
    world.of(target("pat-2"))
    world.new_log()

    assert world.of(target()) == SEVEN
    assert world.log == [f"follow {bucket_key(token_hash('pat-2'))}", "close"]


def test_a_known_token_of_another_account_need_not_wait() -> None:
    world = World(answers=[DETAILS, Reply(200, {"portalId": 8})])
    world.of(target())
    world.of(target("pat-8", hub_id=8))
    world.new_log()

    assert world.of(target()) == SEVEN
    assert world.log == []


def test_a_token_that_another_destination_uses_is_not_asked_about_again() -> None:
    world = World()
    world.of(target())
    world.new_log()

    assert world.of(target(destination="emea")) == SEVEN
    assert world.log == [f"follow {OLD_BUCKET}", "close"]


def test_another_account_than_the_settings_say_is_wrong_and_is_noted() -> None:
    world = World()

    found = world.of(target(hub_id=42))

    assert found == Deferred("wrong_account: the access token is of portal 7, hub_id says 42")
    assert world.usages["default"].account == SEVEN


@pytest.mark.parametrize("details", [refusal(403), refusal(404), Reply(200, None), Reply(200, {"x": 1})])
def test_where_details_do_not_tell_the_token_itself_is_asked_about(details: Answer) -> None:
    world = World(answers=[details, Reply(200, {"hubId": 7})])

    assert world.of(target()) == Account(7)
    assert world.log[1:] == ["details", "token_info", "close"]


@pytest.mark.parametrize(
    ("answers", "reason", "calls"),
    [
        ([Reply(401)], "access_token_refused", 1),
        ([Reply(503)], "status_503", 1),
        ([NoReply("no_answer: ReadTimeout")], "no_answer: ReadTimeout", 1),
        ([refusal(403), Reply(401)], "access_token_refused", 2),
        ([refusal(403), Reply(500)], "status_500", 2),
        ([refusal(403), NoReply("day_spent", 9)], "day_spent", 2),
        ([refusal(403), refusal(404)], "account_unknown: HubSpot does not tell whose the access token is", 2),
    ],
)
def test_what_hubspot_does_not_tell_is_not_remembered_and_events_wait(
    answers: list[Answer], reason: str, calls: int
) -> None:
    world = World(answers=answers)

    found = world.of(target())

    assert isinstance(found, Deferred)
    assert found.reason.partition(" (")[0] == reason
    assert world.new_log()[1:-1] == ["details", "token_info"][:calls]
    assert (world.accounts, world.usages) == ({}, {})
    world.answers = [DETAILS]
    assert world.of(target()) == SEVEN


@pytest.mark.parametrize("answer", [Reply(503), refusal(404), NoReply("no_answer: ReadTimeout")])
def test_what_hubspot_told_once_goes_on_to_count_while_it_tells_nothing(answer: Answer) -> None:
    world = World()
    world.of(target())
    world.restart()
    world.clock.now += KNOWN_FOR_MS
    world.answers = [answer]

    assert world.of(target()) == SEVEN
    world.new_log()
    world.answers = [DETAILS]
    world.of(target())
    assert world.log == ["details", "close"]


def test_a_use_that_could_not_be_noted_is_noted_later() -> None:
    world = World(is_read_only=True)
    world.of(target())
    world.is_read_only = False

    world.of(target())

    assert world.usages == {"default": Usage(token_hash("pat-1"), SEVEN)}


def test_a_target_does_not_show_its_token() -> None:
    assert "pat-1" not in repr(target())
