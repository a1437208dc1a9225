"""What `relay connect` would write, and what it refuses."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from cli.connect.options import Sources
from cli.connect.plan import Wishes, Write, writes_for
from cli.connect.refusal import RefusedError
from cli.connect.segment import steps, webhook_url
from cli.connect.settings import changes_from
from cli.connect.write_keys import KeyOptions
from cli.doctor.facts import Parameters
from relay.core.write_keys import fingerprint

OLD, OTHER = "o" * 32, "p" * 32
URL = "https://api.example.org/webhook/shop"


def plan(
    wishes: Wishes,
    stored: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    destination: str = "shop",
) -> list[Write]:
    found = Parameters(destination, f"/relay/{destination}", stored or {}, types or {})
    return writes_for(found, wishes, lambda count: "ab" * count)


def written(wishes: Wishes, stored: Mapping[str, str] | None = None) -> dict[str, str]:
    return {write.name: write.value for write in plan(wishes, stored)}


def test_everything_is_written_in_an_order_that_lets_nobody_in_too_early() -> None:
    wishes = Wishes({"hub_id": 7}, "pat-1", made=("signing-secret", "header-secret"), write_key=True)

    writes = plan(wishes)

    assert [write.path for write in writes] == [
        "/relay/shop/settings",
        "/relay/shop/access-token",
        "/relay/shop/signing-secret",
        "/relay/shop/header-secret",
        "/relay/write-keys",
    ]
    assert [write.is_encrypted for write in writes] == [False, True, True, True, True]
    assert [len(write.news) for write in writes] == [0, 0, 64, 64, 32]
    assert not any(write.value in repr(write) for write in writes)
    assert "pat-1" not in repr(wishes)


@pytest.mark.parametrize(
    ("stored", "changes", "expected"),
    [
        ("", {"hub_id": 7}, {"hub_id": 7}),
        (
            '{"hub_id": 7, "plan": "free", "app": "x"}',
            {"plan": "starter", "app": None},
            {"hub_id": 7, "plan": "starter"},
        ),
        # As the template writes it.
        (
            '{"hub_id": 7, "more": {"deletes": "gdpr"}}',
            {"deletes": "archive"},
            {"hub_id": 7, "deletes": "archive"},
        ),
    ],
)
def test_settings_are_merged_into_those_that_are_stored(
    stored: str, changes: Mapping[str, object], expected: Mapping[str, object]
) -> None:
    values = written(Wishes(changes), {"settings": stored} if stored else {})

    assert json.loads(values["settings"]) == expected


@pytest.mark.parametrize(
    ("stored", "changes", "words"),
    [
        ('{"hub_id": 7}', {"plann": "free"}, "did you mean plan?"),
        ('{"hub_id": 7}', {"hub_id": None}, "hub_id"),
        ("[]", {"plan": "free"}, "no JSON object"),
        ("{", {"plan": "free"}, "no JSON"),
        ('{"hub_id": 7}', {"traits": {f"trait {n}": f"property_{n}" for n in range(200)}}, "SSM holds 4096"),
    ],
)
def test_settings_that_the_sender_would_refuse_are_not_written(
    stored: str, changes: Mapping[str, object], words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        plan(Wishes(changes, access_token="pat-1"), {"settings": stored})


def test_settings_stay_encrypted_where_they_are() -> None:
    (write,) = plan(Wishes({"plan": "free"}), {"settings": '{"hub_id": 7}'}, {"settings": "SecureString"})

    assert write.is_encrypted


def test_settings_of_default_are_left_to_the_template() -> None:
    stored = {"settings": '{"hub_id": 7, "plan": "free", "more": {"deletes": "gdpr"}}'}

    with pytest.raises(RefusedError) as refused:
        plan(Wishes({"plan": "starter", "consent": ["Ads"]}), stored, destination="default")

    more = """MORE='{"deletes":"gdpr","consent":["Ads"]}'"""
    command = """sam deploy --parameter-overrides HubId=7 Plan=starter "MoreSettings='$MORE'\""""
    assert str(refused.value).endswith(f"{more}; {command}")


