import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLines, silentLogger, type PendingEvent } from '@pinky/protocol';
import { EventLog } from '../../src/publish/event-log.js';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-events-')); });
afterEach(() => rmSync(dir, { recursive: true }));

const opened = (): EventLog => {
  const log = new EventLog(dir, silentLogger);
  log.load();
  return log;
};
const line = (stream: 'console' | 'journal', run: string, start: number, more = ''): PendingEvent => ({
  stream,
  start,
  end: start + 10,
  json: JSON.stringify({ more, id: `s1:${run}:${stream === 'journal' ? 'j' : ''}${start}` }),
});
const batch = (run: string, events: readonly PendingEvent[]) => {
  const end = (stream: string): number =>
    Math.max(0, ...events.filter((one) => one.stream === stream).map((one) => one.end));
  return {
    type: 'events',
    serverId: 's1',
    run,
    events,
    console: end('console'),
    journal: end('journal'),
  } as const;
};
const asLines = (run: string, events: readonly PendingEvent[]) =>
  ({ ...batch(run, events), lines: EventLines.of(events) });
const ids = (): string[] => readdirSync(dir).toSorted().flatMap((name) =>
  readFileSync(join(dir, name), 'utf8').split('\n').filter((text) => text !== '').map((text) => JSON.parse(text).id));

it('holds each event once, whatever is sent again, by this queue and by the next', () => {
  const log = opened();
  log.add(batch('r1', [line('console', 'r1', 0), line('journal', 'r1', 0)]));
  log.add(asLines('r1', [line('console', 'r1', 0), line('console', 'r1', 10)]));
  const next = opened();
  next.add(batch('r1', [line('console', 'r1', 10), line('journal', 'r1', 0), line('console', 'r1', 20)]));
  next.add(asLines('r2', [line('console', 'r2', 0)]));
  next.add(batch('r1', [line('console', 'r1', 30)]));
  expect(ids()).toEqual(['s1:r1:0', 's1:r1:j0', 's1:r1:10', 's1:r1:20', 's1:r2:0']);
});

it('keeps the newest, and no more than its limit', () => {
  const log = opened();
  const long = 'x'.repeat(1024 * 1024);
  for (let i = 0; i < 40; i++) log.add(batch('r1', [line('console', 'r1', i * 10, long)]));
  expect(readdirSync(dir).length).toBeLessThanOrEqual(8);
  expect(ids().at(-1)).toBe('s1:r1:390');
  expect(ids().length).toBeGreaterThan(25);
});
