// Tabs as the ARIA practices have them: arrows, Home and End move, and the address remembers.
import { $ } from './dom.js'

const tabs = () => [...document.querySelectorAll('[role=tab]')]
const opened = {}

export const onOpen = (panel, act) => (opened[panel] = act)

export function open(panel, { focus = false } = {}) {
  for (const tab of tabs()) {
    const isChosen = tab.getAttribute('aria-controls') === panel
    tab.setAttribute('aria-selected', String(isChosen))
    tab.tabIndex = isChosen ? 0 : -1
    $(tab.getAttribute('aria-controls')).hidden = !isChosen
    if (isChosen && focus) tab.focus()
  }
  history.replaceState(null, '', panel === 'flow' ? location.pathname : `#${panel}`)
  opened[panel]?.()
}

export function startTabs() {
  for (const tab of tabs()) {
    tab.addEventListener('click', () => open(tab.getAttribute('aria-controls')))
    tab.addEventListener('keydown', (event) => {
      const all = tabs()
      const at = all.indexOf(tab)
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key]
      if (to === undefined) return
      event.preventDefault()
      open(all[to % all.length].getAttribute('aria-controls'), { focus: true })
    })
  }
  const wanted = location.hash.slice(1)
  open(tabs().some((tab) => tab.getAttribute('aria-controls') === wanted) ? wanted : 'flow')
}
