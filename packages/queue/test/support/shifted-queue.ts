import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@pinky/protocol';
import { holdSignals } from '@pinky/supervisor/child';
import { QueueProgram } from '../../src/program/queue-program.js';

// The queue's program, whose clock on the wall is as far ahead as the file `clock-shift` of its home says.
const home = process.env['PINKY_HOME'] ?? '';
const shiftMs = Number(readFileSync(join(home, 'clock-shift'), 'utf8'));
const clock = { ...systemClock, wallNow: () => Date.now() + shiftMs };
void new QueueProgram({ home, clock, signals: holdSignals() }).run();
