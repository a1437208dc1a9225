// A browser that keeps to itself, for all tests that need one.
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launch = (executablePath) => chromium.launch({ executablePath, args })

// With a folder of its own for what pages store.
export const launchIn = (folder, executablePath) => chromium.launchPersistentContext(folder, { executablePath, args })

// Where a file of an npm package is.
export const resolve = createRequire(import.meta.url).resolve
