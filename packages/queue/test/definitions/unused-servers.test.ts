import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, silentLogger, type BoxConfig } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { UnusedServers } from '../../src/definitions/unused-servers.js';

const day = 86_400_000;
const hour = 3_600_000;

describe('a server that nobody uses', () => {
  let home: string;
  const clock = new FakeClock();
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pinky-unused-'));
    mkdirSync(boxPaths(home).definitions);
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const look = (unusedForMs: number, atRest: ReadonlySet<string>) => {
    const forgotten: string[] = [];
    const part = new UnusedServers({
      config: () => ({ home, definitions: { unusedForMs } }) as BoxConfig,
      servers: () => ['a', 'b'],
      isAtRest: async (serverId) => atRest.has(serverId) && !forgotten.includes(serverId),
      forget: async (serverId) => void forgotten.push(serverId),
      logger: silentLogger,
      clock,
    });
    part.start();
    return { part, forgotten };
  };
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= hour) await clock.advance(hour);
  };

  it('is forgotten when it has been down for the whole time, over restarts of the queue', async () => {
    const first = look(30 * day, new Set(['a']));
    await pass(20 * day);
    await first.part.stop();
    const atRest = new Set(['a', 'b']);
    const next = look(30 * day, atRest);
    await pass(9 * day);
    expect(next.forgotten).toEqual([]);
    await pass(2 * day);
    expect(next.forgotten).toEqual(['a']);
    atRest.delete('b'); // it was started: its time begins anew
    await pass(hour);
    atRest.add('b');
    await pass(29 * day);
    expect(next.forgotten).toEqual(['a']);
    await next.part.stop();
  });

  it('counts from nothing once it is defined anew', async () => {
    const atRest = new Set(['a']);
    const { part, forgotten } = look(30 * day, atRest);
    await pass(31 * day);
    expect(forgotten.splice(0)).toEqual(['a']); // and it is defined anew
    await pass(29 * day);
    expect(forgotten).toEqual([]);
    await part.stop();
  });

  it('counts from nothing once it was up, also for the next queue', async () => {
    const atRest = new Set(['a']);
    const first = look(30 * day, atRest);
    await pass(29 * day);
    atRest.clear();
    await pass(hour);
    await first.part.stop();
    const next = look(30 * day, new Set(['a']));
    await pass(29 * day);
    expect(next.forgotten).toEqual([]);
    await next.part.stop();
  });

  it('is kept for ever with 0', async () => {
    const { part, forgotten } = look(0, new Set(['a']));
    await pass(90 * day);
    expect(forgotten).toEqual([]);
    await part.stop();
  });
});