def test_the_token_of_default_can_be_stored() -> None:
    (write,) = plan(Wishes(access_token="pat-1"), destination="default")

    assert (write.path, write.news) == ("/relay/default/access-token", "")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("pat 1", "blanks or line ends inside"),
        ("pat-1\npat-2", "blanks or line ends inside"),
        ("pat-ä", "no HTTP header can carry"),
        ("pat\x00", "no HTTP header can carry"),
    ],
)
def test_a_token_that_no_header_can_carry_is_refused_in_words(token: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as refused:
        plan(Wishes(access_token=token))
    assert token not in str(refused.value)


@pytest.mark.parametrize("pasted", ["pat-1\n", " pat-1\r\n", "\ufeffpat-1"])
def test_what_was_pasted_around_a_token_is_taken_off(monkeypatch: pytest.MonkeyPatch, pasted: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(pasted))
    monkeypatch.setenv("TOKEN", pasted)

    assert Sources(token_stdin=True).access_token() == "pat-1"
    assert Sources(token_env="TOKEN").access_token() == "pat-1"


@pytest.mark.parametrize(
    ("wishes", "stored", "expected"),
    [
        (Wishes(made=("header-secret",)), {}, {"header-secret": "ab" * 32}),
        (Wishes(given={"header-secret": OTHER}), {}, {"header-secret": OTHER}),
        (
            Wishes(made=("header-secret",), rotate=True),
            {"header-secret": OLD, "signing-secret": OLD},
            {"header-secret": f"{OLD}\n{'ab' * 32}"},
        ),
        (
            Wishes(given={"header-secret": OTHER}, rotate=True),
            {"header-secret": OLD},
            {"header-secret": f"{OLD}\n{OTHER}"},
        ),
        (
            Wishes(rotate=True),
            {"header-secret": OLD, "signing-secret": OTHER},
            {"header-secret": f"{OLD}\n{'ab' * 32}", "signing-secret": f"{OTHER}\n{'ab' * 32}"},
        ),
        (Wishes(rotate=True), {"signing-secret": OLD}, {"signing-secret": f"{OLD}\n{'ab' * 32}"}),
        (
            Wishes(finish=True),
            {"header-secret": f"{OLD}\n{OTHER}\n", "signing-secret": OLD},
            {"header-secret": OTHER},
        ),
    ],
)
def test_secrets_are_made_rotated_and_finished(
    wishes: Wishes, stored: Mapping[str, str], expected: Mapping[str, str]
) -> None:
    assert written(wishes, stored) == expected


@pytest.mark.parametrize(
    ("wishes", "stored", "words"),
    [
        (Wishes(made=("header-secret",)), {"header-secret": OLD}, "With --rotate"),
        (Wishes(rotate=True), {"header-secret": f"{OLD}\n{OTHER}"}, "--finish-rotation first"),
        (Wishes(rotate=True), {}, "no secret to rotate"),
        (Wishes(finish=True), {"header-secret": OLD}, "No rotation is under way"),
        (Wishes(finish=True, rotate=True), {"header-secret": f"{OLD}\n{OTHER}"}, "goes without new"),
        (Wishes(given={"header-secret": OLD}, rotate=True), {"header-secret": OLD}, "stored already"),
        (Wishes(given={"header-secret": "short"}), {}, "at least 16"),
        (Wishes(given={"header-secret": "with a blank in it, yes"}), {}, "without blanks"),
        (Wishes(key=KeyOptions(("https://www.example.org",))), {}, "add --write-key"),
        (Wishes(key=KeyOptions(create_contacts=False)), {}, "add --write-key"),
        (Wishes(write_key=True, key=KeyOptions(("www.example.org/shop",))), {}, "An origin is like"),
        (Wishes(write_key=True, key=KeyOptions(traits=("plan",))), {}, "traits: only for a public key"),
        (Wishes(write_key=True, key=KeyOptions(types=("delete",))), {}, "types: not a list of identify"),
        (Wishes(write_key=True), {"write-keys": "[]"}, "cannot be changed"),
    ],
)
def test_what_would_lock_somebody_out_is_refused(
    wishes: Wishes, stored: Mapping[str, str], words: str
) -> None:
    with pytest.raises(RefusedError, match=words) as refused:
        plan(wishes, stored)

    assert OLD not in str(refused.value)


def test_what_is_stored_in_clear_is_not_written_over() -> None:
    with pytest.raises(RefusedError, match="aws ssm delete-parameter --name /relay/shop/header-secret"):
        plan(Wishes(rotate=True), {"header-secret": OLD}, {"header-secret": "String"})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (KeyOptions(), {}),
        (
            KeyOptions(("https://www.example.org", "*")),
            {"origins": ["https://www.example.org", "*"]},
        ),
        (
            KeyOptions(public=True, types=("track",), events_a_second=0, may_change_email=True),
            {"public": True, "types": ["track"], "events_a_second": 0, "may_change_email": True},
        ),
        (
            KeyOptions(public=True, create_contacts=False, traits=("plan", "address.city")),
            {"public": True, "create_contacts": False, "traits": ["plan", "address.city"]},
        ),
    ],
)
def test_a_write_key_joins_the_others(options: KeyOptions, expected: Mapping[str, Any]) -> None:
    old = {"k" * 16: {"destination": "default", "origins": ["*"]}}

    values = written(Wishes(write_key=True, key=options), {"write-keys": json.dumps(old)})

    assert json.loads(values["write-keys"]) == {**old, "ab" * 16: {"destination": "shop", **expected}}


