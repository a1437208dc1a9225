// Sends the plan's calls through @rudderstack/rudder-sdk-node. Without an error handler it ends the process
// when a request is refused.
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { plan, report } from './plan.mjs'

const errors = []
const analytics = new RudderAnalytics(plan.writeKey, {
  dataPlaneUrl: plan.url,
  logLevel: 'none',
  errorHandler: (error) => errors.push(String(error)),
})
for (const { type, ...call } of plan.calls) analytics[type](call)
// The first call is sent at once, in a request of its own; this waits for it and sends the others.
await analytics.flush()
report(errors)
