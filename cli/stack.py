"""The stack that a command works on: one that is deployed, or the one that `make run` has started here."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own is not Python's
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from cli import local_file
from cli.embedded.aws import local_client

DEFAULT_NAME = "segment-hubspot-relay"
OUTPUTS = frozenset({"EventsQueueUrl", "RejectsQueueUrl", "SenderFunctionName"})
# What AWS says of credentials that it does not take, whichever service is asked.
_REFUSED = (
    "ExpiredToken",
    "InvalidClientTokenId",
    "UnrecognizedClient",
    "SignatureDoesNotMatch",
    "InvalidAccess",
)


class StackError(Exception):
    """The stack cannot be worked on; the text says why, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which stack the user has named."""

    name: str = DEFAULT_NAME
    profile: str | None = None
    region: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class RunningStack:
    """A stack's name and outputs; `client` gives the boto3 client of a service of the AWS that it lies on."""

    name: str
    outputs: Mapping[str, str]
    client: Callable[[str], Any]


@contextlib.contextmanager
def connected(choice: Choice) -> Iterator[RunningStack]:
    """Find the stack, and close the connections to its AWS at the end.

    Raises:
        StackError: it is not there or out of reach; or AWS, asked by the caller, gave no usable answer.
    """
    with contextlib.ExitStack() as closing:
        try:
            yield _local(closing) if choice.local else _deployed(choice, closing)
        except (BotoCoreError, ClientError) as error:
            raise StackError(explained(error)) from error


def explained(error: Exception) -> str:
    """Say what an error of boto3 means for the person at the terminal."""
    match error:
        case ProfileNotFound():
            return f"{error}. Name another one with --profile."
        case NoRegionError():
            return "No AWS region is set. Name one with --region."
        case NoCredentialsError():
            return "There are no AWS credentials. Log in, or name a profile with --profile."
        case ConnectionError() | HTTPClientError():
            return f"AWS cannot be reached: {error}"
        case ClientError():
            return _refusal(error)
    # Among them many ways in which single sign-on can fail; botocore's words say what to do.
    return f"AWS cannot be used: {error}"


def _refusal(error: ClientError) -> str:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code.startswith(_REFUSED):
        return (
            f"AWS does not accept these credentials ({code}). Log in again, or name a profile with --profile."
        )
    if "AccessDenied" in code:
        return f"These AWS credentials do not allow it: {message}"
    return f"{error.operation_name} failed: {code}: {message}"


def _deployed(choice: Choice, closing: contextlib.ExitStack) -> RunningStack:
    client = _kept(boto3.Session(profile_name=choice.profile, region_name=choice.region).client, closing)
    cloudformation = client("cloudformation")
    try:
        (stack,) = cloudformation.describe_stacks(StackName=choice.name)["Stacks"]
    except ClientError as error:
        # CloudFormation has no code of its own for it.
        if "does not exist" not in str(error):
            raise
        raise StackError(
            f"There is no stack {choice.name!r} in {cloudformation.meta.region_name}. Name it with --stack, "
            "--region and --profile; for a relay that `make run` has started, use --local."
        ) from None
    outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stack.get("Outputs", [])}
    if missing := sorted(OUTPUTS - outputs.keys()):
        raise StackError(
            f"Stack {choice.name!r} ({stack['StackStatus']}) has no output {missing[0]}: it is no relay, or "
            "its deployment has not succeeded yet."
        )
    return RunningStack(choice.name, outputs, client)


def _local(closing: contextlib.ExitStack) -> RunningStack:
    try:
        found = local_file.read()
    except local_file.NotRunningError as error:
        raise StackError(str(error)) from None
    client = _kept(lambda service: local_client(service, found.endpoint_url), closing)
    return RunningStack(found.name, found.outputs, client)


def _kept(make: Callable[..., Any], closing: contextlib.ExitStack) -> Callable[[str], Any]:
    @cache
    def client(service: str) -> Any:  # noqa: ANN401 - boto3's clients are generated; callers name the type
        made = make(service)
        closing.callback(made.close)
        return made

    return client
