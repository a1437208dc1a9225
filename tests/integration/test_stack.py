"""What a person is told where AWS cannot be used. Stacks that are there or not are in tests/e2e."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, UnauthorizedSSOTokenError
from typer.testing import CliRunner, Result

from cli.main import app
from cli.stack import explained


def relay(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "60"}).invoke(app, arguments)


@pytest.mark.parametrize(
    ("arguments", "missing", "words"),
    [
        ((), "AWS_ACCESS_KEY_ID", "There are no AWS credentials. Log in"),
        ((), "AWS_DEFAULT_REGION", "No AWS region is set. Name one with --region."),
        (("--profile", "nobody"), "", "The config profile (nobody) could not be found."),
    ],
)
def test_missing_credentials_are_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], missing: str, words: str
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv(missing, raising=False)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY" if missing == "AWS_ACCESS_KEY_ID" else missing, raising=False)

    done = relay("rejects", *arguments)

    assert done.exit_code == 2
    assert done.stderr.startswith(f"✗ {words}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ClientError({"Error": {"Code": "ExpiredTokenException"}}, "X"), "does not accept these credentials"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "you may not sqs:SendMessage"}}, "X"),
            "do not allow it: you may not sqs:SendMessage",
        ),
        (
            ClientError({"Error": {"Code": "Throttling", "Message": "slow"}}, "Send"),
            "Send failed: Throttling",
        ),
        (EndpointConnectionError(endpoint_url="https://sqs"), "AWS cannot be reached"),
        (UnauthorizedSSOTokenError(), "AWS cannot be used: The SSO session"),
    ],
)
def test_what_aws_refuses_is_said_in_its_words(error: Exception, words: str) -> None:
    assert words in explained(error)
