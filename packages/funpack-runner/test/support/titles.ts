import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of a process's children, as `ps` shows them. */
export const titles = (parent = process.pid): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[1] === String(parent);
        return isOurs ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1').replace(/\0+/g, ' ').trim()] : [];
      } catch {
        return []; // it ended after it was listed
      }
    });