ALL_TYPES = "Events: identify, track, page, screen, group, alias"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            KeyOptions(),
            [
                "A secret of servers: its events may change whatever a library's events can.",
                f"{ALL_TYPES}; 2500 a second in each execution environment of ingest.",
            ],
        ),
        (
            KeyOptions(("https://www.example.org",)),
            [
                "Public: everybody can read it. Browsers send from https://www.example.org.",
                f"{ALL_TYPES}; 100 a second in each execution environment of ingest.",
                "It may not change the address of a known person.",
                "It may make contacts; never properties or events.",
                "Traits: all.",
            ],
        ),
        (
            KeyOptions(events_a_second=0),
            [
                "A secret of servers: its events may change whatever a library's events can.",
                f"{ALL_TYPES}; without a limit of its own.",
            ],
        ),
        (
            KeyOptions((), True, ("page", "track"), 7, True, False, ("plan", "city")),  # noqa: FBT003 - a row
            [
                "Public: everybody can read it. No browser may send with it.",
                "Events: track, page; 7 a second.",
                "It may change the address of a known person.",
                "It may not make contacts; never properties or events.",
                "Traits: city, plan.",
            ],
        ),
    ],
)
def test_a_new_write_key_comes_with_what_it_allows(options: KeyOptions, expected: list[str]) -> None:
    (write,) = plan(Wishes(write_key=True, key=options))

    told, named = list(write.allows[:-1]), write.allows[-1]
    assert told == expected
    assert (fingerprint(write.news) in named, write.news in named) == (True, False)


def test_write_keys_have_to_fit_into_a_parameter() -> None:
    many = {f"{n:0>32}": {"destination": "default"} for n in range(80)}

    with pytest.raises(RefusedError, match="81 write keys are more than the 4096 bytes"):
        plan(Wishes(write_key=True), {"write-keys": json.dumps(many)})


def test_a_write_key_that_is_too_short_is_refused_without_being_shown() -> None:
    with pytest.raises(RefusedError, match="16 to 128") as refused:
        plan(Wishes(write_key=True), {"write-keys": '{"too-short": {"destination": "default"}}'})

    assert "too-short" not in str(refused.value)


@pytest.mark.parametrize(
    ("file", "pairs", "expected"),
    [
        ('{"plan": "free"}', ["plan=starter"], {"plan": "starter"}),
        (
            "",
            ["create_contacts=false", "pending=60", "app=null", "app2=a=b"],
            {"create_contacts": False, "pending": 60, "app": None, "app2": "a=b"},
        ),
    ],
)
def test_settings_come_from_a_file_and_from_pairs(
    file: str, pairs: list[str], expected: Mapping[str, object]
) -> None:
    assert changes_from(file, pairs) == expected


@pytest.mark.parametrize(("file", "pairs"), [("[]", []), ("{", []), ("", ["plan"]), ("", ["=free"])])
def test_what_is_no_setting_is_refused(file: str, pairs: list[str]) -> None:
    with pytest.raises(RefusedError):
        changes_from(file, pairs)


def words(wishes: Wishes, stored: Mapping[str, str] | None = None) -> str:
    writes = plan(wishes, stored)
    return "\n".join(steps(URL, writes, is_rotation=wishes.rotate, is_finished=wishes.finish))


def test_what_is_left_to_do_in_segment_is_said_for_what_is_new() -> None:
    both = words(Wishes(made=("signing-secret", "header-secret")))

    assert URL in both
    assert "Shared Secret: the signing secret" in both
    assert "Authorization = Bearer" in both
    assert "Shared Secret" not in words(Wishes(made=("header-secret",)))
    assert "Segment" not in words(Wishes(access_token="pat-1"))
    assert "https://api.example.org as host" in words(Wishes(write_key=True))


def test_a_rotation_says_how_it_ends() -> None:
    begun = words(Wishes(rotate=True), {"header-secret": OLD})
    ended = words(Wishes(finish=True), {"header-secret": f"{OLD}\n{OTHER}"})

    assert "relay connect shop --finish-rotation" in begun
    assert URL not in begun
    assert "Segment" not in ended


def test_each_destination_has_its_url() -> None:
    assert webhook_url("https://api.example.org/webhook/default", "shop") == URL


def test_who_wants_nothing_wants_nothing() -> None:
    assert Wishes().is_empty
    assert not Wishes(finish=True).is_empty
    assert [w.makes_secrets for w in (Wishes(rotate=True), Wishes(write_key=True), Wishes(finish=True))] == [
        True,
        True,
        False,
    ]
