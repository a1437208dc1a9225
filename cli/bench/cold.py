"""The first request of an execution environment: how long its caller waits, by the function's memory."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.embedded.aws import ACCOUNT, REGION
from cli.local import LocalRelay
from cli.samples import http_event

FUNCTIONS = Path(__file__).parents[2] / "functions"
ROUNDS = 7
# Lambda gives a whole virtual CPU at this memory, and of less memory that part of it; while a function is
# initialised, all of it (Lambda's guide: configuring function memory).
VCPU_MB = 1769
MEMORIES_MB = (256, 512, 1024, VCPU_MB)

_IMPORT = "import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
_REQUEST = """
import json, resource, sys, time
import ingest.app
event = sys.stdin.read()
imported = time.process_time()
answer = ingest.app.handler(json.loads(event), None)
assert answer["statusCode"] == 200, answer
spent = {"import": imported, "request": time.process_time() - imported}
spent["peak_kb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(spent), file=sys.stderr)
"""


def import_ms(module: str) -> float:
    """Median time that a fresh interpreter takes to import a module, .pyc files present."""
    command = [sys.executable, "-c", _IMPORT.format(module=module)]
    environ = {"PYTHONPATH": str(FUNCTIONS)}
    seconds = [
        float(subprocess.run(command, env=environ, capture_output=True, check=True).stdout)  # noqa: S603 - our own interpreter and program
        for _ in range(ROUNDS)
    ]
    return round(statistics.median(seconds) * 1000, 1)


def first_request(relay: LocalRelay, body: bytes) -> Mapping[str, object]:
    """Return the CPU time of a fresh ingest that gets `body` at once, and what that makes by Lambda's memory.

    SSM and SQS are asked over plain HTTP; on Lambda two TLS handshakes come on top, some 50 ms of waiting.
    """
    function = relay.aws.client("lambda").get_function_configuration(
        FunctionName=relay.stack.outputs["IngestFunctionName"]
    )
    environ = {
        **function["Environment"]["Variables"],
        "PYTHONPATH": str(FUNCTIONS),
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": relay.aws.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    done = subprocess.run(  # noqa: S603 - as above
        [sys.executable, "-c", _REQUEST],
        env=environ,
        input=json.dumps(http_event(body)),
        capture_output=True,
        text=True,
        check=True,
    )
    spent = json.loads(done.stderr.splitlines()[-1])
    waits = {mb: spent["import"] + spent["request"] * VCPU_MB / min(mb, VCPU_MB) for mb in MEMORIES_MB}
    return {
        "import_cpu_ms": round(spent["import"] * 1000),
        "request_cpu_ms": round(spent["request"] * 1000),
        "peak_mb": spent["peak_kb"] // 1024,
        "wait_s_by_memory_mb": {str(mb): round(wait, 2) for mb, wait in waits.items()},
    }
