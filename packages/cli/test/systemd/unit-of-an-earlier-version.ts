import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { titlePadding } from '@pinky/protocol';

const template = readFileSync(join(__dirname, 'pinky-0.1.0.service'), 'utf8');

/** The unit that version 0.1.0 wrote, before units had a checksum and before the supervisor's program moved. */
export const earlierUnit = (home: string): string =>
  template.replaceAll(/\bHOME\b/g, home).replaceAll('NODE', process.execPath).replaceAll('PADDING', titlePadding);
