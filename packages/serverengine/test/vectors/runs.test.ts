import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compiled } from '../server/running-server';
import type { VectorCase } from '../../vectors/replay';
import { replayConfig } from '../../vectors/replay-config';
import { replayRun } from '../../vectors/runs/replay-run';

const vectors = JSON.parse(readFileSync(join(__dirname, 'serverengine.json'), 'utf8')) as Record<
  string,
  readonly VectorCase[]
>;
const all = Object.values(vectors).flat();
const programs = resolve(__dirname, '../../vectors/dist/programs');
let directory: string;
beforeAll(() => {
  compiled();
  directory = mkdtempSync(join(tmpdir(), 'vectors-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const context = (id: string) => ({
  directory: mkdtempSync(join(directory, `${id}-`)),
  program: (name: string) => join(programs, `${name}.js`),
});

describe('recorded behaviour of ServerEngine', () => {
  it.each((vectors['G_configuration'] ?? []).map((vector) => [vector.id, vector] as const))(
    '%s',
    async (id, vector) => {
      expect((await replayConfig(vector, context(id))).status).not.toBe('failed');
    },
  );

  // All of them take minutes, and `scripts/vectors` replays them. These are one of each sort, run at the same time.
  const some = [
    'signal-01',
    'signal-09',
    'signal-16',
    'signal-33',
    'signal-53',
    'heartbeat-run-04',
    'restart-08',
    'restart-20',
    'restart-31',
    'restart-38',
    'restart-36',
    'live-restart-01',
  ];
  it('is that of our real servers too, except for decisions', async () => {
    const chosen = all.filter(({ id }) => some.includes(id));
    expect(chosen).toHaveLength(some.length);
    const failed = async (vector: VectorCase): Promise<boolean> =>
      (await replayRun(vector, context(vector.id))).status === 'failed';
    const results = await Promise.all(chosen.map(async (vector) => ({ vector, hasFailed: await failed(vector) })));
    // The records are about real time, and a busy machine has less of it. So a failure counts only if it repeats alone,
    // as in scripts/vectors.
    const stubborn: string[] = [];
    for (const { vector } of results.filter(({ hasFailed }) => hasFailed)) {
      if ((await failed(vector)) && (await failed(vector))) stubborn.push(vector.id);
    }
    expect(stubborn).toEqual([]);
  });
});
