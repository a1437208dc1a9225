// What HubSpot has rejected, by reason and in its words; and sending it again.
import { act, read } from './api.js'
import { ask, complain } from './ask.js'
import { $, advice, ago, counted, facts, h, say, words } from './dom.js'
import { onOpen } from './tabs.js'

const POLL_MS = 500
const SENTENCES = 3
let depth = 0
let depthRead = null
let isReading = false

export function startRejects() {
  $('read-rejects').addEventListener('click', readRejects)
  $('replay').querySelector('button').addEventListener('click', () => act('stop').then(tell, complain))
  onOpen('rejects', () => depthRead === null && begin().catch(complain))
}

export function noteRejects(count) {
  depth = count
  $('rejects-count').hidden = !count
  say($('rejects-count'), String(count))
  const isOld = depthRead !== null && depthRead !== depth && !isReading
  say($('read-rejects'), isOld ? 'Read again: there is something new' : 'Read again')
}

// A replay goes on when its page is closed.
async function begin() {
  const state = await read('replay')
  await (state.is_running ? follow() : readRejects())
}

async function readRejects() {
  if (isReading) return
  isReading = true
  $('read-rejects').disabled = true
  say($('rejects-about'), 'Reading…')
  try {
    show(await read('rejects'))
    depthRead = depth
  } catch (error) {
    say($('rejects-about'), 'The rejects could not be read.')
    complain(error)
  } finally {
    isReading = false
    $('read-rejects').disabled = false
    noteRejects(depth)
  }
}

function show({ groups, messages_read: messages, messages_about: about, is_all: isAll, hidden_by_others: hidden }) {
  const events = groups.reduce((sum, group) => sum + group.events, 0)
  const scope = isAll ? `in ${counted(messages, 'message')}` : `in the first ${messages} of about ${counted(about, 'message')}`
  const others = hidden ? ` About ${hidden} more are hidden just now: somebody else reads them.` : ''
  say($('rejects-about'), (events ? `${counted(events, 'rejected event')} ${scope}.` : 'Nothing is rejected.') + others)
  $('groups').replaceChildren(...groups.map(group))
}

function group({ reason, category, events, meaning, remedy, oldest_rejected_at_ms: oldest, said, example }) {
  const now = Date.now()
  return h('li', { class: 'card' },
    h('div', { class: 'group' },
      h('h2', {}, reason, category && h('span', { class: 'muted' }, ` ${category}`)),
      h('span', { class: 'badge rejected' }, counted(events, 'event')),
      h('button', { type: 'button', on: { click: () => replay(reason, category, events) } }, `Send ${events === 1 ? 'it' : 'them'} again…`)),
    meaning && h('p', {}, words(meaning), '.'),
    advice(remedy),
    said.slice(0, SENTENCES).map(({ message, events: count }) => h('blockquote', {}, message, said.length > 1 && h('span', { class: 'muted' }, ` ${counted(count, 'event')}`))),
    said.length > SENTENCES && h('p', { class: 'muted' }, `and ${counted(said.length - SENTENCES, 'other sentence')}`),
    facts([
      ['Such as', [example.type, example.message_id || `message ${example.record_id}`].filter(Boolean).join(' ')],
      ['Destination', example.destination],
      ['Rejected', ago(now - example.rejected_at_ms) + (example.times_rejected > 1 ? `, ${example.times_rejected} times` : '')],
      ['The oldest', oldest !== example.rejected_at_ms && ago(now - oldest)],
      ['Correlation id', example.correlation_id],
    ]))
}

async function replay(reason, category, events) {
  const text = `All that is rejected for this reason now, ${counted(events, 'event')} or more, goes to HubSpot again. Mend the cause first: what is refused again comes back here.`
  if (!(await ask(`Send “${reason}” again?`, text, 'Send again'))) return
  try {
    tell(await act('replay', { reason, category }))
    await follow()
  } catch (error) {
    complain(error)
  }
}

async function follow() {
  for (;;) {
    const state = await read('replay')
    tell(state)
    if (!state.is_running) break
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  await readRejects()
}

function tell({ is_running: isRunning, count, is_complete: isComplete }) {
  const sent = `${counted(count.events, 'event')} in ${counted(count.messages, 'message')}`
  const left = [
    count.kept && `Not taken by SQS, and still rejected: ${counted(count.kept, 'message')}.`,
    count.not_deleted && `Sent, but not deleted, and so sent twice: ${counted(count.not_deleted, 'message')}.`,
    count.error && `Ended early: ${count.error}. What was not sent is still here.`,
  ]
  say($('replay').querySelector('p'), [isRunning ? `Sending again: ${sent} so far.` : `Sent again: ${sent}.`, ...left].filter(Boolean).join(' '))
  $('replay').className = `notice ${isRunning || isComplete ? 'good' : 'warning'}`
  $('replay').querySelector('button').hidden = !isRunning
  $('replay').hidden = false
}
