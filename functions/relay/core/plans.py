"""What HubSpot's plans allow, until its own answers tell."""

from typing import Literal, TypeAlias

from relay.core.bucket import Limits

Plan: TypeAlias = Literal[
    "free",
    "starter",
    "professional",
    "enterprise",
    "professional-increase",
    "enterprise-increase",
    "classic-professional",
    "classic-enterprise",
]

# Calls in any 10 s for one private app or service key, association calls in any 10 s, and calls a day for the
# account (HubSpot's usage guidelines and its associations guide). The increase is one pack of HubSpot's API
# limit increase. The last two are what Segment's page on HubSpot (Classic) says.
PLANS: dict[Plan, Limits] = {
    "free": Limits(burst=100, associations=100, day=250_000),
    "starter": Limits(burst=100, associations=100, day=250_000),
    "professional": Limits(burst=190, associations=150, day=625_000),
    "enterprise": Limits(burst=190, associations=150, day=1_000_000),
    "professional-increase": Limits(burst=250, associations=200, day=1_625_000),
    "enterprise-increase": Limits(burst=250, associations=200, day=2_000_000),
    "classic-professional": Limits(burst=100, associations=100, day=500_000),
    "classic-enterprise": Limits(burst=120, associations=100, day=1_000_000),
}
# No account has more, so a header that tells more means something else: Enterprise with two packs, of which
# the second adds to the day only.
MOST_IN_WINDOW, MOST_A_DAY = 250, 3_000_000
