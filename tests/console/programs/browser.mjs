// A page of the console in a real browser, and what every test demands of it: no error, and no word too much.
import assert from 'node:assert/strict'
import { argv } from 'node:process'
import { launch } from '../../clients/programs/chromium.mjs'

const [, , executablePath, consoleUrl] = argv
export const TABS = ['flow', 'try', 'rejects', 'calls']
// A machine may be busy; only what is wrong takes so long.
const TIMEOUT_MS = 90_000

export const home = new URL('/', consoleUrl).href
export const token = new URLSearchParams(new URL(consoleUrl).hash.slice(1)).get('token')
export const browser = await launch(executablePath)

// Runs `act` with a page of its own. What the page complains of is an error of ours, but for `expected`.
export async function inBrowser(act, { url = consoleUrl, expected = () => false, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  try {
    context.setDefaultTimeout(TIMEOUT_MS)
    const page = await context.newPage()
    const complaints = []
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      const { origin } = new URL(request.url())
      if (`${origin}/` !== home) complaints.push(`a request to ${origin}`)
    })
    await page.goto(url)
    const result = await act(page, context)
    assert.deepEqual(complaints.filter((complaint) => !expected(complaint)), [])
    return result
  } finally {
    await context.close()
  }
}

export const open = (page, tab) => page.click(`#tab-${tab}`)

// The row of an event, by its message id; the newest, if it has several.
export const row = (page, id) => page.locator('#events > li').filter({ has: page.getByText(id, { exact: true }) }).first()

export async function shown(page) {
  return page.$$eval('#events > li:not([hidden])', (items) =>
    items.map((item) => [item.querySelector('.id').textContent, item.querySelector('.badge').textContent]))
}

export async function explain(page, sample) {
  await open(page, 'try')
  await page.getByRole('group', { name: 'Samples' }).getByRole('button', { name: sample, exact: true }).click()
  const answer = page.waitForResponse('**/api/explain')
  await page.getByRole('button', { name: 'Explain', exact: true }).click()
  await answer
  await page.getByRole('heading', { name: 'HubSpot would get' }).waitFor()
  await page.getByRole('button', { name: 'Explain', exact: true, disabled: false }).waitFor()
}
