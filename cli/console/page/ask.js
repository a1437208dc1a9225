// One dialog for every question, and one place for what has gone wrong.
import { $, say } from './dom.js'

let answered = () => {}

// Ask before something is done; true if it shall be.
export function ask(title, text, deed) {
  const dialog = $('ask')
  say($('ask-title'), title)
  say($('ask-text'), text)
  say($('ask-yes'), deed)
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => (answered = resolve))
}

export function startAsking() {
  const dialog = $('ask')
  $('ask-yes').addEventListener('click', () => dialog.close('yes'))
  $('ask-no').addEventListener('click', () => dialog.close(''))
  dialog.addEventListener('close', () => answered(dialog.returnValue === 'yes'))
  $('notice').querySelector('button').addEventListener('click', settle)
}

export function complain(error) {
  say($('notice').querySelector('p'), error.message)
  $('notice').hidden = false
}

export const settle = () => ($('notice').hidden = true)
