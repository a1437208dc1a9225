"""What the tables of the documentation name in code exists: settings, parameters, metrics, permissions."""

import re
from collections.abc import Callable, Mapping

import pytest
from botocore.exceptions import UnknownServiceError
from docs.aws_commands import operations
from docs.our_commands import words
from docs.pages import Code, pages
from docs.parameters import TEMPLATE

from relay.core.metrics import Metric
from relay.settings import Destination

# A word that only code has: with an underscore, or with a capital in its middle.
_WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+|[A-Za-z]+[a-z][A-Z]\w*")
_PERMISSION = re.compile(r"([a-z-]+):(\w+)")
_SETTING = re.compile(r"[a-z_]+")
# What HubSpot, Segment, RudderStack and AWS call things that our code has no need to name.
FOREIGN = frozenset({"cdnHost", "configUrl", "errorHandler"})
# Its tables are examples of traits, and made from the code.
EXAMPLES = "docs/mapping.md"

CODES = [code for page in pages() if page.name != EXAMPLES for code in page.codes if code.heading is not None]


def exists(word: str) -> bool:
    # `status_500` is put together of a word and a number.
    return word in FOREIGN or word in words() or word.rstrip("0123456789") in words()


def is_permission(text: str) -> bool:
    """Say whether an action of IAM is an operation of the service."""
    service, _, action = text.partition(":")
    try:
        return action in operations(service).values()
    except UnknownServiceError:
        return False


def is_metric(text: str) -> bool:
    return text in {metric.value for metric in Metric} or exists(text)


# What a column of this name holds.
KINDS: Mapping[str, Callable[[str], bool]] = {
    "key": lambda text: text in Destination.model_fields,
    "setting": lambda text: text in Destination.model_fields,
    "parameter": lambda text: "/" in text or text in TEMPLATE["Parameters"],
    "alarm": lambda text: text in TEMPLATE["Resources"],
    "metric": is_metric,
}


@pytest.mark.parametrize("code", [code for code in CODES if code.heading in KINDS], ids=str)
def test_what_a_column_lists_is_of_its_kind(code: Code) -> None:
    assert code.heading
    assert KINDS[code.heading](code.text)


def test_every_word_of_a_table_is_one_of_the_code() -> None:
    assert [str(code) for code in CODES if _WORD.fullmatch(code.text) and not exists(code.text)] == []


def test_what_is_foreign_is_named_somewhere_and_not_ours() -> None:
    assert {code.text for code in CODES} >= FOREIGN
    assert [word for word in FOREIGN if word in words()] == []


def test_every_permission_is_one_of_aws() -> None:
    found = [code for code in CODES if _PERMISSION.fullmatch(code.text)]

    assert found
    assert [str(code) for code in found if not is_permission(code.text)] == []
