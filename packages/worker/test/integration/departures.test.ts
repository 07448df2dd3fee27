import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';
import type { RealWorker } from './real-worker.js';
import { processesOf, runs } from './processes.js';

/** The signals that come to a worker, one right after the other. */
const orders: readonly (readonly NodeJS.Signals[])[] = [
  ['SIGTERM'],
  ['SIGQUIT'],
  ['SIGHUP'],
  ['SIGINT'],
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGQUIT'],
  ['SIGTERM', 'SIGHUP'],
  ['SIGUSR1', 'SIGTERM'],
  ['SIGTERM', 'SIGUSR1'],
  ['SIGINT', 'SIGTERM'],
];
const meansDown = (order: readonly NodeJS.Signals[]): boolean => order.includes('SIGTERM') || order.includes('SIGQUIT');

/**
 * A moment in a server's life: how it is reached, how what holds it there lets go, and what the server comes to if
 * nobody stops it.
 */
interface Moment {
  readonly reach: (box: Box, id: string) => Promise<RealWorker>;
  readonly letGo: (box: Box, id: string) => void;
  readonly comesTo: 'up' | 'down';
}

const held = (what: string): string => `: >../${what}-begun; while [ ! -e ../go ]; do sleep 0.1; done`;
const begun = (box: Box, id: string, what: string): Promise<true> =>
  until(`${id}: ${what} has begun`, () => existsSync(`${box.paths(id).dir}/${what}-begun`));
const go = (box: Box, id: string): void => {
  if (existsSync(box.paths(id).dir)) writeFileSync(`${box.paths(id).dir}/go`, '');
};
/** A start whose answer is nobody's business here: it may be cancelled. */
const begin = (box: Box, id: string, funpack: string): void => void box.start(id, funpack).catch(() => undefined);

const moments: Readonly<Record<string, Moment>> = {
  'a preparation': {
    reach: async (box, id) => {
      const worker = box.startWorker(id);
      begin(box, id, box.funpack('obedient.sh', {}, { prepare: held('prepare') }));
      await begun(box, id, 'prepare');
      return worker;
    },
    letGo: go, comesTo: 'up',
  },
  'the loading of its game': {
    reach: async (box, id) => {
      const worker = box.startWorker(id);
      begin(
        box,
        id,
        box.funpack(
          'never-ready.sh',
          { stopTimeoutMs: 20, ladder: [{ signal: 'TERM', waitMs: 200 }] },
          {
            run: `${held('run')}; echo '{"event":"started"}'; while read -r line; do [ "$line" = stop ] && exit 0; ` +
              'done',
          },
        ),
      );
      await begun(box, id, 'run');
      return worker;
    },
    letGo: go, comesTo: 'up',
  },
  'a backup': {
    reach: async (box, id) => {
      const { worker } = await box.up(
        id,
        box.funpack('obedient.sh', { persistent: true }, { import: `${held('import')}; echo '{"paths":["."]}'` }),
      );
      box.command('backup', { serverId: id }).catch(() => undefined); // it may be cut
      await begun(box, id, 'import');
      return worker;
    },
    letGo: go, comesTo: 'up',
  },
  'a stop': {
    reach: async (box, id) => {
      const { worker } = await box.up(
        id,
        box.funpack('ignores-term.sh', {
          stopTimeoutMs: 1_500,
          ladder: [
            { signal: 'TERM', waitMs: 1_500 },
            { signal: 'QUIT', waitMs: 50 },
          ],
        }),
      );
      box.stop(id).catch(() => undefined);
      await box.queue.status(id, ({ state }) => state === 'stopping');
      return worker;
    },
    letGo: () => undefined, comesTo: 'down',
  },
  'the pause after a crash': {
    reach: async (box, id) => {
      const { worker, game } = await box.up(id, box.funpack('obedient.sh'));
      await box.killGame(id);
      await box.queue.status(id, ({ state, pid }) => state === 'up' && pid !== game);
      await box.killGame(id);
      await box.queue.status(id, ({ state }) => state === 'crashed');
      return worker;
    },
    letGo: () => undefined, comesTo: 'up',
  },
};

describe.each(Object.entries(moments))(
  'a worker that is to leave in the middle of %s',
  (_, { reach, letGo, comesTo }) => {
    let box: Box;
    beforeEach(async () => {
      box = await Box.open({
        config: {
          crashLoop: {
            limit: 50,
            halfLifeMs: 60_000,
            firstBackoffMs: 4_000,
            maxBackoffMs: 4_000,
          },
        },
      });
    });
    afterEach(() => box.close());

    it('does as it is told, whatever it is told next, and the next worker finishes the rest', async () => {
      const outcomes = await Promise.allSettled(orders.map((order, n) => leaveAndGoOn(order, `s${n}`)));
      expect(outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))).toEqual(
        [],
      );
    });

    async function leaveAndGoOn(order: readonly NodeJS.Signals[], id: string): Promise<void> {
      const name = `${id}: ${order.join(', ')}`;
      const worker = await reach(box, id);
      for (const signal of order) worker.signal(signal);
      const left = until(`${name}: the worker has left`, () => !runs(worker.pid));
      if (meansDown(order)) letGo(box, id); // a game that is loading hears a stop; a backup is cut or finished
      await left;
      const { code } = await worker.ended;
      letGo(box, id);
      const isOver = code === 0 && (meansDown(order) || comesTo === 'down');
      if (!isOver && code !== 3) throw new Error(`${name}: it ended with ${code}`);
      const successor = code === 3 ? box.startWorker(id) : worker;
      if (code === 3) await box.queue.hello(successor.pid, `${name}: the successor's hello`);
      if (code === 3 && meansDown(order)) successor.signal('SIGTERM'); // as the supervisor does
      if (meansDown(order) || comesTo === 'down') return expectGone(name, id, successor);
      await box.queue.status(id, ({ state }) => state === 'up', `${name}: its game up again`);
      expect({ name, wrappers: wrappersOf(id).length }).toEqual({ name, wrappers: 1 });
      await box.stop(id);
      await expectGone(name, id, successor);
    }

    const wrappersOf = (id: string): number[] =>
      processesOf(box.paths(id).dir).filter((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('wrapper.sh'),
      );

    /** As long as its folder is there, a server has a worker: supervisor and queue see to that. */
    async function expectGone(name: string, id: string, last: RealWorker): Promise<void> {
      let worker = last;
      await until(`${name}: nothing is left of it`, () => {
        if (!existsSync(box.paths(id).dir)) return !existsSync(box.paths(id).pidFile);
        if (!runs(worker.pid)) worker = box.startWorker(id);
        return false;
      });
    }
  },
);
