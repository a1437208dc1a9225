// Sends the plan's calls through @segment/analytics-node.
import { Analytics } from '@segment/analytics-node'
import { plan, report } from './plan.mjs'

const errors = []
const analytics = new Analytics({ writeKey: plan.writeKey, host: plan.url, maxRetries: 4 })
analytics.on('error', ({ reason }) => errors.push(String(reason)))
for (const { type, ...call } of plan.calls) analytics[type](call)
await analytics.closeAndFlush({ timeout: plan.timeoutMs })
report(errors)
