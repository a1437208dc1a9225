// Elements, texts and times. Nothing is ever read as HTML.

export const $ = (id) => document.getElementById(id)

// An element with attributes, listeners (`on`) and children; what is null or false is left out.
export function h(tag, { on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '')
    else if (value !== null && value !== false && value !== undefined) element.setAttribute(name, value)
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener)
  element.append(...children.flat(Infinity).filter((child) => child || child === 0))
  return element
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

// Changes a text only if it is another one, so that a screen reader stays silent.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}

export const counted = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
export const number = (value) => value.toLocaleString('en')
export const clock = (ms) => new Date(ms).toLocaleTimeString('en-GB')
export const minute = (ms) => clock(ms).slice(0, 5)

export function span(ms) {
  if (ms < 950) return `${Math.round(ms)} ms`
  const s = ms / 1000
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`
  if (s < 3600) return `${Math.round(s / 60)} min`
  return s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`
}

export const ago = (ms) => (ms < 5000 ? 'just now' : `${span(ms)} ago`)

export const badge = (outcome) => h('span', { class: `badge ${outcome}` }, outcome)

// A text with the names in it that stand between backticks.
export const words = (text) => text.split('`').map((part, n) => (n % 2 ? h('code', {}, part) : part))

// A reason and what it means; and what to do about it.
export const reasoned = (reason, meaning) => [h('code', {}, reason), meaning && [' ', words(meaning), '.']]
export const advice = (remedy) => remedy && h('p', { class: 'remedy' }, words(remedy))

export function facts(pairs) {
  const known = pairs.filter(([, value]) => value)
  return h('dl', { class: 'facts' }, known.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))
}
