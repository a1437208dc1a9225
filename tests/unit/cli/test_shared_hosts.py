"""`make hosts`: the sites whose users have pages of their own, and the check of the lists beside them."""

import json
from pathlib import Path

import pytest

from cli.shared_hosts import DATA, entries, main, troubles, write
from relay.core import host_lists
from relay.core.profile_pages import PAGES


@pytest.mark.parametrize(
    ("url", "found"),
    [
        pytest.param("https://www.Forum.example/u/{}/summary", ["forum.example/u"], id="path"),
        pytest.param("https://forum.example/{}", ["forum.example/"], id="any-page"),
        pytest.param("https://forum.example/member?name={}", ["forum.example/member"], id="query"),
        pytest.param("https://{}.names.com", ["*.names.com"], id="name"),
        pytest.param("https://{}.www.names.com/", ["*.names.com"], id="name-before-www"),
        pytest.param("https://{}.github.io", [], id="in-the-public-suffix-list"),
        pytest.param("https://www.facebook.com/{}", [], id="in-the-lists"),
        pytest.param("https://uk.linkedin.com/x/{}", [], id="under-a-host-in-the-lists"),
        pytest.param("https://pinterest.es/x/{}", [], id="under-any-suffix-in-the-lists"),
        pytest.param("https://forum.example/@{}", [], id="shared-wherever-it-stands"),
        pytest.param("https://api.forum.example/users/{}", [], id="for-programs"),
        pytest.param("https://forum.example/", [], id="without-users"),
    ],
)
def test_a_site_tells_where_its_users_have_pages(url: str, found: list[str]) -> None:
    assert entries({"Site": {"url": url}, "$schema": "x"}) == found


def test_what_is_unfit_for_work_is_left_out() -> None:
    assert entries({"Site": {"url": "https://forum.example/{}", "isNSFW": True}}) == []


def test_the_module_is_written_anew(tmp_path: Path) -> None:
    target = tmp_path / "pages.py"

    assert write({"Site": {"url": "https://forum.example/{}"}}, target) == 1
    assert target.read_text().endswith('PAGES = """\n    forum.example/\n"""\n')


def test_the_lists_that_were_made_by_hand_are_right() -> None:
    assert list(troubles()) == []


def test_the_lists_hold_hundreds_of_hosts() -> None:
    by_hand = [entry for text in host_lists.LISTS.values() for entry in text.split()]

    assert len(by_hand) > 1_000
    assert len(PAGES.split()) > 200


def test_a_list_that_needs_mending_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / DATA).parent.mkdir(parents=True)
    (tmp_path / DATA).write_text(json.dumps({}))
    monkeypatch.setattr("cli.shared_hosts.write", len)
    monkeypatch.setattr(
        "cli.shared_hosts.LISTS", {"x": "a.com a.com B.com com nowhere.notatld *.github.io any.*"}
    )

    assert main(str(tmp_path)) == 1
    assert capsys.readouterr().out.splitlines() == [
        "a.com stands there twice",
        "B.com is no host",
        "com is no host",
        "nowhere.notatld is no host",
        "*.github.io is in the public suffix list",
        "0 sites with pages of their users.",
    ]
