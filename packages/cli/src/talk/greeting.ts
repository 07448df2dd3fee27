import type { Message } from '@pinky/protocol';
import { readStat } from '@pinky/supervisor/identity';
import { pinkyVersion } from '../version.js';

/** What the command line says first on a connection: who it is. */
export const greeting = (): readonly Message[] => [
  {
    type: 'identify',
    role: 'cli',
    pid: process.pid,
    startTime: readStat(process.pid)?.startTime ?? '',
    version: pinkyVersion(),
  },
];
