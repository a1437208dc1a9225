"""`make chaos`: one line a fault."""

from collections.abc import Sequence
from difflib import get_close_matches

from rich.console import Console

from cli.chaos.faults import FAULTS
from cli.chaos.runner import Run, runs
from cli.chaos.world import scale_for


class UnknownFaultError(Exception):
    """There is no fault of that name; the text says which are near it."""

    def __init__(self, name: str) -> None:
        near = get_close_matches(name, FAULTS) or FAULTS
        super().__init__(f"There is no fault {name!r}. There are: {', '.join(near)}")


def show(faults: Sequence[str], seed: int, events: int, console: Console) -> bool:
    """Run `faults`, or all of them if none is named; say whether HubSpot has ended as it should each time.

    Raises:
        UnknownFaultError: one is named that does not exist.
    """
    for name in faults:
        if name not in FAULTS:
            raise UnknownFaultError(name)
    is_well = True
    with runs(list(dict.fromkeys(faults)) or list(FAULTS), seed, scale_for(events)) as coming:
        for future in coming.values():
            found = future.result()
            is_well = is_well and not found.differences
            _show(found, console)
    return is_well


def _show(run: Run, console: Console) -> None:
    mark = "[red]✗[/]" if run.differences else "[green]✓[/]"
    figures = f"seed {run.seed}  {run.events} events  {run.calls:4} calls  {run.seconds:5.1f} s"
    console.print(f"{mark} {run.fault:22} {figures}  {FAULTS[run.fault].about}", soft_wrap=True)
    for figure in run.figures:
        console.print(f"    [dim]{figure}[/]", highlight=False, soft_wrap=True)
    for difference in run.differences:
        console.print(f"    {difference}", highlight=False, markup=False, soft_wrap=True)
