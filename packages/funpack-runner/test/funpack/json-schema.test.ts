import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { importEgg } from '../../src/egg/import-egg.js';
import { readEgg } from '../../src/egg/read-egg.js';
import { manifestFields } from '../../src/funpack/manifest-checks.js';
import { parseManifest } from '../../src/funpack/manifest.js';
import { eggVariable, madeEgg } from '../support/made-eggs.js';

const root = resolve(__dirname, '../../../..');
const jsonOf = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>; // both files are objects
const schema = jsonOf(join(root, 'packages/funpack-runner/funpack.schema.json'));
const validate = new Ajv({ allowUnionTypes: true, formats: { regex: true } }).compile(schema);

describe('the schema of funpack.json', () => {
  it('has every field that Pinky knows, and no other', () => {
    const known = Object.keys(manifestFields).map((name) => name.replace(/!$/, ''));
    expect(Object.keys(schema['properties'] ?? {}).sort()).toEqual(known.sort());
  });

  it('takes every funpack that ships, and an egg', () => {
    for (const name of readdirSync(join(root, 'funpacks'))) {
      validate(jsonOf(join(root, 'funpacks', name, 'funpack.json')));
      expect({ name, errors: validate.errors }).toEqual({ name, errors: null });
    }
    const variables = [eggVariable('A', '1', 'boolean'), eggVariable('B', '', 'alpha_dash')];
    validate(importEgg(readEgg(madeEgg({ variables, startup: './pond {{B}}', features: ['eula'] }))).manifest);
    expect(validate.errors).toBeNull();
  });

  it.each<[object]>([
    [{ version: '1' }],
    [{ name: 'g', version: 1 }],
    [{ name: 'g', version: '1', schema: { a: { type: 'enum' } } }],
    [{ name: 'g', version: '1', schema: { a: { type: 'text' } } }],
    [{ name: 'g', version: '1', files: [{ path: '../a', content: 'x' }] }],
    [{ name: 'g', version: '1', files: [{ path: 'a.json' }] }],
    [{ name: 'g', version: '1', files: [{ path: 'a.json', set: { a: [] } }] }],
    [{ name: 'g', version: '1', run: [] }],
    [{ name: 'g', version: '1', run: ['a', { ifSet: 'x' }] }],
    [{ name: 'g', version: '1', stop: [{ say: 'x' }] }],
    [{ name: 'g', version: '1', stopTimeoutMs: -1 }],
    [{ name: 'g', version: '1', hang: { silenceMs: 9_999 } }],
    [{ name: 'g', version: '1', hang: { do: 'kill' } }],
    [{ name: 'g', version: '1', hang: { stacks: [{ signal: 3 }] } }],
    [{ name: 'g', version: '1', env: { 'a b': 'x' } }],
    [{ name: 'g', version: '1', install: { shell: 'sh' } }],
    [{ name: 'g', version: '1', install: { script: '../a' } }],
    [{ name: 'g', version: '1', install: { script: 'a', requires: [{ package: 'x' }] } }],
  ])('refuses %j, as Pinky does', (manifest) => {
    expect(validate(manifest)).toBe(false);
    expect(parseManifest(JSON.stringify(manifest)).faults).not.toEqual([]);
  });
});
