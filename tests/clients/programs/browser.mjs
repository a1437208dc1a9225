// Sends the plan's calls through @segment/analytics-next in a browser, from a page of another origin.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { launchIn, resolve } from './chromium.mjs'
import { plan, report } from './plan.mjs'

const scripts = join(dirname(resolve('@segment/analytics-next/package.json')), 'dist/umd')
const PAGE = '<!doctype html><title>A shop</title><script src="/index.js"></script>'

const site = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname
  const [type, body] = path.endsWith('.js')
    ? ['text/javascript', await readFile(join(scripts, basename(path)))]
    : ['text/html', PAGE]
  response.writeHead(200, { 'content-type': type }).end(body)
})
await new Promise((listening) => site.listen(0, '127.0.0.1', listening))
const browser = await launchIn(plan.folder, plan.chromium)
try {
  const page = await browser.newPage()
  const errors = []
  let settled = 0
  let everythingIsSettled
  const end = new Promise((resolve) => (everythingIsSettled = resolve))
  const settle = (count) => (settled += count) >= plan.calls.length && everythingIsSettled()
  // An event is settled once it was taken, or once the client has given it up.
  page.on('response', (response) => {
    const request = response.request()
    if (request.method() !== 'POST' || response.status() !== 200) return
    settle(JSON.parse(request.postData()).batch?.length ?? 1)
  })
  await page.exposeFunction('refused', (reason) => {
    errors.push(reason)
    settle(1)
  })
  await page.goto(`http://127.0.0.1:${site.address().port}/`)
  const refusal = await page.evaluate(callAll, plan)
  if (refusal) errors.push(refusal)
  else await end
  report(errors)
} finally {
  await browser.close()
  site.close()
}

// Runs in the page. Returns what kept the client from starting, if anything did.
async function callAll({ url, writeKey, calls, inline, delivery }) {
  const own = { apiKey: writeKey, apiHost: `${new URL(url).host}/v1`, protocol: 'http' }
  const source = inline ? { cdnSettings: { integrations: { 'Segment.io': own } } } : { cdnURL: url }
  const options = delivery ? { integrations: { 'Segment.io': { deliveryStrategy: delivery } } } : {}
  let analytics
  try {
    ;[analytics] = await AnalyticsNext.AnalyticsBrowser.load({ writeKey, ...source }, options)
  } catch (error) {
    return String(error)
  }
  analytics.on('error', ({ reason }) => refused(String(reason)))
  for (const { type, userId, event, properties, groupId, traits } of calls) {
    if (type === 'identify') await analytics.identify(userId, traits)
    if (type === 'track') await analytics.track(event, properties)
    if (type === 'group') await analytics.group(groupId, traits)
  }
}
