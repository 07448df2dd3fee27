import { readdirSync, readFileSync } from 'node:fs';

/** A report is for people: this many threads, of this many processes, and this many frames of the kernel for each. */
const mostProcesses = 8;
const mostThreads = 64;
const mostFrames = 8;

const states: Readonly<Record<string, string>> = {
  R: 'runs',
  S: 'sleeps',
  D: 'waits in the kernel',
  T: 'is stopped',
  t: 'is traced',
  Z: 'is dead',
  X: 'is dead',
  I: 'idles',
};

/**
 * Each thread of some processes as the kernel knows it, a line each: its name, its state, its processor time, where in
 * the kernel it waits. The stack there is told to root alone (proc_pid_stack(5)).
 */
export function threadReport(pids: readonly number[]): readonly string[] {
  const lines: string[] = [];
  for (const pid of pids.slice(0, mostProcesses)) {
    for (const tid of namesIn(`/proc/${pid}/task`)) {
      if (lines.length >= mostThreads) return [...lines, '… and more threads'];
      const line = threadLine(pid, tid);
      if (line !== undefined) lines.push(line);
    }
  }
  return lines;
}

function threadLine(pid: number, tid: string): string | undefined {
  const dir = `/proc/${pid}/task/${tid}`;
  const [, name, state = '', ...fields] = /^\d+ \((.*)\) (\S)((?: \S+)*)/s.exec(textOf(`${dir}/stat`)) ?? [];
  if (name === undefined) return undefined; // it has ended
  const [user = 0, system = 0] = (fields[0] ?? '').trim().split(' ').slice(10, 12).map(Number);
  const wait = textOf(`${dir}/wchan`).trim();
  const stack = textOf(`${dir}/stack`).split('\n').map((line) => line.replace(/^\[<[^>]*>\] /, '')).filter(Boolean);
  return [
    `process ${pid}, thread ${tid} (${name}) ${states[state] ?? `is ${state}`}`,
    ...(wait === '' || wait === '0' ? [] : [`in ${wait}`]),
    `after ${((user + system) / 100).toFixed(2)} s of processor`,
    ...(stack.length > 0 ? [`kernel stack: ${stack.slice(0, mostFrames).join(' < ')}`] : []),
  ].join(', ');
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // it has ended
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has ended, or is another user's
  }
}
