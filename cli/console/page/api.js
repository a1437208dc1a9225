// The console's server. The token came with the URL, behind the #, and stays in this tab.

const KEY = 'relay-token'
const given = new URLSearchParams(location.hash.slice(1)).get('token')
if (given) {
  sessionStorage.setItem(KEY, given)
  history.replaceState(null, '', location.pathname)
}
const token = sessionStorage.getItem(KEY) ?? ''

// An answer that is none; `status` 0 if the server is not there.
export class Refused extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

async function call(name, options) {
  const headers = { 'x-relay-token': token, ...options.headers }
  let response
  try {
    response = await fetch(`/api/${name}`, { ...options, headers })
  } catch {
    throw new Refused(0, 'The relay does not answer. Does it still run?')
  }
  const body = await response.json().catch(() => ({}))
  if (!response.ok) throw new Refused(response.status, body.message ?? `The console answered ${response.status}.`)
  return body
}

export const read = (name) => call(name, {})

export const act = (name, body = {}) =>
  call(name, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
