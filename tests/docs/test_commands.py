"""Every command in the documentation is run as far as one machine without an AWS account can run it.

Each page's commands are typed into bash, where `aws`, `sam`, `make`, `git`, `curl` and `relay` only note how
they were called. Then each call is judged: by make itself, by the relay's command line, by SAM's, by AWS's
models.
A program that nobody here knows how to judge is not found, and that is a failure too.
"""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from docs.aws_commands import aws_problems, options_of
from docs.our_commands import make_problems, relay_problems, words
from docs.pages import ROOT, Code, Command, pages
from docs.parameters import stored_problems, template_problems
from docs.sam_commands import sam_answers
from docs.session import NOTED, Call, Session, typed
from typer.testing import CliRunner

from cli.connect.settings import override
from cli.main import app

PAGES = {page.name: page for page in pages() if page.commands}
# AWS's own (its page on environment variables of the CLI).
_AWS_VARIABLES = {"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"}
# curl's manual; git's of each command.
_CURL = {
    "-s",
    "-S",
    "-i",
    "-f",
    "-X",
    "-H",
    "-d",
    "-u",
    "-o",
    "--data",
    "--data-binary",
    "--header",
    "--fail",
}
_GIT = {"clone", "pull", "checkout", "fetch", "tag", "switch", "--tags"}
# What `relay connect` tells to deploy, with all that could be misread.
ODD = {"hub_id": 7, "event_names": {'It\'s "done" \\ now': "pe7_done", "Größe": "pe7_size"}}
_INLINE = re.compile(r"(?:[A-Z_]+=\S* )*(?:\./)?(make|relay|aws|sam)(?: |$)")


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Session]:
    return {
        name: typed(page.commands, tmp_path_factory.mktemp(Path(name).stem)) for name, page in PAGES.items()
    }


def problems(call: Call, folder: Path) -> Iterator[str]:
    match call.program:
        case "make":
            yield from make_problems(call.arguments)
        case "relay":
            yield from relay_problems(call.arguments)
        case "aws":
            yield from aws_problems(call.arguments, folder)
            yield from _stored(call.arguments, folder)
        case "curl":
            yield from (f"curl: {each}" for each in call.arguments if each[:1] == "-" and each not in _CURL)
        case "git":
            yield from (f"git: {each}" for each in call.arguments[:1] if each not in _GIT)
    for name in sorted(call.environment):
        if not is_read(name):
            yield f"nobody reads the variable {name}"


def is_read(variable: str) -> bool:
    """Say whether a variable of the environment means something to us or to AWS."""
    return variable in _AWS_VARIABLES or variable in words()


def _stored(arguments: Sequence[str], folder: Path) -> Iterator[str]:
    given = {option: values[0] for option, values in options_of(arguments[2:]) if values}
    if arguments[:2] != ["ssm", "put-parameter"] or "--value" not in given:
        return
    value = given["--value"]
    if value.startswith("file://"):
        value = (folder / value.removeprefix("file://")).read_text(encoding="utf-8")
    yield from stored_problems(given.get("--name", ""), given.get("--type", ""), value)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_tells_to_type_works_and_calls_what_there_is(
    page: str, sessions: dict[str, Session]
) -> None:
    session = sessions[page]
    found = [
        f"{call.command}\n    {problem}"
        for call in session.calls
        for problem in problems(call, session.folder)
    ]

    assert session.failures + found == []


