// What a person does with the console. Reads one scenario a line from its standard input, and answers with
// one line each: what was seen, or what went wrong.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { resolve } from '../../clients/programs/chromium.mjs'
import { browser, explain, home, inBrowser, open, row, shown, TABS, token } from './browser.mjs'

const SIZES = { desktop: { width: 1280, height: 840 }, phone: { width: 360, height: 740 } }

const scenarios = {
  flow: (plan) =>
    inBrowser(async (page) => {
      for (const id of plan.ids) await row(page, id).waitFor()
      return shown(page)
    }),

  filter: (plan) =>
    inBrowser(async (page) => {
      await row(page, plan.skipped).waitFor()
      const all = await shown(page)
      await page.getByRole('radio', { name: 'skipped' }).check({ force: true })
      const skipped = await shown(page)
      await page.getByRole('searchbox').fill(plan.skipped.toUpperCase())
      const one = await shown(page)
      await page.getByRole('radio', { name: 'all', exact: true }).check({ force: true })
      await page.getByRole('searchbox').fill(plan.property)
      const without = await shown(page)
      await page.getByRole('searchbox').fill('nothing is like this')
      await page.getByText('No event is like that.').waitFor()
      return { all, skipped, one, without }
    }),

  details: (plan) =>
    inBrowser(async (page) => {
      const item = row(page, plan.id)
      await item.locator('summary').click()
      const text = await item.locator('.more').innerText()
      await item.getByRole('button', { name: 'Show this event only' }).click()
      return { text, shown: await shown(page) }
    }),

  hold: (plan) =>
    inBrowser(async (page) => {
      await row(page, plan.known).waitFor()
      await page.getByRole('button', { name: 'Pause the view' }).click()
      await send(plan.event)
      await page.getByText(/1 more since the view was paused/).waitFor()
      assert.equal(await row(page, plan.event.messageId).count(), 0)
      await page.getByRole('button', { name: 'Pause the view' }).click()
      await row(page, plan.event.messageId).waitFor()
      await page.getByRole('status').getByText(/New events: .*1 delivered/).waitFor({ state: 'attached' })
    }),

  explanation: (plan) =>
    inBrowser(async (page) => {
      await explain(page, 'With mistakes')
      const mistakes = await page.locator('#explanation').innerText()
      await explain(page, 'Group')
      return { mistakes, group: await page.locator('#explanation').innerText() }
    }),

  nonsense: (plan) =>
    inBrowser(
      async (page) => {
        await open(page, 'try')
        await page.getByRole('textbox', { name: 'Events as JSON' }).fill('{"type": ')
        await page.keyboard.press('Control+Enter')
        await page.locator('#explanation').getByText(/is no JSON/).waitFor()
      },
      { expected: (complaint) => complaint.includes('400 (Bad Request)') },
    ),

  sending: (plan) =>
    inBrowser(async (page) => {
      await open(page, 'try')
      await page.getByRole('textbox', { name: 'Events as JSON' }).fill(JSON.stringify(plan.event))
      await page.getByRole('button', { name: 'Send it…' }).click()
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('button', { name: 'Send it…' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click()
      await row(page, plan.event.messageId).getByText('delivered').waitFor()
      return shown(page)
    }),

  replay: (plan) =>
    inBrowser(async (page) => {
      await page.locator('#rejects-count').getByText('1').waitFor()
      await open(page, 'rejects')
      const group = page.locator('#groups li')
      await group.getByText(plan.words).waitFor()
      await group.getByRole('button', { name: 'Send it again…' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
      await page.getByText('Sent again: 1 event in 1 message.').waitFor()
      await page.getByText('Nothing is rejected.').waitFor()
      await open(page, 'flow')
      await row(page, plan.id).getByText('delivered').waitFor()
    }),

  stop: () =>
    inBrowser(async (page) => {
      const count = { events: 70, messages: 7, kept: 0, not_deleted: 0, error: '' }
      let isRunning = true
      await page.route('**/api/replay', (route) => route.fulfill({ json: { is_running: isRunning, is_complete: false, count } }))
      await page.route('**/api/stop', (route) => {
        isRunning = false
        count.error = 'interrupted'
        return route.fulfill({ json: { is_running: true, is_complete: false, count } })
      })
      await open(page, 'rejects')
      await page.getByText('Sending again: 70 events in 7 messages so far.').waitFor()
      await page.getByRole('button', { name: 'Stop' }).click()
      await page.getByText('Ended early: interrupted. What was not sent is still here.').waitFor()
      await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'hidden' })
    }),

  pausing: (plan) =>
    inBrowser(async (page) => {
      await page.getByText('Delivering').waitFor()
      await page.getByRole('button', { name: 'Pause delivery' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
      await page.getByText('Paused').waitFor()
      await page.getByRole('button', { name: 'Resume' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
      await page.getByText('Delivering').waitFor()
    }),

  calls: (plan) =>
    inBrowser(async (page) => {
      await open(page, 'calls')
      await page.getByRole('cell', { name: '/crm/objects/2026-09/contacts/batch/upsert' }).first().waitFor()
      await page.locator('#queues').filter({ hasText: /^waiting0rejected0$/ }).waitFor()
      return {
        table: await page.locator('#calls-table').innerText(),
        limits: await page.locator('#limits').innerText(),
        day: await page.getByRole('meter', { name: 'Day: calls used' }).getAttribute('aria-valuenow'),
      }
    }),

  keyboard: (plan) =>
    inBrowser(async (page) => {
      const focused = () => page.evaluate(() => document.activeElement.id)
      await row(page, plan.known).waitFor()
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the events')
      await page.keyboard.press('Enter')
      assert.equal(await focused(), 'main')
      await page.keyboard.press('Tab')
      assert.equal(await focused(), 'tab-flow')
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle)
      assert.equal(outline, 'solid')
      for (const [key, tab] of [['ArrowLeft', 'calls'], ['ArrowRight', 'flow'], ['End', 'calls'], ['Home', 'flow']]) {
        await page.keyboard.press(key)
        assert.equal(await focused(), `tab-${tab}`)
        assert.ok(await page.locator(`#${tab}`).isVisible())
        assert.equal(await page.getByRole('tabpanel').count(), 1)
      }
      const first = page.locator('#events summary').first()
      await first.focus()
      await page.keyboard.press('Enter')
      assert.ok(await page.locator('#events details').first().getAttribute('open') !== null)
      await page.getByRole('button', { name: 'Pause delivery' }).press('Enter')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'hidden' })
      assert.equal(await focused(), 'switch')
    }),

  look: async () => {
    const colour = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const [light, dark] = [await inBrowser(colour, { colorScheme: 'light' }), await inBrowser(colour, { colorScheme: 'dark' })]
    return { light, dark }
  },

  width: (plan) =>
    inBrowser(async (page) => {
      await fill(page, plan.known)
      const widths = {}
      for (const tab of TABS) {
        await open(page, tab)
        widths[tab] = await page.evaluate(() => {
          const wide = [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
          const seen = wide.filter((each) => each.checkVisibility() && !each.closest('.skip, .unseen'))
          return [document.documentElement.scrollWidth, seen.map((each) => `${each.tagName} ${each.className}`)]
        })
      }
      return widths
    }, { viewport: SIZES.phone }),

  // Its own code is let in, past the page's policy.
  accessibility: async (plan) => {
    const axe = await readFile(resolve('axe-core'), 'utf8')
    const violations = []
    for (const [name, colorScheme] of [['desktop', 'light'], ['phone', 'dark']]) {
      await inBrowser(async (page) => {
        await fill(page, plan.known)
        await page.emulateMedia({ reducedMotion: 'reduce' })
        await page.evaluate(axe)
        for (const tab of [...TABS, 'dialog']) {
          if (tab === 'dialog') await page.getByRole('button', { name: 'Pause delivery' }).click()
          else await open(page, tab)
          const found = await page.evaluate(() => axe.run({ resultTypes: ['violations'] }))
          assert.ok(found.passes.length > 10)
          violations.push(...found.violations.map(({ id, nodes }) => [name, tab, id, nodes.map((node) => node.html)]))
        }
      }, { viewport: SIZES[name], colorScheme, bypassCSP: true })
    }
    return violations
  },

  hostile: (plan) =>
    inBrowser(async (page) => {
      await send(plan.event)
      await row(page, plan.event.messageId).waitFor()
      return page.evaluate(() => [window.hacked ?? null, document.querySelectorAll('#events img, #events b > i').length])
    }),

  stranger: (plan) =>
    inBrowser(
      async (page) => {
        await page.getByRole('alert').getByText(/whole URL/).waitFor()
        assert.equal(await page.locator('#events > li').count(), 0)
      },
      { url: home, expected: (complaint) => complaint.includes('401 (Unauthorized)') },
    ),

  address: (plan) =>
    inBrowser(async (page) => {
      await row(page, plan.known).waitFor()
      assert.equal(page.url(), home)
      await open(page, 'calls')
      await page.reload()
      await page.getByRole('tab', { name: 'Calls', selected: true }).waitFor()
      await open(page, 'flow')
      await row(page, plan.known).waitFor()
    }),

  outage: (plan) =>
    inBrowser(
      async (page, context) => {
        await row(page, plan.known).waitFor()
        await context.setOffline(true)
        await page.getByRole('alert').getByText(/does not answer/).waitFor()
        await context.setOffline(false)
        await page.getByRole('alert').waitFor({ state: 'hidden' })
      },
      { expected: (complaint) => complaint.includes('ERR_INTERNET_DISCONNECTED') },
    ),

  pictures: async (plan) => {
    const taken = { phone: SIZES.phone, desktop: SIZES.desktop, dark: SIZES.desktop }
    for (const [name, viewport] of Object.entries(taken)) {
      await inBrowser(async (page) => {
        await page.emulateMedia({ reducedMotion: 'reduce' })
        await page.getByText(/Half delivered/).waitFor()
        await row(page, plan.id).waitFor()
        if (name === 'desktop') await row(page, plan.id).locator('summary').click()
        if (name === 'dark') await explain(page, 'With mistakes')
        await page.mouse.move(0, 0)
        await page.evaluate(() => document.activeElement.blur())
        await page.screenshot({ path: plan.files[name] })
      }, { viewport, colorScheme: name === 'dark' ? 'dark' : 'light' })
    }
  },
}

async function send(event) {
  const response = await fetch(`${home}api/send`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-relay-token': token },
    body: JSON.stringify({ text: JSON.stringify(event) }),
  })
  assert.equal(response.status, 200)
}

// Every part with something in it.
async function fill(page, known) {
  await row(page, known).locator('summary').click()
  await explain(page, 'With mistakes')
  await open(page, 'rejects')
  await page.locator('#groups li').first().waitFor()
  await open(page, 'calls')
  await page.getByRole('row').nth(1).waitFor()
  await open(page, 'flow')
}

for await (const line of createInterface({ input: process.stdin })) {
  const plan = JSON.parse(line)
  const answer = await scenarios[plan.scenario](plan).then(
    (seen) => ({ seen: seen ?? null }),
    (error) => ({ error: error.stack }),
  )
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
await browser.close()
