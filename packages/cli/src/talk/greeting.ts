import { pinkyVersion } from '@pinky/box/home';
import type { Message } from '@pinky/protocol';
import { readStat } from '@pinky/supervisor/identity';

/** The first message of the command line on a connection: it says who it is. */
export const greeting = (): readonly Message[] => [
  {
    type: 'identify',
    role: 'cli',
    pid: process.pid,
    startTime: readStat(process.pid)?.startTime ?? '',
    version: pinkyVersion(),
  },
];
