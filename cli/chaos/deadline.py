"""Lies beside a sender as sitecustomize.py: it believes in a time-out, and tells AWS its process."""

import os

os.environ["AWS_SDK_UA_APP_ID"] = f"process-{os.getpid()}"
os.environ["_LAMBDA_TIMEOUT"] = os.environ["DEADLINE_S"]
