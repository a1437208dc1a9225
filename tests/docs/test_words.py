"""What the tables of the documentation name in code exists: settings, parameters, metrics, permissions."""

import re
from collections.abc import Callable, Mapping

import pytest
from botocore.exceptions import UnknownServiceError
from docs.aws_commands import operations
from docs.our_commands import relay_problems, words
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


def is_command(text: str) -> bool:
    """Say whether a command is ours, with what it is called by or without."""
    arguments = text.removeprefix("./").removeprefix("relay ").split()
    return list(relay_problems(arguments, is_whole=False)) == []


def has_known_word(text: str) -> bool:
    """Say whether the first word of a reason such as `no_answer: …` is one of the code."""
    return exists(re.split(r"\W", text)[0])


# What a column of this name holds.
KINDS: Mapping[str, Callable[[str], bool]] = {
    "key": lambda text: text in Destination.model_fields,
    "setting": lambda text: text in Destination.model_fields,
    "parameter": lambda text: "/" in text or text in TEMPLATE["Parameters"],
    "alarm": lambda text: text in TEMPLATE["Resources"],
    "metric": is_metric,
    "command": is_command,
    "field": has_known_word,
    "reason": has_known_word,
    "reasons": has_known_word,
    "output": lambda text: text in TEMPLATE["Outputs"],
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


def test_what_does_not_exist_is_found() -> None:
    assert not KINDS["setting"]("plann")
    assert not KINDS["parameter"]("HubIdd")
    assert not KINDS["alarm"]("NoAlarm")
    assert not KINDS["metric"]("EventsForgotten")
    assert not KINDS["command"]("relay rejct")
    assert not KINDS["reason"]("no_such_reason: …")
    assert not is_permission("sqs:Nothing")
    assert not is_permission("nothing:SendMessage")
