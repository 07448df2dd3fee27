import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasNamespaces, lacksUsers, tryGuise, type GuiseStep } from '../../src/index.js';

const isAble = lacksUsers() === undefined && hasNamespaces();
const user = { uid: 77_001, gid: 77_001 };

(isAble ? describe : describe.skip).each(['user', 'strict'] as const)('the trial of a launch under %s', (kind) => {
  let home: string;
  let funpack: string;
  let working: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'jail-trial-')); // 0700, as a home without isolation is
    [funpack, working] = [join(home, 'packs', 'one'), join(home, 'servers', 's1', 'working')];
    mkdirSync(join(funpack, 'bin'), { recursive: true });
    mkdirSync(working, { recursive: true });
    writeFileSync(join(working, 'world'), 'ours');
    writeFileSync(join(funpack, 'funpack.json'), '{}');
    program('#!/bin/sh\nexit 0\n');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const program = (text: string): void => writeFileSync(join(funpack, 'bin', 'run'), text, { mode: 0o755 });
  const trial = (more: { readonly program?: string } = {}): readonly GuiseStep[] => tryGuise({
    isolation: { kind, user, hasNamespaces: true },
    working,
    funpackDir: funpack,
    readable: [],
    opened: [home],
    program: join(funpack, 'bin', 'run'),
    path: '/usr/bin:/bin',
    ...more,
  });
  const wrong = (steps: readonly GuiseStep[]): string[] =>
    steps.flatMap(({ isFine, because = '' }) => (isFine ? [] : [because]));

  it('finds everything in place, and changes nothing', () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('pinky-isolate-'));
    const steps = trial();
    expect(wrong(steps)).toEqual([]);
    expect(steps.map(({ what }) => what)).toEqual([
      expect.stringContaining(`the user ${user.uid}`),
      expect.stringContaining(working),
      '/tmp',
      expect.stringContaining(funpack),
      `its program ${join(funpack, 'bin', 'run')}, up to its exec`,
    ]);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect([statSync(working).uid, readdirSync(working)]).toEqual([process.getuid?.(), ['world']]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('pinky-isolate-'))).toEqual(before);
  });

  it('names a file of the funpack that is closed to others', () => {
    writeFileSync(join(funpack, 'secret.cfg'), '');
    chmodSync(join(funpack, 'secret.cfg'), 0o600);
    expect(wrong(trial())).toEqual([`${join(funpack, 'secret.cfg')} cannot be read (chmod -R a+rX)`]);
  });

  it('names an interpreter that is not there', () => {
    program('#!/usr/bin/env -S no-such-interpreter --flag\n');
    expect(wrong(trial())).toEqual([expect.stringMatching(/^its interpreter no-such-interpreter is not there/)]);
  });

  it('says that a program is not there, or not to be run', () => {
    chmodSync(join(funpack, 'bin', 'run'), 0o700);
    expect(wrong(trial()).at(-1)).toMatch(/^it is not there, or not to be run/);
    expect(wrong(trial({ program: 'no-such-game' }))).toContainEqual(expect.stringMatching(/^it is not there/));
  });

  it('leaves out a program that comes with the world', () => {
    expect(trial({ program: join(working, 'server') }).at(-1)).toMatchObject({
      what: expect.stringContaining('was not tried'),
      isFine: true,
    });
  });
});
