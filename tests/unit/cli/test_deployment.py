"""The routes that SAM makes of a template's HttpApi events, as MiniStack has to be told them."""

from typing import Any
from unittest.mock import Mock

import pytest
from samtranslator.translator.transform import transform

from cli.embedded.deployment import routes


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ({}, "$default"),
        ({"Method": "POST", "Path": "/webhook/{destination}"}, "POST /webhook/{destination}"),
        ({"Method": "ANY", "Path": "/v1/{proxy+}"}, "ANY /v1/{proxy+}"),
    ],
)
def test_each_http_event_is_a_route_to_its_function(
    monkeypatch: pytest.MonkeyPatch, event: dict[str, Any], key: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    function = {
        "Handler": "app.handler",
        "Runtime": "python3.13",
        "CodeUri": "s3://bucket/key",
        "Role": "arn:aws:iam::000000000000:role/role",
        "Events": {"Event": {"Type": "HttpApi", "Properties": {"ApiId": {"Ref": "Api"}, **event}}},
    }
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Api": {"Type": "AWS::Serverless::HttpApi"},
            "Function": {"Type": "AWS::Serverless::Function", "Properties": function},
        },
    }

    assert list(routes(transform(template, {}, Mock()))) == [("Function", key)]
