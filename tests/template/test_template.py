"""The template is code: what the functions, the queues and the operators rely on."""

import importlib
import json
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from aws_lambda_powertools import Logger
from samtranslator.yaml_helper import yaml_parse

from relay.adapters.patience import REQUEST_MS
from relay.core.accounts import ACCOUNT_UNKNOWN, WRONG_ACCOUNT
from relay.core.answers import ACCESS_TOKEN_REFUSED, REFUSED_ALIKE
from relay.core.bucket import DAY_SPENT
from relay.environment import IngestEnvironment, SenderEnvironment
from relay.settings import parse_destination

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "template.yaml").read_text(encoding="utf-8")
TEMPLATE: Mapping[str, Any] = yaml_parse(TEXT)
RESOURCES: Mapping[str, Any] = TEMPLATE["Resources"]
PARAMETERS: Mapping[str, Any] = TEMPLATE["Parameters"]
FUNCTIONS = {
    "IngestFunction": IngestEnvironment.VARIABLES,
    "SenderFunction": SenderEnvironment.VARIABLES,
}
FOURTEEN_DAYS_S = 14 * 86_400


def properties(logical_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


def of_type(kind: str) -> list[str]:
    return [logical_id for logical_id, resource in RESOURCES.items() if resource["Type"] == kind]


def default(parameter: str) -> Any:
    return PARAMETERS[parameter]["Default"]


def statements(role: str) -> Iterator[Mapping[str, Any]]:
    for policy in properties(role)["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_every_handler_can_be_imported_and_called(logical_id: str) -> None:
    module, _, name = properties(logical_id)["Handler"].rpartition(".")

    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_a_function_gets_exactly_the_variables_that_it_reads(logical_id: str) -> None:
    shared = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    names = {*shared, *properties(logical_id)["Environment"]["Variables"]}

    assert {name for name in names if not name.startswith("POWERTOOLS_")} == FUNCTIONS[logical_id]


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_both_functions_are_built_from_one_folder_without_any_particular_python(logical_id: str) -> None:
    assert RESOURCES[logical_id]["Metadata"]["BuildMethod"] == "makefile"
    assert "CodeUri" not in properties(logical_id)
    assert TEMPLATE["Globals"]["Function"]["CodeUri"] == "functions/"
    assert f"build-{logical_id}" in (ROOT / "functions" / "Makefile").read_text(encoding="utf-8")


def test_the_layer_is_made_for_the_runtime_and_the_architecture_of_the_functions() -> None:
    shared, layer = TEMPLATE["Globals"]["Function"], properties("DependenciesLayer")

    assert layer["CompatibleRuntimes"] == [shared["Runtime"]]
    assert layer["CompatibleArchitectures"] == shared["Architectures"]
    assert RESOURCES["DependenciesLayer"]["Metadata"]["BuildArchitecture"] == shared["Architectures"][0]
    assert shared["Layers"] == [{"Ref": "DependenciesLayer"}]
    assert shared["Runtime"] == "python3.13"
    makefile = (ROOT / "layers" / "dependencies" / "Makefile").read_text(encoding="utf-8")
    assert "--python-version 3.13" in makefile
    assert "manylinux2014_aarch64" in makefile


def test_a_record_stays_hidden_six_times_as_long_as_the_sender_may_run_and_its_window() -> None:
    expected = 6 * default("SenderTimeoutSeconds") + default("BatchingWindowSeconds")

    assert default("VisibilityTimeoutSeconds") == expected
    assert properties("EventsQueue")["VisibilityTimeout"] == {"Ref": "VisibilityTimeoutSeconds"}
    assert properties("SenderFunction")["Timeout"] == {"Ref": "SenderTimeoutSeconds"}


def test_what_sqs_gives_up_on_ends_in_the_rejects_queue_and_waiting_is_no_reason_to_give_up() -> None:
    assert properties("EventsQueue")["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["RejectsQueue", "Arn"]},
        "maxReceiveCount": 1000,
    }


@pytest.mark.parametrize("logical_id", of_type("AWS::SQS::Queue"))
def test_queues_keep_messages_as_long_as_sqs_can_and_encrypted(logical_id: str) -> None:
    assert properties(logical_id)["MessageRetentionPeriod"] == FOURTEEN_DAYS_S
    assert properties(logical_id)["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("logical_id", of_type("AWS::DynamoDB::Table"))
def test_tables_cost_nothing_idle_forget_what_is_old_and_can_be_restored(logical_id: str) -> None:
    table = properties(logical_id)

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]


@pytest.mark.parametrize("logical_id", [*of_type("AWS::DynamoDB::Table"), *of_type("AWS::SQS::Queue")])
def test_data_survives_the_deletion_of_the_stack(logical_id: str) -> None:
    assert RESOURCES[logical_id]["DeletionPolicy"] == "Retain"
    assert RESOURCES[logical_id]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("logical_id", of_type("AWS::Logs::LogGroup"))
def test_logs_are_not_kept_for_ever(logical_id: str) -> None:
    assert properties(logical_id)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_each_function_writes_json_to_a_log_group_of_its_own(logical_id: str) -> None:
    group = logical_id.replace("Function", "LogGroup")

    assert properties(logical_id)["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": {"Ref": "LogLevel"},
        "LogGroup": {"Ref": group},
    }


@pytest.mark.parametrize("level", PARAMETERS["LogLevel"]["AllowedValues"])
def test_every_log_level_is_understood_by_lambda_and_by_powertools_alike(
    level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Lambda sets the second from ApplicationLogLevel. Powertools warns if they differ, which fails here.
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", level)
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", level)

    logger = Logger(service=f"level-{level}")

    assert logger.log_level == logging.getLevelNamesMapping()[level]
    assert level in lambda_log_levels()


def lambda_log_levels() -> list[str]:
    model = botocore.session.get_session().get_service_model("lambda")
    levels: list[str] = model.shape_for("ApplicationLogLevel").enum  # type: ignore[attr-defined] # only a string's has it
    return levels


def test_the_event_source_fills_batches_and_takes_each_record_for_itself() -> None:
    (source,) = properties("SenderFunction")["Events"].values()

    assert source["Type"] == "SQS"
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["Properties"]["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}
    assert (default("BatchSize"), default("MaximumConcurrency")) == (1000, 2)
    # SQS demands a window for batches over 10.
    assert PARAMETERS["BatchingWindowSeconds"]["MinValue"] >= 1


def test_every_request_comes_to_ingest_so_that_no_answer_is_the_gateways_own() -> None:
    (event,) = properties("IngestFunction")["Events"].values()

    # Without path and method it is the API's default route.
    assert event == {"Type": "HttpApi", "Properties": {"ApiId": {"Ref": "HttpApi"}}}


def test_the_api_has_a_limit_and_an_access_log_without_personal_data() -> None:
    api = properties("HttpApi")

    assert api["DefaultRouteSettings"] == {
        name: {"Ref": name} for name in ("ThrottlingRateLimit", "ThrottlingBurstLimit")
    }
    assert api["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": ["AccessLogGroup", "Arn"]}
    fields = json.loads(api["AccessLogSettings"]["Format"])
    assert {"requestId", "routeKey", "status", "latencyMs", "integrationStatus"} <= fields.keys()
    # A path may hold a write key.
    secret = ("identity", "authorizer", "path", "query")
    assert not {field for field in fields.values() if any(word in field.lower() for word in secret)}
    assert "\n" not in api["AccessLogSettings"]["Format"]


def test_the_default_destination_is_written_from_the_parameters_and_is_valid() -> None:
    parameter = properties("DefaultSettingsParameter")
    values = {name: spec.get("Default", "7654321") for name, spec in PARAMETERS.items()}
    text = re.sub(r"\$\{(\w+)\}", lambda found: str(values[found[1]]), parameter["Value"]["Fn::Sub"])

    assert parameter["Name"] == {"Fn::Sub": "/${AWS::StackName}/default/settings"}
    assert parse_destination(text).hub_id == 7654321


def test_the_hub_id_is_required_and_numeric() -> None:
    assert "Default" not in PARAMETERS["HubId"]
    assert re.fullmatch(PARAMETERS["HubId"]["AllowedPattern"], "7654321")
    for wrong in ("", "abc", "0", "12a", "1.5"):
        assert not re.fullmatch(PARAMETERS["HubId"]["AllowedPattern"], wrong)


def test_every_plan_and_region_of_the_template_is_known_to_the_settings() -> None:
    for plan in PARAMETERS["Plan"]["AllowedValues"]:
        for region in PARAMETERS["Region"]["AllowedValues"]:
            settings = parse_destination(json.dumps({"hub_id": 1, "plan": plan, "region": region}))
            assert settings.limits.burst >= 100


@pytest.mark.parametrize("role", of_type("AWS::IAM::Role"))
def test_a_role_allows_named_actions_on_named_resources_and_nothing_else(role: str) -> None:
    assert "ManagedPolicyArns" not in properties(role)
    for statement in statements(role):
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
        for resource in as_list(statement["Resource"]):
            assert resource != "*"
            text = json.dumps(resource)
            # The one wildcard: the name of a destination within our own part of SSM.
            assert "*" not in text.replace("parameter/${AWS::StackName}/*/", "")


def test_no_function_gets_its_policies_from_sam() -> None:
    for logical_id in FUNCTIONS:
        assert "Policies" not in properties(logical_id)
        assert properties(logical_id)["Role"] == {
            "Fn::GetAtt": [logical_id.replace("Function", "Role"), "Arn"]
        }


def arn(logical_id: str) -> str:
    return f"{logical_id}.Arn"


def parameter(name: str) -> str:
    return "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/*/" + name


def allowed(role: str) -> dict[str, set[str]]:
    """Return for each action the resources that `role` may use it on."""
    found: dict[str, set[str]] = {}
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            found.setdefault(action, set()).update(map(resource_name, as_list(statement["Resource"])))
    return found


def resource_name(resource: Mapping[str, Any]) -> str:
    """Return an ARN by its intrinsic function: `!Sub "${X.Arn}"` is the same as `!GetAtt X.Arn`."""
    if "Fn::Sub" in resource:
        return re.sub(r"^\$\{(\w+\.Arn)\}$", r"\1", resource["Fn::Sub"])
    return ".".join(resource["Fn::GetAtt"])


def test_ingest_may_store_events_and_read_secrets_and_nothing_else() -> None:
    assert allowed("IngestRole") == {
        "sqs:SendMessage": {arn("EventsQueue")},
        "ssm:GetParameters": {parameter(name) for name in ("settings", "signing-secret", "header-secret")}
        | {parameter("write-keys").replace("/*/", "/")},
        "dynamodb:UpdateItem": {arn("BucketTable")},
        "logs:CreateLogStream": {arn("IngestLogGroup")},
        "logs:PutLogEvents": {arn("IngestLogGroup")},
    }


def test_ingest_touches_no_item_of_the_token_buckets() -> None:
    (pace,) = [each for each in statements("IngestRole") if each["Action"] == "dynamodb:UpdateItem"]

    assert pace["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ingest#*"]}}


def test_the_sender_may_send_to_the_queue_that_calls_it_as_often_as_it_takes() -> None:
    """Lambda ends a loop after some sixteen rounds, unless the function says that it is meant."""
    assert RESOURCES["SenderFunction"]["Properties"]["RecursiveLoop"] == "Allow"
    assert "RecursiveLoop" not in RESOURCES["IngestFunction"]["Properties"]


def test_the_sender_may_take_events_put_rejects_aside_count_and_remember_and_nothing_else() -> None:
    assert allowed("SenderRole") == {
        "sqs:ReceiveMessage": {arn("EventsQueue")},
        "sqs:DeleteMessage": {arn("EventsQueue")},
        "sqs:GetQueueAttributes": {arn("EventsQueue")},
        "sqs:ChangeMessageVisibility": {arn("EventsQueue")},
        "sqs:SendMessage": {arn("EventsQueue"), arn("RejectsQueue")},
        "dynamodb:UpdateItem": {arn("BucketTable"), arn("ProfileTable")},
        "dynamodb:BatchGetItem": {arn("ProfileTable")},
        "dynamodb:BatchWriteItem": {arn("ProfileTable")},
        "dynamodb:GetItem": {arn("BucketTable"), arn("ProfileTable")},
        "dynamodb:PutItem": {arn("ProfileTable")},
        "ssm:GetParameters": {parameter(name) for name in ("settings", "access-token")},
        "logs:CreateLogStream": {arn("SenderLogGroup")},
        "logs:PutLogEvents": {arn("SenderLogGroup")},
    }


@pytest.mark.parametrize("role", of_type("AWS::IAM::Role"))
def test_each_statement_says_what_for_and_is_about_one_thing(role: str) -> None:
    sids = [statement["Sid"] for statement in statements(role)]

    assert len(sids) == len(set(sids))
    for statement in statements(role):
        # A verb and its object: `HoldLeases`.
        assert re.fullmatch(r"([A-Z][a-z]+){2,}", statement["Sid"])
        assert len({action.partition(":")[0] for action in as_list(statement["Action"])}) == 1
        kinds = {resource_name(resource).rpartition("/")[0] for resource in as_list(statement["Resource"])}
        assert len(kinds) == 1


@pytest.mark.parametrize("role", of_type("AWS::IAM::Role"))
def test_only_lambda_may_take_a_role(role: str) -> None:
    (statement,) = properties(role)["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize(
    ("metric", "condition"),
    [
        ("DaySpent", f'$.reason = "{DAY_SPENT}"'),
        ("AccessTokenRefused", f'$.reason = "{ACCESS_TOKEN_REFUSED.reason}"'),
        ("WrongAccount", f'($.reason = "{WRONG_ACCOUNT}*") || ($.reason = "{ACCOUNT_UNKNOWN}*")'),
        ("RefusedAlike", f'$.reason = "{REFUSED_ALIKE}"'),
        (
            "WaitsForPerson",
            (
                f'($.waits_for = "person") && ($.reason != "{REFUSED_ALIKE}") && '
                f'($.reason != "{ACCESS_TOKEN_REFUSED.reason}") && ($.reason != "{WRONG_ACCOUNT}*") && '
                f'($.reason != "{ACCOUNT_UNKNOWN}*")'
            ),
        ),
    ],
)
def test_there_is_an_alarm_for_what_the_log_says_of_a_portal(metric: str, condition: str) -> None:
    found = properties(f"{metric}Filter")
    alarm = properties(f"{metric}Alarm")

    assert found["FilterPattern"] == f"{{ {condition} }}"
    assert found["LogGroupName"] == {"Ref": "SenderLogGroup"}
    (transformation,) = found["MetricTransformations"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (transformation["MetricNamespace"], metric)
    assert transformation["MetricName"] == metric
    # A waiting record is looked at again within 15 minutes: the alarm must not flap in between.
    assert alarm["Period"] > 900


@pytest.mark.parametrize("alarm", ["RefusedAlike", "WaitsForPerson", "AccessTokenRefused", "WrongAccount"])
def test_an_alarm_on_what_waits_for_a_person_names_the_command_that_shows_why(alarm: str) -> None:
    assert "`relay status`" in properties(f"{alarm}Alarm")["AlarmDescription"]


def test_every_output_is_described_and_the_webhook_url_is_that_of_the_default_destination() -> None:
    outputs = TEMPLATE["Outputs"]

    assert {
        "WebhookUrl",
        "ApiId",
        "ParameterPrefix",
        "EventsQueueUrl",
        "RejectsQueueUrl",
        "BucketTableName",
        "ProfileTableName",
        "IngestFunctionName",
        "SenderFunctionName",
    } <= outputs.keys()
    assert [name for name, output in outputs.items() if not output.get("Description")] == []
    assert outputs["WebhookUrl"]["Value"]["Fn::Sub"].endswith("/webhook/default")


def test_every_parameter_is_described_used_and_offered_in_a_group() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(PARAMETERS)
    for name, parameter in PARAMETERS.items():
        assert parameter["Description"]
        assert re.search(rf"!Ref {name}\b|\${{{name}}}", TEXT), name


def test_logical_ids_end_in_their_kind() -> None:
    kinds = {
        "AWS::Serverless::HttpApi": "Api",
        "AWS::Serverless::Function": "Function",
        "AWS::Serverless::LayerVersion": "Layer",
        "AWS::IAM::Role": "Role",
        "AWS::SQS::Queue": "Queue",
        "AWS::DynamoDB::Table": "Table",
        "AWS::SSM::Parameter": "Parameter",
        "AWS::Logs::LogGroup": "LogGroup",
        "AWS::Logs::MetricFilter": "Filter",
        "AWS::Logs::QueryDefinition": "Query",
        "AWS::CloudWatch::Alarm": "Alarm",
        "AWS::CloudWatch::CompositeAlarm": "Alarm",
        "AWS::CloudWatch::Dashboard": "Dashboard",
        "AWS::SNS::Topic": "Topic",
        "AWS::SNS::TopicPolicy": "TopicPolicy",
    }

    assert [name for name, spec in RESOURCES.items() if not name.endswith(kinds[spec["Type"]])] == []


def test_concurrency_is_reserved_for_ingest_only_where_somebody_asks_for_it() -> None:
    # A new account has 10 in all, of which AWS lets nobody reserve any.
    assert default("IngestReservedConcurrency") == 0
    assert TEMPLATE["Conditions"]["HasIngestReservedConcurrency"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "IngestReservedConcurrency"}, "0"]}]
    }
    assert properties("IngestFunction")["ReservedConcurrentExecutions"] == {
        "Fn::If": [
            "HasIngestReservedConcurrency",
            {"Ref": "IngestReservedConcurrency"},
            {"Ref": "AWS::NoValue"},
        ]
    }
    assert "ReservedConcurrentExecutions" not in properties("SenderFunction")


def test_ingest_has_time_for_an_answer_that_aws_keeps_waiting() -> None:
    assert properties("IngestFunction")["Timeout"] * 1_000 > 2 * REQUEST_MS
