"""How long the tests that draw at random look for trouble: `make test EFFORT=10` for ten times as long."""

import os

EFFORT = int(os.environ.get("EFFORT", "1"))
