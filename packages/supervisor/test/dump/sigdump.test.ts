import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { dumpTo } from '../../src/dump/sigdump';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const program = bundleProgram('dumps', dir.path);
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  dir.remove();
});

/** Looks until `look` finds something. Calls `between` before each further look. */
async function eventually<T>(look: () => T | undefined, between: () => void = () => undefined): Promise<T> {
  const seen = await until('the dump is there', () => {
    const found = look();
    if (found === undefined) between();
    return found !== undefined && { found };
  }, { everyMs: 100 });
  return seen.found;
}

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

async function dumpOf(mode: 'idle' | 'busy'): Promise<string> {
  const path = join(dir.path, `${mode}.log`);
  const marker = join(dir.path, `${mode}.ready`);
  const child = spawn(process.execPath, [program, path, mode, marker], { stdio: 'inherit' });
  children.push(child);
  await eventually(() => textOf(marker));
  // The last section shows that the dump is whole. A loop may have begun before the watching thread was up. Then we ask
  // again.
  child.kill('SIGCONT');
  const whole = (text = textOf(path)): string | undefined => (text?.includes('Open descriptors') ? text : undefined);
  const text = await eventually(whole, () => child.kill('SIGCONT'));
  child.kill('SIGKILL');
  await once(child, 'exit');
  return text;
}

describe('a dump on CONT', () => {
  it('shows the function that a busy loop is caught in', async () => {
    expect(await dumpOf('busy')).toMatch(/at spinsForEver \(.*dumps\.cjs:\d+:\d+\)/);
  });

  it('shows memory, heap, resources and descriptors of an idle process', async () => {
    const text = await dumpOf('idle');
    expect(text).toMatch(/^Dump of process \d+ .*up for \d+ s$/m);
    expect(text).toMatch(/used_heap_size \d{6}/);
    expect(text).toMatch(/Timeout 1$/m);
    expect(text).toMatch(/^ {6}0 \S+/m);
  });

  it('is a new file that only its owner can read, and is never written through a planted link', () => {
    const victim = join(dir.path, 'victim');
    const path = join(dir.path, 'planted.log');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, path);
    dumpTo(path);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(lstatSync(path).isFile()).toBe(true);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });
});
