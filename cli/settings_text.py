"""The prose of `docs/settings.md`, around the tables that `settings_page.py` makes."""

HEAD = """# Settings

<!-- Made from the code by `make docs`. Edit relay/settings.py, template.yaml and cli/settings_text.py. -->

There are two kinds. The **settings** of a destination say what becomes of events; they may be changed at any
time. The **parameters** of the template say how the stack runs; they change with a deployment.

## A destination's settings

They are JSON in the SSM parameter `/{stack}/{destination}/settings`. The template writes those of `default`
from its parameters. What has no parameter of its own goes into `MoreSettings`, as JSON, and goes before the
others:

```console
$ MORE='{"email_change":"update","traits":{"plan.tier":"subscription_tier"}}'
$ sam deploy --parameter-overrides "MoreSettings='$MORE'"
```

Mind the single quotes around the JSON: without them SAM cuts it off at its first `"`, and CloudFormation
refuses what is left. `./relay connect --set KEY=VALUE` prints the whole command. A [further
destination](deploy.md#more-destinations) has a parameter of its own and needs no deployment.

- A change counts within five minutes.
- A key that does not exist is refused, with the nearest one that does, and so is a value out of range. Events
  wait meanwhile (`invalid_settings: …`); nothing is lost.
- In the tables *name* stands for any name, such as a trait's or an event's. HubSpot's properties go by their
  internal names.
"""
PLANS = """### Plans

HubSpot's answers correct these limits as soon as there are any. A `burst_limit` or `daily_limit` of your own
is not exceeded, whatever HubSpot allows. `-increase` is with HubSpot's API limit increase; `classic-` is as
Segment's page on HubSpot (Classic) has it.
"""
PARAMETERS = """
## The template's parameters

`sam deploy --guided` asks for them and keeps the answers in `samconfig.toml`. A later `sam deploy` changes
those that `--parameter-overrides` names; the others stay. The reasons for the defaults stand in
[template.yaml](../template.yaml).
"""
REST = """## What lies in SSM

| parameter | kind | what it is |
| --- | --- | --- |
| `/{stack}/{destination}/settings` | String | the settings above |
| `/{stack}/{destination}/access-token` | SecureString | the token with which HubSpot is called |
| `/{stack}/{destination}/signing-secret` | SecureString | Segment's shared secrets, one a line |
| `/{stack}/{destination}/header-secret` | SecureString | secrets that come in a header, one a line |
| `/{stack}/write-keys` | SecureString | [write keys](senders.md#write-keys) of libraries, JSON |"""
