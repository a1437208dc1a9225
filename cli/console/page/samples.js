// Events to begin with. The last one has what goes wrong most often.

const person = { type: 'identify', messageId: 'try-1', userId: 'u-1', traits: { email: 'ada@example.org', firstName: 'Ada', lastName: 'Lovelace' } }

export const SAMPLES = {
  Identify: person,
  Track: { type: 'track', messageId: 'try-2', userId: 'u-1', event: 'Order Completed', properties: { total: 49.9, currency: 'EUR' }, context: { traits: { email: 'ada@example.org' } } },
  Group: { type: 'group', messageId: 'try-3', userId: 'u-1', groupId: 'g-1', traits: { name: 'Analytical Engines', website: 'https://engines.example.org', employees: 12 } },
  'With mistakes': [
    { type: 'identify', messageId: 'try-4', userId: 'u-2', traits: { email: 'grace@example.org', frist_name: 'Grace', lifecyclestage: 'astronaut', closedate: 'soon' } },
    { type: 'identify', messageId: 'try-5', userId: 'u-3', traits: { email: 'no address' } },
    { type: 'page', messageId: 'try-6', userId: 'u-2', name: 'Prices' },
  ],
}