def test_what_is_to_be_explained_is_explained(
    sessions: dict[str, Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        (session, call.arguments)
        for session in sessions.values()
        for call in session.calls
        if call.arguments[:1] == ["explain"] and "--settings" in call.arguments
    ]

    assert found
    for session, arguments in found:
        monkeypatch.chdir(session.folder)
        done = CliRunner().invoke(app, [*arguments, "--json"])
        assert done.exit_code == 0, done.output
        assert {event["outcome"] for event in json.loads(done.output)["events"]} <= {"delivered", "skipped"}


def test_what_is_told_of_sam_is_what_sam_takes(sessions: dict[str, Session], tmp_path: Path) -> None:
    connect = typed([Command("connect", 1, override(json.dumps(ODD)))], tmp_path)
    told = [
        (str(call.command), call.arguments)
        for session in (connect, *sessions.values())
        for call in session.calls
        if call.program == "sam"
    ]
    told += [(str(code), rest) for code, program, rest in inline() if program == "sam" and rest]
    answers = sam_answers([arguments for _, arguments in told], connect.folder)
    found: list[str] = []
    for (where, _), answer in zip(told, answers, strict=True):
        said = [answer["error"]] if answer["error"] else list(template_problems(answer["parameters"]))
        found += [f"{where}\n    {problem}" for problem in said]

    assert found == []
    assert json.loads(answers[0]["parameters"]["MoreSettings"]) == {"event_names": ODD["event_names"]}


def inline() -> Iterator[tuple[Code, str, list[str]]]:
    """Yield commands that stand within a text, with their program and its arguments."""
    for page in pages():
        for code in page.codes:
            for text in code.text.split(" && "):
                match = _INLINE.match(text)
                if match:
                    yield code, match[1], shlex.split(text[match.start(1) :])[1:]


@pytest.mark.parametrize(
    ("code", "program", "arguments"), [pytest.param(*each, id=str(each[0])) for each in inline()]
)
def test_a_command_within_a_text_is_one_that_there_is(
    code: Code, program: str, arguments: Sequence[str]
) -> None:
    variables = re.findall(r"([A-Z_]+)=", code.text.partition(program)[0])

    assert list(inline_problems(program, arguments)) == []
    assert [name for name in variables if not is_read(name)] == []


def inline_problems(program: str, arguments: Sequence[str]) -> Iterator[str]:
    match program:
        case "make":
            yield from make_problems(arguments, is_whole=False)
        case "relay" if arguments:
            yield from relay_problems(arguments, is_whole=False)
        case "aws" if arguments:
            yield from aws_problems(arguments, ROOT, is_whole=False)


def test_every_command_stands_in_a_block_whose_commands_are_run() -> None:
    fences = [(page.name, token) for page in pages() for token in page.tokens if token.type == "fence"]
    others = [(name, token) for name, token in fences if token.info.strip() != "console"]

    assert others
    assert [
        (name, line)
        for name, token in others
        for line in token.content.splitlines()
        if re.match(rf"(\$ |({'|'.join(NOTED)}|\./relay) )", line)
    ] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("make bensh", "bensh"),
        ("make bench BENSH=cost", "does not use BENSH"),
        ("make run ARGS=--no-simples", "--no-simples"),
        ("make invoke FUNCTION=sender EVENT=events/sender/nobody.json FUNKTION=1", "FUNKTION"),
        ("./relay rejects --reson x", "--reson"),
        ("./relay reject", "reject"),
        ("./relay replay --rate many", "--rate"),
        ("RELAY_PROT=1 make run", "RELAY_PROT"),
        ("aws ssm put-parameters --name x --value y", "put-parameters"),
        ("aws ssm put-parameter --nam x --value y", "--nam"),
        ("aws ssm put-parameter --value y", "Name"),
        ('aws ssm put-parameter --name /s/default/settings --value \'{"hub_id":1,"plam":2}\'', "plam"),
        ("aws ssm put-parameter --name /s/default/access-token --type String --value y", "SecureString"),
        (
            "aws ssm put-parameter --name /s/write-keys --type SecureString --value '{\"short\":{}}'",
            "entry 1",
        ),
        ("aws cloudformation wait stack-gone --stack-name x", "stack-gone"),
        ("curl --sillent http://127.0.0.1:3000", "--sillent"),
        ("rm -rf everything", "rm: command not found"),
        ("echo $NOWHERE", "NOWHERE: unbound variable"),
        ("echo 'open", "unexpected EOF"),
    ],
)
def test_a_wrong_command_is_found(text: str, problem: str, tmp_path: Path) -> None:
    session = typed([Command("page.md", 1, text)], tmp_path)
    found = [*session.failures, *(each for call in session.calls for each in problems(call, session.folder))]

    assert any(problem in each for each in found), found
