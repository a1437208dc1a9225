"""Bad requests over real HTTP: the gateway, the function and the parameters of the local relay."""

import httpx
import pytest
from refusals.table import Refusal
from refusals.tracking import TRACKING_API
from refusals.webhooks import WEBHOOK

from cli.local import LocalRelay

pytestmark = pytest.mark.stack


@pytest.mark.parametrize(
    "refusal",
    [each for each in (*WEBHOOK, *TRACKING_API) if each.over_http],
    ids=lambda refusal: f"{refusal.path} {refusal.what}",
)
def test_a_bad_request_gets_the_same_answer_over_http(relay: LocalRelay, refusal: Refusal) -> None:
    answer = httpx.request(
        refusal.method,
        f"{relay.url}{refusal.path}",
        params=refusal.query,
        content=refusal.body,
        headers=refusal.headers,
    )

    told = answer.json()
    reasons = [entry["reason"] for entry in told.pop("rejected")] if refusal.rejected is not None else None
    assert (answer.status_code, reasons) == (refusal.status, refusal.rejected)
    assert told == {"success": False, "code": refusal.code, "message": refusal.message}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers.get("access-control-allow-origin") == refusal.origin
    assert relay.waiting() == 0
