"""`python -m cli`: the `relay` command."""

from cli.main import app

app(prog_name="relay")
