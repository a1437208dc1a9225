// Bodies as Segment's webhook destinations write them, each with the signature that their code computes:
// HMAC-SHA1 in hex over JSON.stringify of the first event, or of all that the body holds in the newer header.
import { createHmac } from 'node:crypto'
import { plan } from './plan.mjs'

// Traits whose JSON is not what other languages write.
const TRAITS = {
  plain: { plan: 'team' },
  unicode: { firstname: 'Søren', city: '北京', emoji: '😀', combined: 'e\u0301' },
  floats: { whole: 1.0, small: 1e-7, zero: -0, sum: 0.1 + 0.2, huge: 1e21, most: Number.MAX_VALUE, least: 5e-324 },
  'big integers': { above: 2 ** 53 + 2, read: JSON.parse('12345678901234567890'), odd: JSON.parse('9007199254740993') },
  'integer-like keys': { b: 1, 10: 2, a: 3, 2: 4, '01': 5 },
  'lone surrogates': { high: '\ud800', low: 'x\udfff', swapped: '\udc00\ud800', '\ud834': 'in a key' },
  'line separators': { text: '\u2028\u2029\u0085' },
  noncharacters: { text: '\ufffe\uffff\ufeff', astral: '\u{10ffff}' },
  controls: { text: '\u0000\b\t\n\f\r\u001f\u007f"\\/' },
  empties: { text: '', nothing: null, list: [], object: {}, '': 'no name', notANumber: NaN, missing: undefined },
  'braces in texts': { text: '}],{"json":', list: ['[', '\\"'] },
}

// Each event is about somebody of its own.
const event = (name, kind, traits) => {
  const id = `${plan.key}-${kind}-${name.replaceAll(' ', '-')}`
  return { type: 'identify', messageId: id, userId: id, traits: { email: `${id}@example.org`, ...traits } }
}

// What a request holds, and what of it is signed in which header.
const requests = (name, traits) => {
  const [single, whole, ...batch] = ['single', 'whole', 'b1', 'b2'].map((kind) => event(name, kind, traits))
  const [wholeBatch, extensible] = ['w', 'e'].map((kind) => [1, 2].map((n) => event(name, `${kind}${n}`, traits)))
  return [
    ['one event', 'x-signature', single, single],
    ['batch', 'x-signature', batch, batch[0]],
    ['extensible batch', 'x-signature', extensible.map((json) => ({ json })), extensible[0]],
    ['one event as a whole', 'x-segment-signature', whole, whole],
    ['batch as a whole', 'x-segment-signature', wholeBatch, wholeBatch],
  ]
}

const base64 = (text) => Buffer.from(text, 'utf8').toString('base64')
const all = Object.entries(TRAITS).flatMap(([name, traits]) =>
  requests(name, traits).map(([form, header, content, signed]) => ({
    name: `${name}, ${form}`,
    header,
    body: base64(JSON.stringify(content)),
    signed: base64(JSON.stringify(signed)),
    signature: createHmac('sha1', plan.secret).update(JSON.stringify(signed), 'utf8').digest('hex'),
  })),
)
process.stdout.write(JSON.stringify(all))
