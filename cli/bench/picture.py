"""Draws docs/decisions/token-bucket.svg: `python -m cli.bench.picture`. The same code draws the same file."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.bench.bucket import ALGORITHMS
from cli.bench.virtual import WINDOW_MS, Outcome, Schedule

FILE = Path(__file__).parents[2] / "docs/decisions/token-bucket.svg"
LIMIT = 190
SCHEDULE = Schedule(seed=1, limit=LIMIT, duration_ms=90_000, idle_from_ms=40_000, idle_until_ms=55_000)
TITLES: Mapping[str, str] = {
    "relay": "This bucket",
    "token_bucket": f"Token bucket of {LIMIT}, refilled at {LIMIT // 10} a second",
    "fixed_window": f"Fixed windows: {LIMIT} calls in every ten seconds of the clock",
}
# A plot is 860 by 100 pixels and ends at twice the limit, so that the limit is at half its height.
PLOT_WIDTH, PLOT_HEIGHT = 860, 100
PANEL_HEIGHT = 154
STEP_MS = 200

# With a background of its own, so that it can be read on a dark page.
PAGE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 520" font-family="system-ui, sans-serif" \
font-size="14" fill="#24292f" role="img" aria-label="Calls in the last ten seconds over time: this bucket \
stays at the limit of {limit}, a token bucket and fixed windows reach twice as many after a pause.">
<defs><clipPath id="over"><rect y="-10" width="860" height="59"/></clipPath></defs>
<rect width="960" height="520" rx="12" fill="#f6f8fa"/>
<g transform="translate(76 44)">
{panels}
</g>
<g fill="#57606a" text-anchor="middle">
<text x="506" y="500">seconds</text>
<text transform="translate(26 248) rotate(-90)">calls in the last 10 s</text>
</g>
</svg>
"""
PANEL = """\
<g transform="translate(0 {top})">
<text y="-14" font-weight="600">{title}</text>
<text x="860" y="-14" text-anchor="end" fill="{colour}" font-weight="600">at most {most} in 10 s</text>
<g font-size="13" fill="#57606a">{ticks}</g>
<rect x="{idle_x}" width="{idle_width}" height="100" fill="#d0d7de" opacity=".45"/>
<defs><path id="{name}" d="{area}"/></defs>
<use href="#{name}" fill="#0969da" fill-opacity=".2" stroke="#0969da" stroke-width="1.5"/>
<use href="#{name}" fill="#cf222e" fill-opacity=".7" stroke="#cf222e" clip-path="url(#over)"/>
<path d="M0 50H860" stroke="#24292f" stroke-dasharray="6 4"/>
<g font-size="13">{notes}</g>
</g>"""
NOTES: Mapping[str, str] = {
    "relay": """\
<text x="852" y="44" text-anchor="end">limit</text>
<text x="454" y="22" text-anchor="middle" fill="#57606a">nothing to send</text>""",
    "token_bucket": '<text x="122" y="30" fill="#cf222e">more than HubSpot allows</text>',
}


def draw() -> str:
    """Play each algorithm and return the picture."""
    panels = (_panel(name, place, ALGORITHMS[name](SCHEDULE)) for place, name in enumerate(TITLES))
    return PAGE.format(limit=LIMIT, panels="\n".join(panels))


def _panel(name: str, place: int, outcome: Outcome) -> str:
    most = outcome.most_in_window()
    return PANEL.format(
        name=name,
        top=PANEL_HEIGHT * place,
        title=TITLES[name],
        most=most,
        colour="#cf222e" if most > LIMIT else "#0969da",
        idle_x=_x(SCHEDULE.idle_from_ms),
        idle_width=_x(SCHEDULE.idle_until_ms - SCHEDULE.idle_from_ms),
        ticks="\n".join(_ticks()),
        area=f"M0 {PLOT_HEIGHT}L" + " ".join(_points(outcome)) + f" {PLOT_WIDTH} {PLOT_HEIGHT}",
        notes=NOTES.get(name, ""),
    )


def _points(outcome: Outcome) -> Iterator[str]:
    """Yield the most calls in a window that ends within each step."""
    ordered = sorted(outcome.counted_ms)
    in_window = [n + 1 - bisect_right(ordered, at_ms - WINDOW_MS) for n, at_ms in enumerate(ordered)]
    for from_ms in range(0, SCHEDULE.duration_ms, STEP_MS):
        until_ms = from_ms + STEP_MS
        first, last = bisect_right(ordered, from_ms), bisect_right(ordered, until_ms)
        before = first - bisect_right(ordered, from_ms - WINDOW_MS)
        yield f"{_x(until_ms)} {_y(max([before, *in_window[first:last]]))}"


def _ticks() -> Iterator[str]:
    for calls in (0, LIMIT, 2 * LIMIT):
        y = _y(calls)
        yield f'<path d="M0 {y}H{PLOT_WIDTH}" stroke="#d0d7de"/>'
        yield f'<text x="-8" y="{y + 5:g}" text-anchor="end">{calls}</text>'
    for at_ms in range(0, SCHEDULE.duration_ms + 1, WINDOW_MS):
        x = _x(at_ms)
        yield f'<text x="{x}" y="116" text-anchor="middle">{at_ms // 1000}</text>'


def _x(at_ms: int) -> float:
    return round(at_ms * PLOT_WIDTH / SCHEDULE.duration_ms, 1)


def _y(calls: int) -> float:
    return round(PLOT_HEIGHT - calls * PLOT_HEIGHT / (2 * LIMIT), 1)


if __name__ == "__main__":
    FILE.write_text(draw(), encoding="utf-8")
