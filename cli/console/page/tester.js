// The event tester: what would become of events, and posting them as Segment does.
import { act } from './api.js'
import { ask, complain, settle } from './ask.js'
import { $, advice, badge, counted, h, reasoned, say } from './dom.js'
import { leftOut } from './flow.js'
import { SAMPLES } from './samples.js'
import { open } from './tabs.js'

let hubspotUrl = ''

export function startTester() {
  document.querySelector('.samples').append(
    ...Object.entries(SAMPLES).map(([title, events]) =>
      h('button', { type: 'button', class: 'quiet', on: { click: () => ($('text').value = JSON.stringify(events, null, 2)) } }, title)),
  )
  $('text').value = JSON.stringify(SAMPLES.Identify, null, 2)
  $('explanation').append(h('p', { class: 'empty' }, 'Paste an event and press Explain: what HubSpot would get, what is left out and why, and each call with its body. Nothing is sent.'))
  $('try-form').addEventListener('submit', (event) => {
    event.preventDefault()
    busily(explain)
  })
  $('try-form').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) busily(explain)
  })
  $('send').addEventListener('click', () => busily(send))
}

export function noteDestinations(names) {
  const chosen = $('destination').value
  const isNew = names.join() !== [...$('destination').options].map(({ value }) => value).join()
  if (!isNew) return
  $('destination').replaceChildren(...names.map((name) => h('option', { value: name, selected: name === chosen }, name)))
}

const given = () => ({ text: $('text').value, destination: $('destination').value || 'default' })

async function busily(deed) {
  const buttons = [$('explain'), $('send')]
  for (const button of buttons) button.disabled = true
  try {
    await deed()
  } catch (error) {
    $('explanation').replaceChildren(h('p', { class: 'notice warning' }, error.message))
    say($('told'), error.message)
    if (![400, 502].includes(error.status)) complain(error)
  } finally {
    for (const button of buttons) button.disabled = false
  }
}

async function explain() {
  settle()
  const told = await act('explain', { ...given(), is_real: $('schema').value === 'real' })
  hubspotUrl = told.hubspot_url
  say($('told'), `Explained: ${told.events.map(({ outcome }) => outcome).join(', ')}.`)
  const writes = told.calls.filter((call) => !call.is_read).length
  $('explanation').replaceChildren(
    h('h2', { class: 'unseen' }, 'Explanation'),
    ...told.events.map(event),
    h('article', { class: 'card' },
      h('h3', {}, `HubSpot would get ${counted(told.calls.length, 'call')}, ${writes} of them to write`),
      told.calls.map(call),
      told.notes.map((note) => h('p', { class: 'muted small' }, note)),
      writes > 0 && h('p', { class: 'muted small' }, 'HubSpot is taken to hold nothing yet: ids are made up, and what exists is updated instead.')))
}

function event(told) {
  const properties = Object.entries(told.properties)
  const custom = told.custom_event
  return h('article', { class: 'card' },
    h('div', { class: 'group' }, h('h3', {}, [told.type, told.message_id].filter(Boolean).join(' ') || `event ${told.index + 1}`), badge(told.outcome)),
    told.reason && h('p', {}, reasoned(told.reason, told.meaning)),
    advice(told.remedy),
    told.waits.length > 0 && h('p', { class: 'muted small' }, `It waits first: ${told.waits.join(', ')}`),
    properties.length > 0 && values(`Sets of ${told.object}`, properties),
    custom && values(`Becomes the event ${custom.eventName}`, Object.entries(custom.properties ?? {})),
    told.dropped.length > 0 && h('h4', {}, 'Left out'),
    told.dropped.length > 0 && h('ul', { class: 'dropped' }, told.dropped.map(leftOut)))
}

const values = (title, pairs) => [
  h('h4', {}, title),
  h('table', { class: 'values' },
    h('tbody', {}, pairs.sort().map(([name, value]) =>
      h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, value === '' ? h('i', { class: 'muted' }, 'cleared') : String(value)))))),
]

function call({ method, url, body, status, is_read: isRead, at_ms: atMs }) {
  const notes = [isRead && 'reads', atMs && `after ${Math.floor(atMs / 1000)} s`, status >= 300 && `HubSpot would answer ${status}`]
  const title = [h('b', {}, method), ' ', url.replace(hubspotUrl, ''), ' ', h('span', { class: 'muted' }, notes.filter(Boolean).join(', '))]
  if (body === null) return h('p', { class: 'call' }, title)
  return h('details', { class: 'call', open: !isRead }, h('summary', {}, title), h('pre', {}, JSON.stringify(body, null, 2)))
}

async function send() {
  const { text, destination } = given()
  const isSure = await ask('Send it?', `It is posted to ${destination} of ${$('stack').textContent} as Segment posts it, and reaches HubSpot.`, 'Send')
  if (!isSure) return
  const { accepted, rejected, answers, message_ids: ids } = await act('send', { text, destination })
  const refused = answers.filter(({ status }) => status !== 200)
  if (!refused.length && !rejected.length) {
    $('find').value = ids.length === 1 ? ids[0] : ''
    $('find').dispatchEvent(new Event('input'))
    open('flow', { focus: true })
    return
  }
  $('explanation').replaceChildren(
    h('p', { class: 'notice warning' }, `${counted(accepted, 'event')} accepted.`),
    ...refused.map(({ status, message }) => h('p', { class: 'notice warning' }, `${status}: ${message ?? 'no words'}`)),
    ...rejected.map(({ index, reason }) => h('p', { class: 'notice warning' }, `Event ${index + 1} was not taken: ${reason}`)))
}
