import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths } from '../../src/box/box-paths.js';
import { findEffectiveConfig, ownEffectiveConfig, readEffectiveConfig } from '../../src/box/effective-config.js';
import { asNobody } from '../../src/testing/as-nobody.js';

const whole = {
  box: '1',
  home: '/home',
  servers: '/home/servers',
  logLevel: 'info',
  worker: {},
  crashLoop: {},
  version: '1.2.3',
};

describe('effective.json', () => {
  let home: string;
  beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'effective-')); });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const written = (text: string): void => writeFileSync(boxPaths(home).effectiveConfig, text);
  const refusal = (sentence: string) =>
    expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(sentence) as string }) as Error;

  it('is read as it was written, with fields that this version does not know', () => {
    written(JSON.stringify({ ...whole, later: true }));
    expect(readEffectiveConfig(home)).toEqual({ ...whole, later: true });
    expect(findEffectiveConfig(home)).toEqual({ ...whole, later: true });
  });

  it('may not exist yet: a process that needs it says who writes it', () => {
    expect(findEffectiveConfig(home)).toBeUndefined();
    expect(() => readEffectiveConfig(home)).toThrow(refusal('effective.json does not exist; `pinky up` writes it'));
  });

  it.each(['', '{"box": "1", "ho', 'null', '[]', '7'])('is refused if it is damaged: %j', (text) => {
    written(text);
    for (const read of [findEffectiveConfig, readEffectiveConfig]) {
      expect(() => read(home)).toThrow(refusal('remove it, and `pinky up` writes it anew'));
    }
  });

  it.each(Object.keys(whole))('is refused without %s', (field) => {
    written(JSON.stringify({ ...whole, [field]: undefined }));
    expect(() => findEffectiveConfig(home)).toThrow(refusal('is incomplete'));
  });

  it('is not its own where it came from a home in a folder that is closed to this user', () => {
    const closed = join(home, 'closed');
    mkdirSync(join(closed, 'other'), { recursive: true });
    written(JSON.stringify({ ...whole, home: join(closed, 'other') }));
    chmodSync(home, 0o755);
    chmodSync(closed, 0o000);
    try {
      expect(asNobody(() => ownEffectiveConfig(home))).toBeUndefined();
    } finally {
      chmodSync(closed, 0o700);
    }
  });
});
