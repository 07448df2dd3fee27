import { readdirSync, readFileSync } from 'node:fs';

/** PINKY_HOME in the environment of a process, which only its user and root may read; or undefined. */
export const homeOfProcess = (pid: number): string | undefined =>
  textOf(`/proc/${pid}/environ`)
    .split('\0')
    .find((entry) => entry.startsWith('PINKY_HOME='))
    ?.slice('PINKY_HOME='.length);

/** The processes of Pinky that have this path as their home, also where the home was moved meanwhile. */
export const processesWith = (home: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => textOf(`/proc/${pid}/cmdline`).startsWith('pinky: ') && homeOfProcess(pid) === home);

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has just ended, or is closed to us
  }
}
