// HubSpot calls of the last minutes: by endpoint where a stand-in tells, else by status.
import { $, h, number, say, span } from './dom.js'

const WORDS = { '2xx': 'answered', '4xx': 'refused', 429: 'turned away for the limits', '5xx': 'trouble at HubSpot', unanswered: 'no answer' }
let shown = ''

export function showCalls(endpoints, last) {
  const state = JSON.stringify([endpoints, last?.calls])
  if (state === shown) return
  shown = state
  if (endpoints) byEndpoint(endpoints)
  else if (last) byStatus(last)
}

function byEndpoint({ minutes, endpoints }) {
  say($('calls-about'), `What the stand-in was asked for in the last ${minutes} minutes, by the relay and by this console.`)
  table(['Method', 'Endpoint', 'Status', 'Calls', 'Inputs', 'Mean time'],
    endpoints.map(({ method, endpoint, status, calls, inputs, ms }) =>
      [method, endpoint, code(status), number(calls), inputs ? number(inputs) : '–', span(ms)]))
}

function byStatus({ minutes, calls }) {
  say($('calls-about'), `HubSpot calls in the last ${minutes} minutes, as the sender has counted them. HubSpot does not tell which endpoint they went to; the sender's log does.`)
  table(['Status', 'Meaning', 'Calls'],
    Object.entries(calls).map(([kind, count]) => [h('span', { class: `key s${kind}` }, kind), WORDS[kind], number(count)]))
}

function code(status) {
  const kind = status === 429 ? '429' : status ? `${Math.floor(status / 100)}xx` : 'unanswered'
  return h('span', { class: `key s${kind}` }, status ? String(status) : 'no answer')
}

function table(titles, rows) {
  $('calls-table').replaceChildren(
    rows.length
      ? h('table', {},
          h('thead', {}, h('tr', {}, titles.map((title) => h('th', { scope: 'col' }, title)))),
          h('tbody', {}, rows.map((cells) => h('tr', {}, cells.map((cell, n) => h('td', { 'data-title': titles[n] }, cell))))))
      : h('p', { class: 'empty' }, 'No calls yet.'))
}
