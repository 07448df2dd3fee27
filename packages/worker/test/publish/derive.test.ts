import fc from 'fast-check';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Dialect } from '@pinky/funpack-runner/light';
import {
  boxPaths,
  serverPaths,
  silentLogger,
  type FunpackManifest,
  type PendingEvent,
  type RunPaths,
} from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { RunLog } from '../../src/run/run-log.js';
import type { EventBatch } from '../../src/publish/event-batch.js';
import { deriveBatch } from '../../src/publish/derive.js';
import { Follower } from '../../src/console/follower.js';
import { runStart, type Checkpoint } from '../../src/record/checkpoint.js';
import { inTempDir } from '../temp.js';

/** Players are named when they come and only numbered when they go: what a line means depends on the lines before. */
const manifest: FunpackManifest = {
  name: 'numbered', version: '1',
  console: [
    { pattern: '^join (?<user>\\w+) as #(?<id>\\d+)$', event: 'player_connected' },
    { pattern: '^leave #(?<id>\\d+)$', event: 'player_disconnected' },
    { pattern: '^ready$', event: 'started' },
  ],
};
const names = { serverId: 'one', box: 'test', run: '1700000000000-abcd' };

/** The output of a game, in the pieces in which it is read, and what the worker notes between them: also of lists. */
type Piece = { readonly print: string } | { readonly note: string } | { readonly list: readonly string[] };
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'ready\n',
          'leave #1\n',
          'leave #2\n',
          'join ann as #1\n',
          'join bob as #2\n',
          'join cat as #1\n',
          'text\n',
          'half ',
          '{"event":"info","n":1}\n',
          '{"event":"players_list","players":["ann","dee"]}\n',
          '{"event":"chat","user":"ann"}\n',
          '\n',
        ),
        fc.integer({ min: 60_000, max: 140_000 }).map((size) => `${'x'.repeat(size)}\n`),
      ),
      { maxLength: 6 },
    )
    .map((texts) => ({ print: texts.join('') })),
  fc.constantFrom('one', 'two', 'three').map((note) => ({ note })),
  fc.subarray(['ann', 'bob', 'eve', 'fay']).map((list) => ({ list })),
);

interface Read {
  readonly paths: RunPaths;
  readonly batches: readonly EventBatch[];
}

/** A worker's reading of the run, from a checkpoint on. */
function readerAt(dir: string, from: Checkpoint) {
  const clock = new FakeClock();
  const paths = serverPaths(dir, 'one').run(names.run);
  mkdirSync(boxPaths(dir).logDir, { recursive: true });
  mkdirSync(paths.dir, { recursive: true });
  const dialect = new Dialect(manifest, from);
  const batches: EventBatch[] = [];
  let { isReady } = from;
  const run = new RunLog({
    names,
    paths,
    logDir: join(dir, 'log'),
    keptDir: join(dir, 'kept'),
    historyBytes: () => Infinity,
    clock,
    log: silentLogger,
    from,
    recall: (entry) => dialect.recall(entry),
    follow: (options) => new Follower(options),
    read: (line) => dialect.read(line),
    snapshot: () => ({ isReady, players: dialect.players, faults: dialect.faults }),
    onEvent: ({ type }) => { isReady ||= type === 'started'; },
    onFault: () => undefined,
    onLine: () => undefined,
    offer: (batch) => batches.push(batch),
  });
  return { run, dialect, paths, batches };
}

function readLive(dir: string, pieces: readonly Piece[]): Read {
  const { run, dialect, paths, batches } = readerAt(dir, runStart);
  for (const one of pieces) {
    if ('note' in one) {
      run.note('silent', { last_lines: [one.note] });
      continue;
    }
    if ('list' in one) {
      const players = one.list.map((name) => ({ name }));
      for (const { type, ...fields } of dialect.takeList(players)) run.note(type, fields);
      continue;
    }
    appendFileSync(paths.console, one.print);
    run.readToEnd(false);
  }
  run.readToEnd(true);
  run.close(() => undefined);
  return { paths, batches };
}

function deriveAll({ paths }: Read, from: Checkpoint, to: Checkpoint): { events: PendingEvent[]; to: Checkpoint } {
  const events: PendingEvent[] = [];
  let at = from;
  for (let i = 0; at.console < to.console || at.journal < to.journal; i++) {
    if (i > 1_000) throw new Error('it gets nowhere');
    const reader = new Dialect(manifest, at);
    const batch = deriveBatch(
      { names, paths, reader, wallNowMs: new FakeClock().wallNow() },
      { from: at, to, published: { console: 0, journal: 0 } },
    );
    events.push(...batch.events);
    at = batch.to;
  }
  return { events, to: at };
}

describe('deriveBatch', () => {
  it('finds the same events, order and state as the first reading, from wherever that had got to', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(), (pieces, pick) => inTempDir((dir) => {
      const read = readLive(dir, pieces);
      const last = read.batches.at(-1)?.to ?? runStart;
      const begin = read.batches.length === 0 ? 0 : pick % read.batches.length;
      const from = begin === 0 ? runStart : (read.batches[begin - 1]?.to ?? runStart);
      const derived = deriveAll(read, from, last);
      expect(derived.events).toEqual(read.batches.slice(begin).flatMap(({ events }) => events));
      expect(derived.to).toEqual(last);
      const successor = readerAt(dir, from);
      successor.run.readToEnd(true);
      expect(successor.dialect.players).toEqual(last.players);
      successor.run.close(() => undefined);
    })), { numRuns: 80 });
  });

  it('leaves out published events, and still knows what they said', () => {
    inTempDir((dir) => {
      const read = readLive(dir, [{ print: 'join ann as #1\n' }, { print: 'leave #1\n' }]);
      const to = read.batches.at(-1)?.to ?? runStart;
      const reader = new Dialect(manifest);
      const batch = deriveBatch(
        { names, paths: read.paths, reader, wallNowMs: 0 },
        { from: runStart, to, published: { console: 15, journal: 0 } },
      );
      expect(batch.events.map(({ json }) => JSON.parse(json) as object)).toMatchObject([
        { type: 'player_disconnected', user: 'ann' },
      ]);
    });
  });

  it('stops early if a file has become shorter, and throws if it is gone', () => {
    inTempDir((dir) => {
      const read = readLive(dir, [{ print: 'ready\n' }]);
      const input = { names, paths: read.paths, reader: new Dialect(manifest), wallNowMs: 0 };
      const from = { ...runStart, console: 6 };
      expect(deriveBatch(input, { from, to: { console: 99, journal: 0 }, published: runStart }).to).toMatchObject({
        console: 6,
        journal: 0,
      });
      expect(() =>
        deriveBatch(
          { ...input, paths: { ...read.paths, console: '/nowhere' } },
          { from: runStart, to: from, published: runStart },
        ),
      ).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    });
  });
});
