"""The function that calls HubSpot."""

import os

from relay.log_guard import keep_quiet

# Here, because this runs before anything that the handler imports.
keep_quiet(in_lambda="AWS_LAMBDA_RUNTIME_API" in os.environ)
