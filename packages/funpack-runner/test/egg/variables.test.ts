import type { SettingSchema } from '@pinky/protocol';
import { importEgg } from '../../src/egg/import-egg.js';
import { readEgg } from '../../src/egg/read-egg.js';
import { readSetting } from '../../src/funpack/settings.js';
import { eggVariable, madeEgg } from '../support/made-eggs.js';

function settingOf(value: string, rules: string | readonly string[], more: object = {}, name = 'IT') {
  const egg = importEgg(readEgg(madeEgg({ variables: [eggVariable(name, value, rules, more)] })));
  const schema = egg.manifest.schema?.[name];
  const { label: _label, description: _description, ...rest } = schema ?? { type: 'string' };
  const notes = egg.notes.filter(({ field }) => field === `variables.${name}`);
  return { schema: rest as SettingSchema, whole: schema, notes }; // the rest of a schema is one
}

describe('a variable', () => {
  it.each<[string, string | string[], object]>([
    ['a', 'required|string|max:20', { type: 'string', max: 20, required: true, default: 'a' }],
    ['', 'nullable|string', { type: 'string', default: '' }],
    ['8', ['required', 'integer', 'between:1,64'], { type: 'integer', min: 1, max: 64, required: true, default: 8 }],
    ['8', 'integer|gt:0', { type: 'integer', min: 1, default: 8 }],
    ['0.5', 'numeric|min:0', { type: 'number', min: 0, default: 0.5 }],
    ['', 'nullable|numeric', { type: 'number' }],
    ['50', 'required|numeric|digits_between:2,5',
      { type: 'integer', min: 10, max: 99_999, required: true, default: 50 }],
    ['50', 'required|integer|regex:/^5/',
      { type: 'string', pattern: '^(?=^5)(?=^-?\\d+$)', required: true, default: '50' }],
    ['1', 'required|boolean', {
      type: 'enum',
      values: [{ value: '1', label: 'yes' }, { value: '0', label: 'no' }],
      required: true,
      default: '1',
    }],
    ['true', 'boolean', {
      type: 'enum',
      values: [{ value: 'true', label: 'yes' }, { value: 'false', label: 'no' }],
      default: 'true',
    }],
    ['1.20', 'required|in:1.8,1.20', { type: 'enum', values: ['1.8', '1.20'], required: true, default: '1.20' }],
    ['007', 'integer', { type: 'string', pattern: '^$|^-?\\d+$', default: '007' }],
    ['x', 'required|regex:/^[a-z]+$/i', { type: 'string', pattern: '^[a-zA-Z]+$', required: true, default: 'x' }],
    ['ab', 'required|alpha_num|starts_with:a', {
      type: 'string',
      pattern: '^(?=^[\\p{L}\\p{M}\\p{N}]*$)(?=^(?:a))',
      required: true,
      default: 'ab',
    }],
  ])('%j with %j', (value, rules, schema) => {
    expect(settingOf(value, rules).schema).toEqual(schema);
    expect(settingOf(value, rules).notes.map(({ fate }) => fate)).toEqual(['carried']);
  });

  it.each<[string, string, readonly string[], readonly string[]]>([
    ['nullable|string|min:3', '', ['', 'abc'], ['ab']],
    ['required|min:3|max:4', 'abc', ['abcd'], ['', 'ab', 'abcde']],
    ['required|digits:4', '1234', ['0000'], ['123', '12345', 'abcd']],
    ['digits_between:2,3', '', ['', '12', '123'], ['1', '1234']],
    ['required|alpha_dash', 'a-b_1', ['ü-1'], ['a b', 'a;b']],
    ['required|not_in:a,b.c', 'd', ['ab'], ['a', 'b.c']],
    ['required|ends_with:.jar|not_regex:/evil/', 'a.jar', ['b.jar'], ['evil.jar', 'a.zip']],
    ['required|url', 'https://a.example/x', ['http://b'], ['b', 'http://a b']],
    ['required|ip', '1.2.3.4', ['::1'], ['host']],
    ['size:2', '', ['', 'ab'], ['a', 'abc']],
  ])('%s takes what Laravel takes', (rules, value, good, bad) => {
    const { schema } = settingOf(value, rules);
    for (const text of good) expect(readSetting(text, schema)).toEqual({ value: text });
    for (const text of bad.filter((one) => one !== '')) expect(readSetting(text, schema)).toHaveProperty('fault');
  });

  it('is secret by its name, read-only by its panel, and has its words for people', () => {
    expect(settingOf('x', 'string', {}, 'RCON_PASSWORD').schema.secret).toBe(true);
    expect(settingOf('x', 'string', {}, 'STEAM_GSLT').schema.secret).toBe(true);
    expect(settingOf('x', 'string', {}, 'PASSENGERS').schema.secret).toBeUndefined();
    expect(settingOf('x', 'required|string', { user_editable: false }).schema.readonly).toBe(true);
    const open = settingOf('', 'required|string', { user_editable: false });
    expect(open.schema).toEqual({ type: 'string', required: true });
    expect(open.notes).toEqual([expect.objectContaining({ fate: 'changed' })]);
    expect(settingOf('x', 'string').whole).toMatchObject({ label: 'The IT', description: 'a sentence' });
  });

  it('says what it cannot carry', () => {
    expect(settingOf('x', 'string|required_if:A,b').notes).toEqual([
      { field: 'variables.IT', fate: 'carried', says: expect.any(String) },
      { field: 'variables.IT', fate: 'missing', says: 'the rule required_if:A,b has no counterpart' },
    ]);
    expect(settingOf('b', 'in:a').notes).toEqual([expect.objectContaining({ fate: 'changed' })]);
    expect(settingOf('a\nb', 'string').notes).toEqual([expect.objectContaining({ fate: 'missing' })]);
    expect(settingOf('x', 'string', {}, 'not a name').notes).toEqual([expect.objectContaining({ fate: 'missing' })]);
    expect(settingOf('x', 'string', {}, 'SERVER_PORT').whole).toBeUndefined();
  });
});
