import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictestHere } from '@pinky/jail';
import { boxPaths } from '@pinky/protocol';
import { loadConfig } from '../../src/config/index.js';
import { prepareHome, writeEffectiveConfig } from '../../src/home/index.js';

describe('the isolation of a home', () => {
  let home: string;
  beforeEach(() => { home = join(mkdtempSync(join(tmpdir(), 'pinky-home-')), 'h'); });
  afterEach(() => rmSync(join(home, '..'), { recursive: true, force: true }));

  const load = () => loadConfig({ home, env: {} });
  const isolation = () => load().isolation;
  const write = (text: string): void => {
    mkdirSync(home, { recursive: true });
    writeFileSync(boxPaths(home).config, text);
  };
  /** The strictest that works on the machine of the test. */
  const strictest = () => strictestHere({ home, servers: join(home, 'servers') });
  const kept = (): string => readFileSync(boxPaths(home).isolation, 'utf8');

  it('is the strictest that works here, chosen when it is made, and kept', () => {
    const { kind } = strictest();
    expect(isolation()).toMatchObject({ kind, chosenBy: 'home' });
    expect(existsSync(home)).toBe(false); // looking makes nothing
    prepareHome(load());
    expect(kept().split('\n')[0]).toBe(kind);
    expect(statSync(boxPaths(home).isolation).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(kind === 'none' ? 0o700 : 0o711);
    writeFileSync(boxPaths(home).isolation, 'user\n'); // as another machine has chosen
    expect(isolation()).toMatchObject({ kind: 'user', chosenBy: 'home' });
  });

  it('is chosen too where pinky.yml says something else, which counts as long as it is there', () => {
    write('isolation: none\n');
    prepareHome(load());
    expect(isolation()).toMatchObject({ kind: 'none', chosenBy: 'operator' });
    write('');
    expect(isolation()).toMatchObject({ kind: strictest().kind, chosenBy: 'home' });
  });

  it.each(['identity', 'logDir', 'redisDir', 'definitions'] as const)(
    'stays none in an older home, which is known by its %s',
    (part) => {
      mkdirSync(home, { recursive: true });
      writeFileSync(boxPaths(home)[part], '');
      expect(isolation()).toEqual({
        kind: 'none',
        users: { first: 65_536, count: 34_464, allowed: [] },
        visible: [],
      });
      if (part !== 'identity') return;
      prepareHome(load());
      expect(existsSync(boxPaths(home).isolation)).toBe(false);
    },
  );

  it('stays none where an older version has started a box', () => {
    mkdirSync(home, { recursive: true });
    const { isolation: _unknown, ...before } = load();
    writeEffectiveConfig(before);
    expect(isolation()).not.toHaveProperty('chosenBy');
    expect(isolation()).toMatchObject({ kind: 'none' });
  });

  it('remembers why it is not stricter', () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(boxPaths(home).isolation, 'none\nonly root can\n');
    writeEffectiveConfig(load());
    expect(isolation()).toMatchObject({ kind: 'none', chosenBy: 'home', because: 'only root can' });
  });

  it('says which file is damaged', () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(boxPaths(home).isolation, 'stric');
    expect(() => load()).toThrow(`${boxPaths(home).isolation} does not say how games are isolated`);
  });
});
