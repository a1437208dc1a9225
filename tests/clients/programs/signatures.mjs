// Bodies as Segment's webhook destinations write them, each with the signature that their code computes:
// HMAC-SHA1 over JSON.stringify of the first event, in hex.
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

const bodies = (name, traits) => {
  const [single, first, second, wrapped, next] = ['s', '1', '2', 'w', 'n'].map((kind) => event(name, kind, traits))
  return [
    ['one event', single, single],
    ['batch', [first, second], first],
    ['extensible batch', [{ json: wrapped }, { json: next }], wrapped],
  ]
}

const signed = Object.entries(TRAITS).flatMap(([name, traits]) =>
  bodies(name, traits).map(([form, content, first]) => ({
    name: `${name}, ${form}`,
    body: Buffer.from(JSON.stringify(content), 'utf8').toString('base64'),
    first: Buffer.from(JSON.stringify(first), 'utf8').toString('base64'),
    signature: createHmac('sha1', plan.secret).update(JSON.stringify(first), 'utf8').digest('hex'),
  })),
)
process.stdout.write(JSON.stringify(signed))
