import type { SettingSchema } from '@pinky/protocol';
import { assertKnownSettings, checkSettings } from '../../src/funpack/settings.js';
import { failsWith } from '../support/work.js';

const check = (schema: SettingSchema, value: unknown): unknown =>
  checkSettings({ name: 'g', version: '1', schema: { it: schema } }, { it: value })['it'];

describe('checkSettings', () => {
  it.each<[SettingSchema, unknown, unknown]>([
    [{ type: 'string' }, 'x', 'x'],
    [{ type: 'string' }, 5, '5'],
    [{ type: 'string', max: 3 }, 'abc', 'abc'],
    [{ type: 'integer' }, 5, 5],
    [{ type: 'integer' }, '5', 5],
    [{ type: 'integer', min: -2 }, '-2', -2],
    [{ type: 'number' }, '.5', 0.5],
    [{ type: 'number' }, 1e3, 1000],
    [{ type: 'boolean' }, true, true],
    [{ type: 'boolean' }, 'false', false],
    [{ type: 'boolean' }, 1, true],
    [{ type: 'enum', values: ['a', 1] }, '1', 1],
    [{ type: 'enum', values: ['a', 1] }, 'a', 'a'],
    [{ type: 'enum', values: ['1.8', '1.20'] }, 1.8, '1.8'],
    [{ type: 'enum', values: ['1.8', '1.20'] }, '1.20', '1.20'],
    [{ type: 'enum', values: ['true', 'false'] }, false, 'false'],
    [{ type: 'enum', values: [{ value: '1', label: 'yes' }, { value: 0 }] }, '0', 0],
    [{ type: 'string', pattern: '^\\p{L}+$' }, 'äb', 'äb'],
    [{ type: 'string', pattern: '^[\\w-\\.]+$' }, 'a-b', 'a-b'],
    [{ type: 'integer', default: 5, readonly: true }, '5', 5],
    [{ type: 'string', readonly: true }, '', ''],
    [{ type: 'list' }, ['a', 1], ['a', 1]],
    [{ type: 'list' }, 'a, b,', ['a', 'b']],
    [{ type: 'list', max: 1 }, [], []],
    [{ type: 'string', default: 'd' }, null, 'd'],
    [{ type: 'string' }, undefined, undefined],
  ])('%j: %j becomes %j', (schema, given, value) => {
    expect(check(schema, given)).toEqual(value);
  });

  it.each<[SettingSchema, unknown]>([
    [{ type: 'string' }, {}],
    [{ type: 'string' }, 'a\nport = 1'],
    [{ type: 'string', max: 2 }, 'abc'],
    [{ type: 'integer' }, 1.5],
    [{ type: 'integer' }, '1x'],
    [{ type: 'integer' }, ''],
    [{ type: 'integer' }, true],
    [{ type: 'integer' }, '0x10'],
    [{ type: 'integer', min: 1, max: 3 }, 4],
    [{ type: 'integer', min: 1, max: 3 }, 0],
    [{ type: 'number' }, 'NaN'],
    [{ type: 'number' }, Infinity],
    [{ type: 'boolean' }, 'yes'],
    [{ type: 'enum', values: ['a'] }, 'b'],
    [{ type: 'enum', values: [1] }, 2],
    [{ type: 'enum', values: ['1.8', '1.20'] }, 1.2],
    [{ type: 'enum', values: ['yes'] }, true],
    [{ type: 'enum', values: [1] }, true],
    [{ type: 'string', pattern: '^a' }, 'b'],
    [{ type: 'list', pattern: '^a' }, ['a', 'b']],
    [{ type: 'string', required: true }, undefined],
    [{ type: 'string', required: true, default: 'x' }, ''],
    [{ type: 'integer', default: 5, readonly: true }, 6],
    [{ type: 'list' }, { 0: 'a' }],
    [{ type: 'list' }, ['a\nb']],
    [{ type: 'list', max: 1 }, [1, 2]],
  ])('%j refuses %j', (schema, given) => {
    expect(() => check(schema, given)).toThrow(failsWith('bad_settings'));
  });

  it('fills in defaults, keeps unknown settings, and does not change its input', () => {
    const given = Object.freeze({ ops: ['chrislloyd'], seed: 1 });
    const manifest = {
      name: 'g',
      version: '1',
      schema: { motd: { type: 'string', default: 'hi' }, seed: { type: 'integer' } },
    } as const;
    expect(checkSettings(manifest, given)).toEqual({ ops: ['chrislloyd'], seed: 1, motd: 'hi' });
  });

  it('names every wrong setting at once', () => {
    const manifest = {
      name: 'g',
      version: '1',
      schema: { a: { type: 'integer' }, b: { type: 'boolean' }, c: { type: 'string' } },
    } as const;
    expect(() => checkSettings(manifest, { a: 'x', b: 'y', c: 'fine' })).toThrow(
      expect.objectContaining({
        code: 'bad_settings',
        message: expect.stringMatching(/a must be a whole number; b must be true or false$/),
        details: { settings: { a: expect.any(String), b: expect.any(String) } },
      }),
    );
  });
});

describe('assertKnownSettings', () => {
  const manifest = { name: 'g', version: '1', schema: { motd: { type: 'string' } } } as const;

  it('refuses by name what the schema does not have, and says which one may be meant', () => {
    expect(() => assertKnownSettings(manifest, { motd: 'x', ops: [], mtod: 'secret', x: 1, gone: null })).toThrow(
      expect.objectContaining({
        code: 'bad_settings',
        message: 'settings of g: mtod is not a setting of it (did you mean motd?); x is not a setting of it',
      }),
    );
  });

  it('lets a funpack without a schema have any', () => {
    expect(() => assertKnownSettings({ name: 'g', version: '1' }, { x: 1 })).not.toThrow();
  });
});
