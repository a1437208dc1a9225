// What a Node program is asked to do, read from its standard input; and how it says what became of it.
import { text } from 'node:stream/consumers'

export const plan = JSON.parse(await text(process.stdin))

// `errors` are those that the client has told its user of.
export const report = (errors) => process.stdout.write(JSON.stringify({ errors }))
