"""The prose of `docs/mapping.md`, around the tables that `reference.py` makes."""

HEAD = """# From traits to properties

<!-- Made from the code by `make docs`. Edit cli/reference.py and cli/reference_text.py. -->

## Whose contact it is

The first of these that is an address HubSpot would take: `traits.email` of an identify, in any spelling;
`context.traits.email`; a track's `properties.email`; `userId`; a top-level `email`; an e-mail address among
Engage's `context.externalIds` (those of users). Then the address that is remembered for the user id, or for
the anonymous id if the event names no user. It is trimmed and put into lower case. HubSpot takes no address
below a top-level domain that does not exist. Of a list of addresses, or of text that holds several, the first
counts, and the others are named under `dropped`.

Traits are those of the event, or of `context.traits` if it has none, as RudderStack sends them.

### What an address may do

Only a person's own word says "this user has this address": an identify, or an alias. An address anywhere else
may be that of somebody else, as in an invitation or a gift. It names the contact of that event and nothing
more: no later event, property, association or deletion goes there. The user's traits in such an event are
not set on the other contact (`another_person`).
"""
STANDARD = """
Of an id of which nothing is known, whatever is told is the best that there is, until the person's own word
comes. That word then counts, however old it is, and gives nobody another address; of two own words the newer
one counts. Until then no deletion follows the id, and an association that waits for it goes on waiting.
An alias says that two ids are one, not whose they are: both lead where the better word has led one of them.
Ids follow the contact's record: whoever takes up an address that a contact has given up is somebody else.
Where somebody has given a contact's address to another one in HubSpot, events with it still reach the former
contact, until an event tells the address that this one has now.

An audience, a computed trait or a journey comes once for each address of a profile. It sets properties of the
person whom its id names, and neither adds nor changes an address. Where the person's own word has not told
whose the id is, its address names the contact.

A person whom HubSpot is known to have is written by HubSpot's record, without the address: one that somebody
has changed in HubSpot stays, and no second contact is made by an app that goes on with the old one. The
address is set where the contact is made, and where an identify changes it (`email_change` `update`). Before a
known person gets another address, HubSpot is asked whose it is: a further address of the same contact stays a
further one.

### Known by something else than the address

With the [setting](settings.md#people) `match_property` a contact is known by a unique property of yours, such
as `customer_id`. The value that counts is the first of these:

1. what a trait sets the property to, by its own name or by a rule of `traits`: an identify's traits, or
   `context.traits` of any call; or what `properties_to_contact` takes from a track
2. an external id whose type is the property's name; in a track without a user id, its own property of that
   name
3. what an identify has told before of the same user id
4. the user id

White space around a value does not count, and what has more than 256 characters is none. Events without a
value fall back to the person who is remembered for their ids, then to their address.

The address is a property like any other then. It is set where the contact is made, and where an identify
tells another one than was told last; one that somebody changes in HubSpot stays. If it belongs to another
contact, HubSpot is asked whose: a contact without a value is the same person, and gets the value; one with
another value is somebody else, and the address is left out (`email_of_another_contact`). HubSpot makes no
contact without an address or a name. A person who was known by address before the setting gets the value when
the next event comes. Several user ids that led to one address by then are one person, whose value is
that of whichever comes first, until an identify tells the value of each by a trait.

HubSpot's own record id goes before all that: `hs_object_id`, in any spelling, in an identify's traits, in
`context.traits` or in a track's properties, or an external id of type `hubspot_id` or `hs_object_id`. It is
never sent as a property. In an identify it says whose the ids are; anywhere else it names the contact of that
event and nothing more. If there is no such record, the address counts, or the event is skipped
(`contact_unknown`).

Anybody can send what comes with a public write key. It names no contact by either, and sets the property of
nobody; a track of a user id is still an event of that user.

To make such a property: in HubSpot's settings, under *Properties*, create a contact property of single-line
text or of a number, and tick *Require unique values for this property*. HubSpot lets none become unique
later, and allows ten of a kind. Where it is not there or not unique, all events wait
(`match_property_missing`, `match_property_not_unique`), and `relay doctor` says so.

## Standard traits

Case and separators do not matter: `First Name`, `first_name` and `FIRSTNAME` are the same. The first trait
that has a value counts. Each is only sent if HubSpot lets the property be written.

Of a list the first item that has a value counts: a text or a number, and an object as `address` or `company`.
Objects and lists for `address`, `company` and `phone` may come as JSON text.
The others are named under `dropped` (`address[1]: superseded`). No list and no object ever becomes the text
of a standard property; what cannot be used is named by its path (`phone.home: unknown_property`).

Of `name` the first word is the first name, and the rest the last name. A `name` of one word sets the first
name alone: it says nothing of a last name, so one that HubSpot has stays. Whoever wants to empty it sends
`lastName` as an empty text.
"""
KEYS = """
A portal that has a property of the trait's own name as well, such as `position`, gets that too.

`custom_lifecycle_stage` is no spelling of `lifecycleStage`, and is left alone. A property called `id` gets
the user id, unless a trait gives it.

## All other traits

A trait sets the property of its own internal name. Lower case, without blanks and invisible characters around
it; what a name cannot hold becomes `_`:
"""
VALUES = """
Parts of an object set the properties of their flattened names: `plan.tier` sets `plan_tier`. If HubSpot does
not have one of these but has the object's own (`plan`), that gets the object as JSON.

Where HubSpot has no property of that name, a trait may go by the *label* that people see in HubSpot: `Job
Role` sets `job_role_c` if that is its label. Case, blanks and the form of characters do not matter,
separators do. The label must be that of just one property that can be written, and a name always goes before
it: that of a property, and that of a standard trait. Parts of objects go by no label, and none leads to the
address, to a company's domain or to a property with unique values, which say whom an event is about. A rule
for the property's name holds for its label as well; the list of a public write key counts the name that the
event gives.

The [setting](settings.md#people) `traits` names another property for a trait, or blocks it:
`{"traits": {"plan.tier": "subscription_tier", "ssn": null}}`. A rule goes before everything else.

A public write key may have a [list of traits](senders.md#what-a-public-key-may-do): of an event that came
with it, only those are taken, by the names that the event gives them. That goes for `context.traits`, for
the traits of groups and for what `properties_to_contact` takes from a track. The address, and the website
that names a company, need not be listed. No property and no event of HubSpot is created for an event of any
public key, whatever `create_properties` and `create_event_definitions` say.

## Values

A value is only ever converted towards the type that HubSpot declares for the property. What cannot be
converted costs its property, never the contact.

Text is taken without blanks, line ends and invisible characters around it (marks of byte order and direction,
soft hyphens, controls), of whatever type the property is, and so are the items of lists. What stands within a
text stays: emoji, and words that are written with joiners. Objects and lists that become JSON are as they
came.

The empty text `""` clears a property, as HubSpot has it. Everything else that says nothing is no value and
never overwrites one (`no_value`): `null`, text of which nothing is to be seen, an empty list or object, a
list or object of nothing else. With `null_policy` `clear` it clears the property as well, of whatever type
that is. A list with something in it that cannot be used clears nothing, and neither does a number that is
none.
"""
TIMES = """
Options are found by value, then by label, and what is sent is HubSpot's value. Case, the form of characters
(`é` as one or as two, letters of full width), blanks and what is invisible do not matter, unless several
options would be the same by that: then only the exact text counts.

`true` and `false`, also as text, mean the options of such a value or label; else the one pair that the
property has of Yes and No, 1 and 0, Y and N, On and Off. With two pairs, or none, they are `no_such_option`.

Of several chosen options, one that HubSpot does not have is left out (and reported by its place, as
`interests[1]`), and the others are sent. Text that begins with `;` adds its options to those that are
chosen.

Dates and times are read in the forms of the next section. A birthday may lie long ago: only days before the
year 1000 are empty (`empty_date`). A date is the day on which the moment falls in UTC. The last second of a
day that has one more is its last moment, and 24:00 is the beginning of the next day.

### When HubSpot's properties change

What properties there are, of which type and with which options, is read from HubSpot and shared by all
senders; it is 15 minutes old at most. A value that does not fit, or that HubSpot refuses, asks for a newer
list at once, and is converted anew by it and sent in the same look: an option or a property that was added a
second ago is used, also where another type, or a property that is gone, takes the value elsewhere. As long as
a newer list is no news, the next one is asked for later, up to a minute after the last, so that bad values
cost no more than one call a minute, however many there are.

A value that HubSpot refuses in spite of that is left out for an hour without asking, with HubSpot's own
reason: such as an address as `hubspot_owner_id`. It is asked again as soon as HubSpot lists the property
otherwise. What it refuses because of another record, or without saying why, holds for that one contact or not
at all.

### What is made in HubSpot

With `create_properties`, traits that HubSpot has no property for become contact properties, and with
`create_event_definitions` tracks become events, and their properties properties of the event. A name that
was used once is never free again, so that data in names would fill the account. Therefore:

- A name that looks like data is not made (`not_made: looks_like_data`): one with a number of four digits or
  more that is no year (`user_12345`), with letters and digits in turns as ids and hashes have them
  (`order-8f3a`), a date (`2026-11-30`, `nov_2026`), three numbers in a row (`v1_2_3`), an e-mail address or
  a URL. Small numbers and a year by itself are words: `address_2`, `last_30_days`, `plan_2026`. What the
  settings name (`traits`, `properties_to_contact`, `event_names`) a person has written down, and is made.
- No more than `max_new_names_an_hour`, `max_new_names_a_day` and `max_new_names_in_all` are made, by all
  senders together (`not_made: max_new_names_an_hour`). Contact properties, events, and properties that are
  added to an event later, are counted each by themselves, for the HubSpot account; the properties that an
  event is made with count as one with it.

An event is delivered without the property that was not made; a track without an event is rejected as
`no_definition`, and `relay replay` sends it when the event is there. An alarm (`NotMadeAlarm`) says so, and
`relay doctor` names what was not made. A property or an event that you make in HubSpot is used, whatever its
name is.

## When an event happened

`timestamp` says so, or `originalTimestamp` where that is none; without either it is the time of arrival.
Read is what says clearly which moment is meant, in every digit of Unicode: ISO 8601 and what libraries make
of it, the forms of e-mails, of JavaScript, Java, Go, .NET, PHP and databases, and numbers of seconds,
milli-, micro- and nanoseconds since 1970. ISO 8601 without a zone is UTC. Text for people (names of months,
AM and PM) has to name its zone: UTC, GMT, or an offset. A zone by its name alone, a day before its month in
figures, and years of other calendars are not clear.

Where a time cannot be read, is empty, or lies over five minutes ahead, **the time of arrival counts, and the
event's line says so** under `dropped`. Nothing that sends events is as old as 2002, and languages have their
empty times before; HubSpot would take an event of the year 1, and all that is known of the person would be
newer than it for ever. Less than five minutes ahead is a clock's matter, and the arrival counts without a
word.

Of an event that arrives on 2026-11-20 at 12:00 UTC:
"""
OBJECTS = """
The times by which [the Tracking API corrects clocks](senders.md#what-the-relay-adds) are read the same way.

## Objects in another form

`properties`, `context`, `integrations`, `traits`, and in a context `traits` and `externalIds`, may come as
JSON text, up to three times over, with at most 20,000 values and 100 levels; as a list of pairs; as a list
of objects of which none says what another one does. What cannot be read is told under `dropped` by the
field's name, and the rest of the event counts. Without the traits of an identify or a group nothing is left,
so that the event is rejected (`malformed_event`).
"""
OPT_OUTS = """
## Opting out

**Destinations.** With `integrations` `explicit`, an event is skipped (`integrations`) where it switches
HubSpot off: under any name that begins with HubSpot but *HubSpot Web*, or as RudderStack's `HS`, in any case
and with any separators. Off is `false`, `0`, `"false"`, `"off"`, `"no"`, `"0"`, `"disabled"`, `"denied"`,
`"opt-out"`, and options with `enabled` of that kind, JSON text included; other options are on, and `null`
says nothing. In place of `integrations` one such word means all destinations. `integrations` itself counts,
then `context.integrations`, `context.providers`; `providers` where there are no `integrations`. One name
that is on is enough. Text that is no JSON is told as `not_an_object`, but an opt-out in it holds all the
same: `{'HubSpot': False}`.

**Consent.** With `consent`, an event that speaks of consent is skipped (`no_consent`) unless every category
of the setting has been agreed to:

- by Segment's `context.consent.categoryPreferences`: the category is `true`;
- by RudderStack's `context.consentManagement`: it is not among `deniedConsentIds`, and, where there are
  `allowedConsentIds`, among these. The lists may be text with commas, JSON text, or objects of `true` and
  `false`; a category that stands as the name beside a denied id is denied, too. With
  `resolutionStrategy` `or`, one of the categories is enough. The `provider` does not matter.

Both must agree where both are there. The case of a category does not matter. An empty object says nothing;
what cannot be read agrees to nothing, and neither does a `context` that cannot be read."""
REST = """
## Several events of one person

Each property is decided by the newest event that names it, whatever the order of arrival; the others are
merged into it. What HubSpot has confirmed within `resend_after` is not sent again, as long as nothing else
of the contact changes.

A known user with a new address is a new contact (`email_change` `new`), or the same contact with another
address (`update`), unless that belongs to a contact already. A further address of a contact
(`hs_additional_emails`) leads to that contact, which keeps its own. `alias` lets two ids stand for one
person.

## Tracks

A track, or a page or screen that the setting `views` gives a name, is about the person of
`context.traits.email`, `properties.email`, the remembered person of its ids, or a user id that is an
address. `context.traits` set contact properties as an identify's traits do, and so do the event's own
properties that `properties_to_contact` names.

Phones keep a copy of the traits and send it with each event, so that an old one may come back. The
[setting](settings.md#tracks-pages-and-screens) `context_traits` says what they may change; the address in
them names the contact all the same, and what `properties_to_contact` names is set all the same:

- `set`, the default: what they name.
- `fill`: only what is empty in HubSpot. Where it is not remembered that HubSpot has a value, it is asked
  first, about a hundred people in one call, and what it has is believed as long as `resend_after` says. An
  identify counts before them, whatever their times, and what fills may be changed by any identify. An empty
  value fills nothing. What HubSpot has stays; another value that was offered is told as `already_set`. If
  HubSpot cannot be asked, the event waits.
- `ignore`: nothing (`context_traits_ignored`).

With `events` `custom` it becomes an occurrence of a custom event. HubSpot's event is the one that
`event_names` says, or whose full name, label or name is the track's, in this order and in any spelling:
`pe7654321_parcel_sent`, `pe7654321 Parcel Sent` and `parcel-sent` are one. The label is the singular one.
Its properties are converted as a contact's are. HubSpot takes 256 characters of a value, and 1,024 where
the property's name contains `url`, `referrer` or `link`; a longer one is left out (`too_long`), never cut.
With `legacy` a track goes to HubSpot's tracking URL, contact properties included; what only fills goes by a
call for the contact, whose answer says what became of it. HubSpot counts each call there, so what was
delivered is remembered for two weeks by its name and `messageId`, and one that comes again is `repeated`.
With `off` only its contact properties count.

`auto`, the default, asks HubSpot for its event definitions, and remembers the answer: for an hour, a "no"
for ten minutes. Where HubSpot lists them, it is `custom`. It is `off` where HubSpot says that the account's
plan has none; and, unless `plan` is an Enterprise plan, where the access token has no scope for them or no
event is defined. With an Enterprise plan, a missing scope is a fault that is told. It is never `legacy`. As
long as HubSpot cannot be asked, tracks wait. `relay doctor` says what `auto` has come to, and each track's
line says `events_off` where it is off.

HubSpot defines no event by itself. A track whose event is not in the list waits until the list has been read
after the track came, which takes 15 seconds at most (`definitions_outdated`); then it is rejected as
`no_definition`, or its event is made (`create_event_definitions`). For what `relay replay` sends again, the
list is read at once.

HubSpot takes one `messageId` of an event once a year. Of several tracks with one, the first is told; another
one is skipped as `repeated`, unless HubSpot refuses the first. A copy of the very same track is `delivered`
with it, with `repeated` under `dropped`, and so is one of which HubSpot says that it has it. Of one that
comes later, in a message of its own, HubSpot may say nothing: then it is `delivered`, and HubSpot keeps the
first.

HubSpot refuses a batch for one bad event, and often names none. Then parts of it are sent, in up to 200
calls that count towards no limit, until the bad ones are found: good events are delivered and bad ones
rejected as they are found. What is still open waits (`too_many_refusals`), and is searched in another order.
Where several are refused in the same words and none is accepted, all wait (`refused_alike`). A property that
HubSpot names is left out, and the event sent without it.

A person whose record is not remembered is looked up, a hundred in a call, where contacts are known by a
`match_property`, and where the event may make no contact (`create_contacts` off): then the event is sent to
the record, or skipped (`no_person`, `contact_unknown`). Of a value that no contact has, the event's address
counts, unless its contact has another value. Legacy events go by address alone, so the record's current one
is read first: no second contact is made of a person whose address somebody has changed in HubSpot.

Where nobody is known, a custom event is that of the visitor whose HubSpot token the page hands on as
`hubspotutk`, in the event's `context` or `properties`. Without one the event waits for its person as long as
`pending` says.

## Groups

A group is a company, known by the host of its `website` in lower case and without `www.`, or by its
`groupId` in the unique property that `group_key` names. Its traits set the company's properties, the
standard ones in any spelling:
"""
AFTER_COMPANIES = """
A company is found in whatever form HubSpot has its domain: with `www.`, as a whole URL, in capitals, with a
path, in letters of its own or in ASCII, or as one of its further domains (`hs_additional_domains`). That
form stays as it is; with `group_key` the domain is a property like others, and is written. Up to two domains
take one search, and a hundred take two at most, unless thousands of companies have such forms. A lone port,
dot or blank beside the domain is found only where one or two are looked for at a time.

Of several companies with the domain the oldest counts; `duplicate_companies` in the log says how many others
there are. The person of the event's ids becomes a contact of the company, or that of its address if it has
no id. Where that is not known yet, the link waits for the person's own word, up to 30 days. With
`link_context_groups`, the newest group of an id says which company the id means; one with a public write key
only for an id that no server has named.

With `associate` `primary` the labels that a contact and a company have already are read first, a thousand
contacts in a call, and sent again: HubSpot would take them away.

A person may be in a thousand companies, and five hundred may wait for one (`too_many_pending`); beyond a
thousand the oldest are forgotten, and made again if they are asked for, which changes nothing. A company that
was deleted in HubSpot is made anew, or found anew, with the next group that changes it, and comes back with
its people: the thousand who were linked last at once, others with their own next group.

### Websites on hosts that many share

A page on a host where many have theirs is no company's website: a profile of a social network, a page of
links, a shop on a marketplace, a listing on a map, a shared file, a shortened address. Such a group is
skipped (`shared_host`), and its person is linked to nothing: two firms must not become one company. With
`group_key` the company is made all the same, by its group's id, and only its domain is left out.

- Where each customer has a name of the own, as in `acme.github.io`, `acme.myshopify.com` or
  `acme.wordpress.com`, that name is the company's domain, also with `registrable_domains`. The host above,
  `github.io`, is nobody's.
- Of social networks, link pages and site builders every address counts as shared, the front page too. Of
  marketplaces, directories and other firms that have customers' pages, the front page is the firm's own.
- A path that begins with `/~` or `/@` is a user's page, whatever the host.
- The hosts are those of the public suffix list's private part, of
  [host_lists.py](../functions/relay/core/host_lists.py), and of
  [profile_pages.py](../functions/relay/core/profile_pages.py), which `make hosts` makes anew. The
  [settings](settings.md#groups) `shared_hosts` and `company_hosts` add hosts, and give one back to the
  company whose it is; both count for all hosts below, and of two the longer one.

## Lifecycle stages

HubSpot only lets a stage advance. With `lifecyclestage` `forward`, the default, it decides, and what it
keeps is reported. With `any`, a stage that it keeps is cleared first and then set; an event that is cut
short in between comes back. With `never`, no stage is sent.

## Deletions

Segment's `delete` notice does nothing by default. With `deletes` `archive` or `gdpr` the contact is archived
or permanently deleted, by its record, never by an address; what is remembered of the person is erased, and
older events of the person's ids and last address do not bring the contact back. A deletion that comes late,
or had to wait, takes the contact as it is by then. With `match_property`, the contact of a user id that
nobody remembers is looked up by it. A deletion follows the person's own word alone: where the user id
leads to a contact because an event mentioned an address, or on the word of a public write key, it is skipped
(`deletion_unconfirmed`), and the contact has to be deleted by hand.
"""
FIELDS = """
## The fields of an event

Warehouses and hand-written clients spell Segment's fields as their language does, such as `user_id` or
`UserID`. These are read in any case and with any separators, whether an event comes by a webhook or by the
Tracking API:
"""
AFTER_FIELDS = """
A value under Segment's own name counts more. Where that is missing, `null` or blank, the spelling with
underscores counts, then the first by the alphabet. Another value beside the one that counts stands in the
event's log line under `dropped` (`user_id: superseded`).
"""
IDS = """
## Ids that nobody owns

`userId`, `anonymousId`, `previousId`, `groupId` and `context.groupId` are taken without the blanks and
invisible characters around them: `" 42 "` is the same id as `42`, also where the property `id` gets it.
`null` and `""` are no id.

What broken clients send in place of an id is nobody's: the words and values below, in any case, in quotes or
brackets, padded, several in a row, percent-encoded, in letters of full width or with invisible ones between
them; and what is neither text nor a number. Case matters for the names of types alone: `User@6d06d69c` is a
printed object, `user@6d06d69c` is somebody. The event counts as one **without that id**: its other ids, its
own address and HubSpot's visitor token say whom it is about. If nothing does, it is skipped as
`placeholder_id`. Either way the id's field stands in the event's log line under `dropped`. Nothing is looked
up, remembered, linked, changed or deleted by such an id, and what an earlier version has remembered under one
is not read.

An id that only contains such a word is somebody's: `user-null-7`, `nullable`, `guest-123`, `00042`,
`none@example.org`, `user_id_42`, `kim@12345`, `ObjectId('507f1f77bcf86cd799439011')`. So is every UUID but
the first and the last. The [settings](settings.md#people) `placeholder_ids` and `real_ids` add words, and
allow those that are somebody's after all.
"""
REASONS = """
## Why an event is skipped
"""
