import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lacksUsers } from '@pinky/jail';
import type { BoxConfig, StartOrder } from '@pinky/protocol';
import { cgroupPath, confinementOf } from '../../src/launch/confinement.js';
import { configOf } from '../fakes/config.js';

const start: StartOrder = { serverId: 'one', funpack: { url: 'x' }, ram: { min: 1, max: 1 }, settings: {} };

/** Only root can give games users of their own. */
(lacksUsers() === undefined ? describe : describe.skip)('how a start is to be confined', () => {
  const { PATH } = process.env;
  let home: string;
  beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'confinement-')); });
  afterEach(() => {
    process.env['PATH'] = PATH;
    rmSync(home, { recursive: true, force: true });
  });

  const confine = (kind: 'user' | 'strict', chosenBy?: 'operator' | 'home') => {
    const users = { first: 65_536, count: 10 };
    const config: BoxConfig = {
      ...configOf(home),
      isolation: { kind, users, visible: [], ...(chosenBy && { chosenBy }) },
    };
    return confinementOf(config, 'one', start);
  };
  /** A machine that has only these programs, where the others are missing or forbidden. */
  const withOnly = (...programs: readonly string[]): void => {
    const bin = join(home, 'bin');
    mkdirSync(bin);
    for (const program of programs) symlinkSync(`/usr/bin/${program}`, join(bin, program));
    process.env['PATH'] = bin;
  };

  it('is as it was chosen, where that works, and the same each time', () => {
    const first = confine('user', 'operator');
    expect(first?.isolation).toMatchObject({ kind: 'user', user: { uid: expect.any(Number) } });
    expect(first).not.toHaveProperty('notIsolated');
    expect(confine('user', 'home')).toEqual(first);
  });

  it('is refused where the operator wrote strict, also by an older version', () => {
    withOnly('setpriv', 'true');
    for (const by of ['operator', undefined] as const) {
      expect(() => confine('strict', by)).toThrow(expect.objectContaining({
        code: 'not_isolated',
        message: expect.stringContaining('lets Pinky make no namespaces'),
      }));
    }
  });

  it('is the next best where the home was made on a machine that allowed more, and says why', () => {
    withOnly('setpriv', 'true');
    expect(confine('strict', 'home')).toMatchObject({
      isolation: { kind: 'user', hasNamespaces: false },
      notIsolated: expect.stringContaining('lets Pinky make no namespaces'),
    });
    rmSync(join(home, 'bin'), { recursive: true });
    withOnly();
    expect(confine('strict', 'home')).toEqual({ notIsolated: 'setpriv (package util-linux) does not work here' });
    expect(confine('user', 'operator')).toEqual({ notIsolated: 'setpriv (package util-linux) does not work here' });
  });
});

it('the cgroups of two homes are apart, also where both are the root of a file system', () => {
  const homes = ['/proc', '/sys'];
  expect(new Set(homes.map((home) => statSync(home).ino)).size).toBe(1);
  const folders = homes.map((home) => cgroupPath(home, 'one').replace(/^[^.]*/, '')); // their identities are the same
  expect(new Set(folders).size).toBe(2);
});
