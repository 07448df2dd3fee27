import fc from 'fast-check';
import type { FunpackManifest } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';
import { failsWith } from '../support/work.js';

const program: FunpackManifest = { name: 'game', version: '1' };
const players = [{ name: 'al' }, { name: 'al ice', id: '2' }, { name: 'o"neil\\', id: 3 }];

describe('an order in words', () => {
  const dialect = new Dialect(program, { players });

  it.each(['al ice', 'al\u00a0ice', ' al', 'al\u3000'])('is refused for a name with a space: %j', (user) => {
    for (const type of ['tell', 'kick'] as const) {
      const refused = expect(() => dialect.stdin({ type, user, message: 'hi' }));
      refused.toThrow(failsWith('bad_text'));
      refused.toThrow(/a space, which ends a name.*"orders": "json"/);
    }
  });

  it('is refused where its words make the name of another player', () => {
    expect(() => dialect.stdin({ type: 'kick', user: 'al', message: 'ice cold' })).toThrow(failsWith('bad_text'));
    expect(dialect.stdin({ type: 'kick', user: 'al', message: 'icecold' })).toEqual(['kick al icecold']);
  });

  it('leaves quotes and semicolons alone: everything after the name is text', () => {
    expect(dialect.stdin({ type: 'say', message: 'x"; quit; "' })).toEqual(['say x"; quit; "']);
  });
});

describe('an order as JSON', () => {
  const dialect = new Dialect({ ...program, orders: 'json' }, { players });

  it.each([
    [{ type: 'say', message: 'hi "all"' }, { order: 'say', message: 'hi "all"' }],
    [{ type: 'tell', user: 'al ice', message: 'x y' }, { order: 'tell', user: 'al ice', message: 'x y', id: '2' }],
    [{ type: 'kick', user: 'o"neil\\', message: '' }, { order: 'kick', user: 'o"neil\\', message: '', id: 3 }],
    [{ type: 'kick', user: 'al', message: '' }, { order: 'kick', user: 'al', message: '' }],
    [{ type: 'list' }, { order: 'list' }],
    [{ type: 'stop' }, { order: 'stop' }],
  ] as const)('%j', (order, value) => {
    const lines = dialect.stdin(order) ?? [];
    expect(lines.map((line) => JSON.parse(line))).toEqual([value]);
  });

  it('is one line that reads back, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (message) => {
      const line = dialect.stdin({ type: 'say', message })?.[0] ?? '';
      return !/[\r\n]/.test(line) && JSON.parse(line).message === message;
    }));
  });

  it('goes to a declared command line as well', () => {
    const declared = new Dialect({ ...program, run: ['game'], orders: 'json' });
    expect(declared.stdin({ type: 'list' })).toEqual(['{"order":"list"}']);
  });

  it('is not given where a funpack does not support it', () => {
    const without = new Dialect({ ...program, orders: 'json', supports: ['say', 'kick'] }, { players });
    expect(without.stdin({ type: 'tell', user: 'al', message: 'x' })).toBeUndefined();
    expect(without.stdin({ type: 'stop' })).toEqual(['{"order":"stop"}']);
  });
});
