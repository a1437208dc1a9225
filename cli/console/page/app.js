// Starts everything, and asks for news for as long as somebody looks.
import { complain, settle, startAsking } from './ask.js'
import { pollFlow, startFlow } from './flow.js'
import { pollOverview, startOverview } from './overview.js'
import { startRejects } from './rejects.js'
import { startTabs } from './tabs.js'
import { startTester } from './tester.js'

const AFTER_TROUBLE_MS = 3000
let isTroubled = false

// Ask, wait, ask again; an invisible page asks for nothing.
async function keepAsking(poll) {
  for (;;) {
    if (document.hidden) await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))
    let waitMs = AFTER_TROUBLE_MS
    try {
      waitMs = await poll()
      if (isTroubled) settle()
      isTroubled = false
    } catch (error) {
      if (!('status' in error)) throw error
      isTroubled = true
      complain(error)
      // Another token is another URL: nothing changes by asking.
      if (error.status === 401) return
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

startAsking()
startFlow()
startOverview()
startTester()
startRejects()
startTabs()
let againMs = 2000
keepAsking(async () => (againMs = await pollFlow()))
keepAsking(async () => {
  await pollOverview()
  return againMs * 2
})
