// The story at a glance: outcomes, limits, queues, calls.
import { act, read } from './api.js'
import { ask, complain } from './ask.js'
import { showCalls } from './calls.js'
import { $, advice, ago, counted, h, minute, number, say, span, svg, words } from './dom.js'
import { noteRejects } from './rejects.js'
import { noteDestinations } from './tester.js'

const KINDS = { '2xx': '2xx', '4xx': '4xx', 429: '429', '5xx': '5xx', unanswered: 'no answer' }
const STATES = { Enabled: ['Delivering', 'on'], Disabled: ['Paused', 'off'] }

let name = ''
let state = ''

export function startOverview() {
  $('switch').addEventListener('click', turn)
}

export async function pollOverview() {
  const told = await read('overview')
  name = told.stack.name
  say($('stack'), told.stack.is_local ? `${name}, on this machine` : name)
  showSource(told.source)
  if (told.last) showLast(told.last)
  if (told.queues) showQueues(told.queues, told.oldest_s)
  if (told.accounts) showLimits(told.accounts, told.now_ms)
  if (told.accounts) noteDestinations(told.accounts.flatMap((account) => account.destinations))
  showCalls(told.endpoints, told.last)
  showWaiting(told.waiting ?? [])
  say($('troubles'), told.troubles.join(' '))
  $('troubles').hidden = !told.troubles.length
}

// Only what has changed is drawn anew, so that a screen reader stays silent.
let waitingShown = ''

function showWaiting(waiting) {
  const now = Date.now()
  const shown = JSON.stringify(waiting.map(({ destination, reason, said }) => [destination, reason, said]))
  $('waiting').hidden = !waiting.length
  if (shown === waitingShown) return
  waitingShown = shown
  $('waiting').replaceChildren(...waiting.map((each) => h('li', { class: 'notice warning' },
    h('p', {}, 'Events of ', h('b', {}, each.destination), ' wait: ', h('code', {}, each.reason), ', ', words(each.meaning), '.'),
    each.said && h('blockquote', {}, each.said),
    advice(each.remedy),
    h('p', { class: 'muted' }, `Since ${ago(now - each.since_ms)}, such as ${each.message_id}`))))
}

function showSource(found) {
  state = found ?? ''
  const [word, kind] = STATES[state] ?? [state, 'changing']
  $('source').className = `pill ${kind}`
  say($('source'), word)
  $('source').hidden = !state
  $('switch').hidden = !(state in STATES)
  say($('switch'), state === 'Disabled' ? 'Resume' : 'Pause delivery')
}

async function turn() {
  const isPaused = state === 'Disabled'
  const isSure = isPaused
    ? await ask('Deliver again?', `${name} delivers to HubSpot again, beginning with what has come in meanwhile.`, 'Resume')
    : await ask('Pause delivery?', `${name} still accepts events and keeps each for 14 days, but sends nothing to HubSpot.`, 'Pause')
  if (!isSure) return
  $('switch').disabled = true
  try {
    await act(isPaused ? 'resume' : 'pause')
    await pollOverview()
  } catch (error) {
    complain(error)
  } finally {
    $('switch').disabled = false
  }
}

function figures(list, pairs) {
  list.replaceChildren(
    ...pairs.map(([term, value, kind]) => h('div', { class: kind }, h('dt', {}, term), h('dd', {}, value))),
  )
}

function showLast({ outcomes, age_ms: age, by_minute: minutes, calls }) {
  figures($('outcomes'), Object.entries(outcomes).map(([word, count]) => [word, number(count), `dot ${word}`]))
  say($('ages'), age.p50 === null ? 'Nothing delivered.' : `Half delivered within ${span(age.p50)}, 95% within ${span(age.p95)}.`)
  $('chart').replaceChildren(...chart(minutes))
  const some = Object.entries(KINDS).filter(([kind]) => calls[kind] || kind === '2xx')
  $('statuses').replaceChildren(
    ...some.map(([kind, word]) => h('span', { class: `key s${kind}` }, `${word} ${number(calls[kind])}`)),
  )
}

function showQueues({ events, rejects }, oldestS) {
  const waiting = events.visible + events.hidden
  const rejected = rejects.visible + rejects.hidden
  figures($('queues'), [
    ['waiting', number(waiting)],
    ['rejected', number(rejected), rejected ? 'bad' : ''],
  ])
  const oldest = oldestS ? `the oldest waits for ${span(oldestS * 1000)}` : 'how long is not known yet'
  say($('oldest'), waiting ? `Messages, ${number(events.hidden)} of them looked at or put off; ${oldest}.` : 'Messages. None waits for HubSpot.')
  noteRejects(rejected)
}

function showLimits(accounts, nowMs) {
  $('limits').replaceChildren(...accounts.map((account) => limits(account, nowMs)))
  if (!accounts.length) $('limits').append(h('p', { class: 'muted small' }, 'No destination is set up.'))
}

function limits({ hub_id: hub, kind, is_wrong: isWrong, destinations, windows, day, blocked_until_ms: blocked }, nowMs) {
  const told = kind && kind !== 'STANDARD' ? ` (${kind.replaceAll('_', ' ').toLowerCase()})` : ''
  return h('div', { class: 'account' },
    h('p', { class: 'muted small' }, `Portal ${hub}${told}: ${destinations.join(', ')}`),
    isWrong && h('p', { class: 'small warn' }, 'The settings say another portal: nothing is sent.'),
    gauge('10 seconds', windows.burst),
    gauge('Day', day),
    windows.associations.used > 0 && gauge('Associations', windows.associations),
    windows.search.used > 0 && gauge('Searches', windows.search),
    blocked > 0 && h('p', { class: 'small warn' }, `HubSpot wants to be left alone for ${span(blocked - nowMs)}.`),
    day.ends_at_ms > 0 && h('p', { class: 'muted small' }, `The day ends at ${minute(day.ends_at_ms)}.`))
}

function gauge(term, { used, limit }) {
  const part = Math.min(1, used / limit)
  const fill = h('i', { class: part > 0.95 ? 'full' : part > 0.8 ? 'high' : part > 0 ? 'some' : '' })
  fill.style.width = `${part * 100}%`
  return h('div', { class: 'gauge' },
    h('span', {}, term),
    h('span', { class: 'of' }, `${number(used)} of ${number(limit)}`),
    h('div', { class: 'track', role: 'meter', 'aria-label': `${term}: calls used`, 'aria-valuemin': 0, 'aria-valuemax': limit, 'aria-valuenow': Math.min(used, limit) }, fill))
}

function chart(minutes) {
  const most = Math.max(1, ...minutes.map(({ calls }) => Object.values(calls).reduce((a, b) => a + b)))
  const [width, height] = [300, 64]
  const step = width / minutes.length
  const bars = minutes.flatMap(({ calls }, n) => {
    let top = height
    return Object.keys(KINDS).filter((kind) => calls[kind]).map((kind) => {
      const tall = Math.max(2, (calls[kind] / most) * height)
      top -= tall
      return svg('rect', { class: `s${kind}`, x: n * step + 1.5, y: Math.max(0, top), width: step - 3, height: tall, rx: 1.5 })
    })
  })
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height + 1}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `HubSpot calls in each of the last ${counted(minutes.length, 'minute')}; at most ${most}` },
    svg('line', { x1: 0, x2: width, y1: height + 0.5, y2: height + 0.5 }), ...bars)
  return [picture, h('p', { class: 'axis', 'aria-hidden': 'true' }, h('span', {}, minute(minutes[0].at_ms)), h('span', {}, `at most ${most}`), h('span', {}, 'now'))]
}
