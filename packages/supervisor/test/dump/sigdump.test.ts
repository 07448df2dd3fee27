import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dumpTo } from '../../src/dump/sigdump';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const program = bundleProgram('dumps', dir.path);
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  dir.remove();
});

async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function dumpOf(mode: 'idle' | 'busy'): Promise<string> {
  const path = join(dir.path, `${mode}.log`);
  const marker = join(dir.path, `${mode}.ready`);
  const child = spawn(process.execPath, [program, path, mode, marker], { stdio: 'inherit' });
  children.push(child);
  await appears(marker);
  child.kill('SIGCONT');
  await appears(path);
  // The file is made before it is filled: its last section says that it is whole.
  while (!readFileSync(path, 'utf8').includes('Open descriptors')) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGKILL');
  await once(child, 'exit');
  return readFileSync(path, 'utf8');
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

  it('is a file of its own, readable by its owner only, and never written through a link that was planted there', () => {
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
