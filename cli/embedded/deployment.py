"""Deploy our own template.yaml onto the embedded AWS, as `sam deploy` would: pack, upload, create."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from samtranslator.yaml_helper import yaml_parse

from cli.embedded.aws import REGION, EmbeddedAws

ROOT = Path(__file__).parents[2]
BUCKET = "artifacts"
# MiniStack would refuse the stack for a query, for an alarm of alarms and for one with metric math, which the
# dashboard shows.
# None of them could be looked at on this machine either.
_UNKNOWN_TO_MINISTACK = frozenset(
    {"AWS::Logs::QueryDefinition", "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::CompositeAlarm"}
)
_METHODS = frozenset({"get", "put", "post", "patch", "delete", "head", "options"})
_ANY_METHOD = "x-amazon-apigateway-any-method"
_DEFAULT_ROUTE = "$default"


class DeploymentError(Exception):
    """The stack was not created; the text holds CloudFormation's reasons."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack.

    Attributes:
        name: Its name.
        outputs: Its outputs.
        api_url: Where its API is served on the embedded AWS.
        options_url: Where that API's OPTIONS requests are to go instead; empty if its routes take none.
    """

    name: str
    outputs: Mapping[str, str]
    api_url: str
    options_url: str


def deploy(aws: EmbeddedAws, name: str, parameters: Mapping[str, str], template: Path | None = None) -> Stack:
    """Create the stack `name` from `template` (ours by default) and return it once it is complete.

    Raises:
        DeploymentError: CloudFormation has refused it.
    """
    path = template or ROOT / "template.yaml"
    content = yaml_parse(path.read_text(encoding="utf-8"))
    resources = content["Resources"]
    content["Resources"] = {name: spec for name, spec in resources.items() if _is_known(spec)}
    _upload_code(aws, content, path.parent)
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(content),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise DeploymentError("\n".join(_reasons(cloudformation, name)) or stack["StackStatus"])
    outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stack["Outputs"]}
    functions = _add_routes(aws, cloudformation, name, outputs["ApiId"])
    _start_event_source(aws, outputs["SenderFunctionName"])
    api_url = f"{aws.endpoint_url}/_aws/execute-api/{outputs['ApiId']}/$default"
    default = functions.get(_DEFAULT_ROUTE)
    return Stack(name, outputs, api_url, _options_url(aws, default) if default else "")


def _is_known(resource: Mapping[str, Any]) -> bool:
    has_math = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return resource["Type"] not in _UNKNOWN_TO_MINISTACK and not has_math


def _upload_code(aws: EmbeddedAws, template: dict[str, Any], folder: Path) -> None:
    """Put local code into S3 and let the template refer to it, as `sam package` does."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    properties = [template.get("Globals", {}).get("Function", {})]
    properties += [resource["Properties"] for resource in template["Resources"].values()]
    for place in properties:
        for key in ("CodeUri", "ContentUri"):
            local = place.get(key)
            if isinstance(local, str):
                # The layer stays empty: the functions run in this Python, whose packages are the layer's
                # versions, and could not import those that were built for arm64.
                body = _zip(folder / local if key == "CodeUri" else None)
                s3.put_object(Bucket=BUCKET, Key=f"{local.strip('/')}.zip", Body=body)
                place[key] = f"s3://{BUCKET}/{local.strip('/')}.zip"


def _zip(folder: Path | None) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README", "Packed for the embedded AWS.\n")
        for path in sorted(folder.rglob("*.py")) if folder else ():
            archive.write(path, path.relative_to(folder or path))
    return packed.getvalue()


def _reasons(cloudformation: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - a generated client
    for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]:
        if "FAILED" in event["ResourceStatus"]:
            yield f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"


def _add_routes(aws: EmbeddedAws, cloudformation: Any, name: str, api_id: str) -> Mapping[str, str]:  # noqa: ANN401 - as above
    """Create the routes that SAM writes into the API's OpenAPI body, which MiniStack does not read.

    Return the function of each route, by the route's key.
    """
    processed = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    template = processed if isinstance(processed, Mapping) else json.loads(processed)
    gateway = aws.client("apigatewayv2")
    functions = {}
    for logical_id, key in routes(template):
        physical_id = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        functions[key] = physical_id["StackResourceDetail"]["PhysicalResourceId"]
        integration = gateway.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=f"arn:aws:lambda:{REGION}:{_account(aws)}:function:{functions[key]}",
            PayloadFormatVersion="2.0",
        )
        target = f"integrations/{integration['IntegrationId']}"
        gateway.create_route(ApiId=api_id, RouteKey=key, Target=target)
    return functions


def routes(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the function and the key of every route of the template's HTTP API."""
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::ApiGatewayV2::Api":
            continue
        for path, methods in resource["Properties"]["Body"]["paths"].items():
            for method in (_METHODS | {_ANY_METHOD}) & methods.keys():
                function = _function_in(methods[method]["x-amazon-apigateway-integration"]["uri"])
                yield function, _route_key(path, "ANY" if method == _ANY_METHOD else method.upper())


def _route_key(path: str, method: str) -> str:
    return path if path == _DEFAULT_ROUTE else f"{method} {path}"


def _function_in(uri: Any) -> str:  # noqa: ANN401 - an intrinsic function
    # An ARN with ${IngestFunction.Arn} in it, to be substituted.
    reference: str = uri["Fn::Sub"].rpartition("${")[2].partition(".")[0]
    return reference


def _options_url(aws: EmbeddedAws, function: str) -> str:
    """Give the function a URL of its own: MiniStack's APIs answer OPTIONS themselves, with 403.

    AWS's do so only with CORS settings; without, the `$default` route takes OPTIONS too. Either URL calls the
    function with an event of the same form.
    """
    made = aws.client("lambda").create_function_url_config(FunctionName=function, AuthType="NONE")
    url_id = httpx.URL(made["FunctionUrl"]).host.partition(".")[0]
    return f"{aws.endpoint_url}/_aws/lambda-url/{url_id}"


def _start_event_source(aws: EmbeddedAws, function: str) -> None:
    """Set the concurrency as a number: MiniStack keeps the text of a parameter and cannot compare it."""
    functions = aws.client("lambda")
    (mapping,) = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    concurrency = int(mapping["ScalingConfig"]["MaximumConcurrency"])
    functions.update_event_source_mapping(
        UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": concurrency}
    )


def _account(aws: EmbeddedAws) -> str:
    account: str = aws.client("sts").get_caller_identity()["Account"]
    return account
