"""What a command says of what went wrong, beside what programs read."""

from rich.console import Console
from rich.markup import escape


def complain(text: str) -> None:
    """Say what is wrong, on the standard error."""
    Console(stderr=True).print(f"[red]✗[/] {escape(text)}", highlight=False, soft_wrap=True)
