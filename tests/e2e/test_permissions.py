"""The functions' calls to AWS are seen in these tests, and so can be held against the template's roles."""

import pytest
from e2e.conftest import Doors
from e2e.posting import delivered, person
from permissions import ROLES

from cli.local import LocalRelay

pytestmark = pytest.mark.stack


def test_the_calls_of_each_function_go_through_its_door(doors: Doors, relay: LocalRelay) -> None:
    delivered(relay, person(plan="team"))

    seen = {
        function: {call.request.operation for call in proxy.calls}
        for function, proxy in doors.proxies.items()
    }
    assert seen.keys() == ROLES.keys()
    assert "SQS.SendMessageBatch" in seen["IngestFunction"]
    assert {"DynamoDB.UpdateItem", "DynamoDB.BatchWriteItem"} <= seen["SenderFunction"]
