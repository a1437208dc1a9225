"""What a person sees of what waits, and how the stack stands."""

import io
from dataclasses import replace

from rich.console import Console

from cli.queues import Depth
from cli.retry import Retry, print_retry
from cli.standing import Standing, print_standing
from cli.waiting import Waiting, Waits, print_waits
from relay.core.troubles import Trouble

NOW_MS = 1_793_527_200_000
SCOPE = "missing_scope: crm.objects.contacts.write"
TROUBLE = Trouble(SCOPE, "This app lacks scopes", NOW_MS - 7_200_000, NOW_MS - 61_000, 14, "m-1")
WAITS = Waits([Waiting("emea", TROUBLE)])
EMPTY = Depth(0, 0, NOW_MS)
WELL = Standing(EMPTY, EMPTY, is_delivering=True, waits=Waits())


def lines(waits: Waits) -> list[str]:
    screen = io.StringIO()
    print_waits(Console(file=screen, width=200), waits, now_ms=NOW_MS)
    return [line.strip() for line in screen.getvalue().splitlines()]


def standing(found: Standing) -> str:
    screen = io.StringIO()
    print_standing(Console(file=screen, width=200), found, now_ms=NOW_MS)
    return screen.getvalue()


def test_what_waits_is_shown_with_hubspots_words_and_what_to_do() -> None:
    shown = lines(WAITS)

    assert shown[:4] == [
        "",
        f"waits  {SCOPE} · emea",
        "HubSpot says: This app lacks scopes",
        "such as m-1; since 2 hours ago, put off 14 times, the last time 1 minute ago",
    ]
    assert shown[4].startswith("→ Give the service key or private app the scope")


def test_where_hubspot_has_said_nothing_our_words_stand_in() -> None:
    trouble = replace(TROUBLE, reason="no_access_token", said="", looks=1)

    shown = lines(Waits([Waiting("emea", trouble)]))

    assert shown[2] == "the destination has no access token"
    assert "put off once" in shown[3]


def test_a_reason_without_words_or_remedy_is_shown_as_it_is() -> None:
    assert lines(Waits([Waiting("emea", replace(TROUBLE, reason="odd", said=""))]))[2].startswith("such as")


def test_what_could_not_be_read_is_said() -> None:
    assert lines(Waits(unread="not allowed")) == ["What events wait for could not be read: not allowed"]
    assert Waits(unread="not allowed").as_json() == {"waiting": [], "waiting_unread": "not allowed"}


def test_no_text_of_others_commands_the_terminal() -> None:
    shown = "\n".join(
        lines(Waits([Waiting("emea", replace(TROUBLE, said="a\x1b[31mb", message_id="[red]\a"))]))
    )

    assert not set(shown) & {"\x1b", "\a"}
    assert "[red]" in shown


def test_waits_of_one_destination_are_its_own() -> None:
    assert WAITS.of("emea").found == WAITS.found
    assert WAITS.of("apac").found == []


def test_a_stack_that_is_well_says_so_in_a_line() -> None:
    assert standing(WELL) == "The events queue is empty.\n"
    assert WELL.is_well


def test_what_is_left_to_a_person_is_told() -> None:
    found = Standing(Depth(1, 2, NOW_MS, 3), Depth(1, 0, NOW_MS), is_delivering=False, waits=WAITS)

    text = standing(found)

    assert "The events queue holds about 6 messages." in text
    assert "The rejects queue holds about 1 message: see `relay rejects`." in text
    assert "Delivery is paused" in text
    assert "waits  missing_scope" in text
    assert [
        each.is_well
        for each in (
            found,
            replace(WELL, waits=WAITS),
            replace(WELL, is_delivering=False),
            replace(WELL, rejects=Depth(0, 1, NOW_MS)),
        )
    ] == [False] * 4


def test_a_retry_tells_how_much_waits_and_when_it_is_looked_at() -> None:
    found = Retry("relay", "apac", NOW_MS, replace(WELL, events=Depth(1, 2, NOW_MS, 3), waits=WAITS))
    screen = io.StringIO()

    print_retry(Console(file=screen, width=300), found)

    assert "asked anew for apac." in screen.getvalue()
    assert "The events queue holds about 6 messages." in screen.getvalue()
    assert "within 60 seconds, everything within 15 minutes." in screen.getvalue()
    # The scope that is missing is another destination's.
    assert "missing_scope" not in screen.getvalue()
    assert found.as_json()["waiting"] == []


def test_a_retry_of_nothing_says_so() -> None:
    screen = io.StringIO()

    print_retry(Console(file=screen, width=300), Retry("relay", "apac", NOW_MS, WELL))

    assert "Nothing waits." in screen.getvalue()
