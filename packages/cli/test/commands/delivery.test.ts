import { deliveryText } from '../../src/commands/servers/delivery.js';

describe('what people read about an order', () => {
  it.each([
    ['confirmed', 'kicked bob, as the game confirms'],
    ['passed_on', 'was asked to kick bob'],
    [undefined, 'kicked bob'],
  ] as const)('%s', (delivery, sentence) => {
    const result = { serverId: 's1', state: 'up', ...(delivery && { delivery }) };
    expect(deliveryText(result, { done: 'kicked bob', order: 'kick bob' })).toBe(sentence);
  });
});
