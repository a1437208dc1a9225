// The events as they end, the newest first. A page keeps a few hundred of them.
import { read } from './api.js'
import { $, advice, badge, clock, counted, facts, h, reasoned, say, span, words } from './dom.js'

const KEPT = 500
const OUTCOMES = ['all', 'delivered', 'skipped', 'deferred', 'rejected']
const ANNOUNCE_MS = 5000
const NAMED = 3

let last = 0
let held = []
let isHeld = false
let rows = []
let wanted = { outcome: 'all', text: '' }
let unsaid = {}
let saidAt = 0

export function startFlow() {
  $('outcome').append(
    ...OUTCOMES.map((outcome) =>
      h('label', { class: 'chip' },
        h('input', { type: 'radio', name: 'outcome', value: outcome, checked: outcome === 'all', on: { change: choose } }),
        h('span', {}, outcome)),
    ),
  )
  $('find').addEventListener('input', choose)
  $('hold').addEventListener('click', () => hold(!isHeld))
  show()
}

// Ask for what is new; returns after how many milliseconds to ask again.
export async function pollFlow() {
  const { lines, last: newest, again_ms: againMs, missed } = await read(`flow?after=${last}`)
  if (newest < last) clear()
  last = newest
  held.push(...lines)
  held = held.slice(-KEPT)
  if (!isHeld) release()
  else show()
  if (missed && rows.length) say($('announcer'), `${counted(missed, 'event')} came too fast to be shown.`)
  return againMs
}

function hold(isWanted) {
  isHeld = isWanted
  $('hold').setAttribute('aria-pressed', String(isHeld))
  if (!isHeld) release()
  show()
}

function release() {
  if (!held.length) return
  const fresh = held.map((line) => ({ line, text: searchable(line), element: row(line) })).reverse()
  for (const line of held) unsaid[line.outcome] = (unsaid[line.outcome] ?? 0) + 1
  held = []
  $('events').prepend(...fresh.map(({ element }) => element))
  rows = [...fresh, ...rows]
  for (const { element } of rows.splice(KEPT)) element.remove()
  show()
  announce()
}

function clear() {
  for (const { element } of rows) element.remove()
  rows = []
}

function choose() {
  wanted = {
    outcome: document.querySelector('input[name=outcome]:checked').value,
    text: $('find').value.trim().toLowerCase(),
  }
  show()
}

function show() {
  let count = 0
  for (const { line, text, element } of rows) {
    const isWanted = ['all', line.outcome].includes(wanted.outcome) && text.includes(wanted.text)
    element.hidden = !isWanted
    count += isWanted
  }
  const waiting = isHeld ? `; ${held.length} more since the view was paused` : ''
  say($('shown'), rows.length ? `${count} of ${counted(rows.length, 'event')}${waiting}` : '')
  say($('no-events'), count ? '' : nothing())
}

const nothing = () =>
  rows.length
    ? 'No event is like that.'
    : 'No event yet. Post one to the webhook, or try one here; it shows up as soon as the sender has looked at it.'

function announce() {
  const wait = saidAt + ANNOUNCE_MS - Date.now()
  if (wait > 0) return void setTimeout(announce, wait)
  const told = OUTCOMES.filter((outcome) => unsaid[outcome]).map((outcome) => `${unsaid[outcome]} ${outcome}`)
  if (told.length) say($('announcer'), `New events: ${told.join(', ')}.`)
  unsaid = {}
  saidAt = Date.now()
}

const searchable = (line) =>
  [line.message_id, line.type, line.destination, line.outcome, line.reason, line.meaning, line.object_id,
    ...line.dropped.flatMap(({ property, reason }) => [property, reason])].join('\n').toLowerCase()

function row(line) {
  const names = line.dropped.map(({ property }) => property)
  const others = names.length - NAMED
  return h('li', {},
    h('details', {},
      h('summary', { class: 'event' },
        h('time', { datetime: new Date(line.at_ms).toISOString() }, clock(line.at_ms)),
        badge(line.outcome),
        h('span', { class: 'type' }, line.type, h('span', { class: 'muted' }, ` → ${line.destination}`)),
        h('span', { class: 'id' }, line.message_id),
        h('span', { class: 'why' },
          words(why(line)),
          names.length > 0 && h('span', { class: 'left' }, `without ${names.slice(0, NAMED).join(', ')}${others > 0 ? ` and ${others} more` : ''}`))),
      more(line)))
}

function why(line) {
  if (line.outcome !== 'delivered') return line.meaning || line.reason
  return line.is_merged ? 'with a newer event of the same record' : line.object_id ? `HubSpot id ${line.object_id}` : ''
}

function more(line) {
  return h('div', { class: 'more' },
    line.reason && h('p', {}, reasoned(line.reason, line.meaning)),
    advice(line.remedy),
    line.dropped.length > 0 && h('ul', { class: 'dropped', 'aria-label': 'Left out' }, line.dropped.map(leftOut)),
    facts([
      ['Destination', line.destination],
      ['HubSpot id', line.object_id],
      ['Accepted', `${clock(line.received_at_ms)}, ${span(line.at_ms - line.received_at_ms)} before`],
      ['Looked at', line.receive_count > 1 && `${line.receive_count} times`],
      ['Tried again', line.until_ms && `at ${clock(line.until_ms)} at the earliest`],
      ['Category', line.category],
      ['Correlation id', line.correlation_id],
    ]),
    h('button', { type: 'button', class: 'quiet', on: { click: () => only(line.message_id) } }, 'Show this event only'))
}

export const leftOut = ({ property, name, reason, meaning, remedy }) =>
  h('li', {}, h('b', {}, property ?? name), ' ', reasoned(reason, meaning), advice(remedy))

function only(messageId) {
  $('find').value = messageId
  document.querySelector('input[name=outcome][value=all]').checked = true
  choose()
  $('find').focus()
}
