"""The reference of the settings is what the model and the template say."""

import re

from cli import settings_page
from cli.bench.template import default_of
from relay.settings import Destination

TEXT = settings_page.document()


def rows(head: str) -> dict[str, list[str]]:
    """Return the cells of every row, by the first one, of the tables that begin with `head`."""
    found: dict[str, list[str]] = {}
    for table in re.findall(rf"^\| {re.escape(head)} \|.*\n\|.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE):
        for line in table.splitlines():
            first, *cells = (cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
            found[first.strip("`")] = cells
    return found


def test_the_document_is_as_the_code_makes_it() -> None:
    assert settings_page.DOCUMENT.read_text(encoding="utf-8") == TEXT, "run make docs"


def test_every_setting_has_one_row_with_a_meaning() -> None:
    assert list(rows("key")) == list(Destination.model_fields)
    assert [key for key, (*_, meaning) in rows("key").items() if not meaning] == []
    assert [key for key in settings_page.SECTIONS if key not in Destination.model_fields] == []
    assert "" not in settings_page.sections()


def test_every_parameter_of_the_template_has_one_row() -> None:
    named = [name for names in settings_page.parameter_groups().values() for name in names]

    assert list(rows("parameter"))[: len(named)] == named
    assert rows("parameter")["BatchSize"][1] == f"`{default_of('BatchSize')}`"


def test_what_may_stand_there_is_what_the_model_lets_in() -> None:
    found = rows("key")

    assert found["hub_id"][:2] == ["whole number, 1 or more", "required"]
    assert found["burst_limit"][:2] == ["whole number, 1 to 250", "the plan's"]
    assert found["resend_after"][:2] == ["whole number, 0 or more", "`86400`"]
    assert found["region"][:2] == ["`us`, `eu`", "`us`"]
    assert found["create_companies"][:2] == ["`true`, `false`", "`true`"]
    assert found["traits"][0] == "object: *name* → text `^[a-z0-9_]{1,99}$` or `null`"
    assert found["views"][0] == "object: `page`, `screen` → text"
    assert found["consent"][:2] == ["list of texts", "`[]`"]


def test_a_pattern_with_a_bar_keeps_its_row_together() -> None:
    parameters = [name for names in settings_page.parameter_groups().values() for name in names]

    assert {len(rows("parameter")[name]) for name in parameters} == {3}
