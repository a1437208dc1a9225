"""What the roles of our template allow, and what the functions' calls to AWS need.

Stands in for IAM, which no emulator plays here: an action on a resource is allowed if a statement names both.
The one condition that it can judge is on the partition keys of DynamoDB's items; a statement with another,
with exceptions, or that denies, it refuses to pass over.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cloudformation import RESOURCES, TEMPLATE, Names, resolve

ROLES = {"IngestFunction": "IngestRole", "SenderFunction": "SenderRole"}
# Of every ARN; none of our roles reaches into another account or region.
_ARN = "arn:aws:{service}:us-east-1:123456789012:{name}"
_PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}

# What Lambda does with a function's role, and none of our tests can see. The poller of a queue:
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html ("Setting up execution role permissions").
POLLER = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
# The log: docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html; the group is there already.
LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")


class NotAllowedError(AssertionError):
    """A function has made a call that no statement of its role allows."""


@dataclass(frozen=True)
class Need:
    """An action on a resource that `role` has to allow; `keys` are the partition keys of its items."""

    role: str
    action: str
    resource: str
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Grant:
    """One action on one resource, as a statement of `role` has them; `*` and `?` stand for other text.

    With `keys`, only on items whose partition keys are all like one of them.
    """

    role: str
    sid: str
    action: str
    resource: str
    keys: tuple[str, ...] = ()

    def allows(self, need: Need) -> bool:
        """Say whether this is what `need` asks for."""
        if (self.role, self.action) != (need.role, need.action) or not _is_like(need.resource, self.resource):
            return False
        return not self.keys or all(any(_is_like(key, each) for each in self.keys) for key in need.keys)


def _is_like(text: str, pattern: str) -> bool:
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text))


# The partition keys of the items that a call is about, by the ARN of what it is about.
_Resources: TypeAlias = Mapping[str, frozenset[str]]


def _queue(asked: Mapping[str, Any]) -> _Resources:
    return {queue_arn(asked["QueueUrl"]): frozenset()}


def _table(asked: Mapping[str, Any]) -> _Resources:
    return {table_arn(asked["TableName"]): frozenset(_keys(asked))}


def _tables(asked: Mapping[str, Any]) -> _Resources:
    return {table_arn(name): frozenset(_keys(items)) for name, items in asked["RequestItems"].items()}


def _parameters(asked: Mapping[str, Any]) -> _Resources:
    return {parameter_arn(name): frozenset() for name in asked["Names"]}


def _keys(asked: Any) -> Iterator[str]:
    """Yield the partition keys in what is asked of a table; ours are all called `pk`."""
    if isinstance(asked, list):
        for each in asked:
            yield from _keys(each)
    if isinstance(asked, dict):
        if isinstance(asked.get("pk"), dict):
            yield asked["pk"]["S"]
        for name in ("Key", "Keys", "Item", "PutRequest", "DeleteRequest"):
            yield from _keys(asked.get(name))


# The action and the resources of each operation: docs.aws.amazon.com/service-authorization/latest/reference,
# list_amazonsqs, list_amazondynamodb and list_awssystemsmanager. SQS's batches need what their singles need
# (SQSDeveloperGuide/sqs-api-permissions-reference). SecureStrings lie under the key aws/ssm, whose own policy
# lets whoever may read them decrypt them: no action of KMS (systems-manager/latest/userguide,
# secure-string-parameter-kms-encryption).
OPERATIONS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], _Resources]]] = {
    "sqs.SendMessage": ("sqs:SendMessage", _queue),
    "sqs.SendMessageBatch": ("sqs:SendMessage", _queue),
    "sqs.ChangeMessageVisibility": ("sqs:ChangeMessageVisibility", _queue),
    "sqs.ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility", _queue),
    "dynamodb.GetItem": ("dynamodb:GetItem", _table),
    "dynamodb.PutItem": ("dynamodb:PutItem", _table),
    "dynamodb.UpdateItem": ("dynamodb:UpdateItem", _table),
    "dynamodb.BatchGetItem": ("dynamodb:BatchGetItem", _tables),
    "dynamodb.BatchWriteItem": ("dynamodb:BatchWriteItem", _tables),
    "ssm.GetParameters": ("ssm:GetParameters", _parameters),
}


def queue_arn(url: str) -> str:
    """Return the ARN of a queue by its URL."""
    return _ARN.format(service="sqs", name=url.rpartition("/")[2])


def table_arn(name: str) -> str:
    """Return the ARN of a table."""
    return _ARN.format(service="dynamodb", name=f"table/{name}")


def parameter_arn(name: str) -> str:
    """Return the ARN of a parameter of SSM, whose name begins with a slash."""
    return _ARN.format(service="ssm", name=f"parameter{name}")


def log_group_arn(logical_id: str) -> str:
    """Return the ARN of a log group as CloudFormation gives it: that of all its streams."""
    return _ARN.format(service="logs", name=f"log-group:{logical_id}:*")


def names_of(function: str, environ: Mapping[str, str]) -> Names:
    """Return what the template's references stand for, by the environment that a function has."""
    given = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["PARAMETER_PREFIX"]
    assert given == {"Fn::Sub": "/${AWS::StackName}"}
    group = RESOURCES[function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    names = Names({**_PSEUDO, "AWS::StackName": environ["PARAMETER_PREFIX"].removeprefix("/")})
    names[f"{group}.Arn"] = log_group_arn(group)
    arns = {"AWS::SQS::Queue": queue_arn, "AWS::DynamoDB::Table": table_arn}
    for variable, value in RESOURCES[function]["Properties"]["Environment"]["Variables"].items():
        logical_id = value.get("Ref", "") if isinstance(value, dict) else ""
        kind = RESOURCES.get(logical_id, {}).get("Type")
        if kind in arns and variable in environ:
            names[f"{logical_id}.Arn"] = arns[kind](environ[variable])
    return names


def grants(
    function: str, environ: Mapping[str, str], resources: Mapping[str, Any] = RESOURCES
) -> Iterator[Grant]:
    """Yield what the role of a function allows.

    Raises:
        NotImplementedError: a statement has something that is not understood here.
    """
    role = ROLES[function]
    names = names_of(function, environ)
    for policy in resources[role]["Properties"]["Policies"]:
        for statement in resolve(policy["PolicyDocument"]["Statement"], names, {}):
            keys = _keys_allowed_by(statement)
            for action in _listed(statement["Action"]):
                for resource in _listed(statement["Resource"]):
                    yield Grant(role, statement["Sid"], action, resource, keys)


def _keys_allowed_by(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what partition keys have to be like; nothing where they may be any."""
    if statement.keys() - {"Condition"} == {"Sid", "Effect", "Action", "Resource"}:
        match statement["Effect"], statement.get("Condition"):
            case "Allow", None:
                return ()
            case "Allow", {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [*keys], **more}, **others}:
                if not more and not others:
                    return tuple(keys)
    raise NotImplementedError(f"a statement of another kind: {statement}")


def needs(function: str, operation: str, asked: Mapping[str, Any]) -> Iterator[Need]:
    """Yield what a call of a function needs; `operation` is such as `sqs.SendMessage`.

    Raises:
        NotAllowedError: an operation that is not in our table.
    """
    if operation not in OPERATIONS:
        raise NotAllowedError(f"{function} calls {operation}: add it to OPERATIONS, with what it needs")
    action, resources_of = OPERATIONS[operation]
    for resource, keys in resources_of(asked).items():
        yield Need(ROLES[function], action, resource, keys)


def needs_of_lambda(function: str, environ: Mapping[str, str]) -> Iterator[Need]:
    """Yield what Lambda itself does with a function's role."""
    properties, names = RESOURCES[function]["Properties"], names_of(function, environ)
    for action in LOGGING:
        stream = names[f"{properties['LoggingConfig']['LogGroup']['Ref']}.Arn"].replace("*", "log-stream:1")
        yield Need(ROLES[function], action, stream)
    for source in properties["Events"].values():
        if source["Type"] == "SQS":
            queue = resolve(source["Properties"]["Queue"], names, {})
            yield from (Need(ROLES[function], action, queue) for action in POLLER)


def missing(wanted: Iterable[Need], granted: Iterable[Grant]) -> set[Need]:
    """Return what is needed and not allowed."""
    allowed = list(granted)
    return {need for need in wanted if not any(grant.allows(need) for grant in allowed)}


def unused(granted: Iterable[Grant], wanted: Iterable[Need]) -> set[Grant]:
    """Return what is allowed and not needed."""
    asked = list(wanted)
    return {grant for grant in granted if not any(grant.allows(need) for need in asked)}


@dataclass
class Permissions:
    """Judges each call of the functions, and remembers what was needed. Safe to use from threads."""

    seen: set[Need] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def check(
        self, function: str, operation: str, asked: Mapping[str, Any], environ: Mapping[str, str]
    ) -> None:
        """Take note of a call.

        Raises:
            NotAllowedError: the role of the function does not allow it.
        """
        wanted = set(needs(function, operation, asked))
        self.seen |= wanted
        for need in missing(wanted, grants(function, environ)):
            self.refused.append(f"{need.role} does not allow {need.action} on {need.resource}")
            raise NotAllowedError(self.refused[-1])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
