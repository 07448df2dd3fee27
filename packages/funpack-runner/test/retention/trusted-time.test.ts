import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { firstRun } from '../../src/retention/first-run.js';
import { trustedTime } from '../../src/retention/trusted-time.js';
import { tempDirs } from '../support/temp.js';

const tempDir = tempDirs();
const hour = 3_600_000;
const day = 24 * hour;
const start = 1_700_000_000_000;
const years = 3 * 365 * day;

/** A box's backups, and clocks that show hours after the beginning. */
async function clocks() {
  const dir = await tempDir();
  let boot = 'one';
  return {
    dir,
    reboot: () => { boot = 'two'; },
    at: (wallMs: number, sinceBootHours: number) =>
      trustedTime(dir, start + wallMs, { boot, ms: sinceBootHours * hour }) - start,
  };
}

describe('the time by which things are old enough to be removed', () => {
  it('is that of the clock, also after days of silence and where that is set back', async () => {
    const { at } = await clocks();
    const told = [at(0, 0), at(hour, 1), at(6 * day, 144), at(5 * day, 145), at(-years, 146), at(hour - years, 147)];
    expect(told).toEqual([0, hour, 6 * day, 5 * day, -years, hour - years]);
  });

  it('stands still where the clock jumps ahead, until that has run evenly for an hour', async () => {
    const { at } = await clocks();
    at(0, 0);
    expect([at(years, 1), at(years + hour / 2, 1.5), at(years + 0.9 * hour, 1.9)]).toEqual([0, 0, 0]);
    expect([at(years + hour, 2), at(years + 2 * hour, 3)]).toEqual([years + hour, years + 2 * hour]);
  });

  it('is that of the clock again as soon as that is put right', async () => {
    const { at } = await clocks();
    at(0, 0);
    expect([at(years, 1), at(1.5 * hour, 1.5), at(years, 2), at(years + hour / 2, 2.5)]).toEqual(
      [0, 1.5 * hour, 1.5 * hour, 1.5 * hour]);
  });

  it('counts the hour anew after another jump, and after a reboot', async () => {
    const { at, reboot } = await clocks();
    at(0, 0);
    expect([at(years, 1), at(2 * years, 1.5), at(2 * years + hour / 2, 2)]).toEqual([0, 0, 0]);
    reboot();
    expect([at(2 * years + hour, 2.5), at(2 * years + 2 * hour, 3.5)]).toEqual([0, 2 * years + 2 * hour]);
  });

  it('needs nothing to be written, and keeps what else is', async () => {
    const { at, dir } = await clocks();
    firstRun(dir, start);
    at(0, 0);
    at(years, 1);
    expect(firstRun(dir, start + years)).toBe(start);
    const full = await clocks();
    mkdirSync(join(full.dir, 'worlds', '.retention.json'), { recursive: true });
    expect(full.at(hour, 1)).toBe(hour);
  });
});
