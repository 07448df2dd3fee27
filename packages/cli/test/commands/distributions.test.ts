import type { DistributionView } from '@pinky/protocol';
import { cli } from '../cli-run.js';
import { TalkingBox } from '../talking-box.js';

const now = Date.now() - 65_000;
const view: DistributionView = {
  id: 'd1a2b3c4d5e6',
  funpack: 'https://packs.example.org/game.tar.gz',
  sha256: 'a'.repeat(64),
  group: 'eu',
  waveSize: 5,
  enoughPercent: 75,
  state: 'running',
  createdAt: now,
  waves: 1,
  counts: {
    boxes: 3,
    waiting: 1,
    queued: 0,
    away: 0,
    fetching: 1,
    retrying: 0,
    done: 0,
    failed: 1,
    skipped: 0,
  },
};
const error = { code: 'checksum_mismatch', message: 'its SHA-256 is another', remedy: 'see to it' } as const;
const boxes: DistributionView['boxes'] = [
  {
    box: 'box-1',
    state: 'fetching',
    since: now,
    wave: 1,
    progress: { phase: 'funpack', bytes: 512 * 1024 * 1024, totalBytes: 1024 ** 3 },
  },
  { box: 'box-2', state: 'failed', since: now, wave: 1, error },
  { box: 'box-3', state: 'waiting', since: now },
];

let box: TalkingBox;
beforeEach(() => { box = new TalkingBox(); });
afterEach(() => box.remove());

const run = (...args: string[]) => cli([...args, '--home', box.home], { cwd: box.home });
const answers = (answer: object) => box.listenAsQueue({ command: () => answer });
const sent = (): unknown => box.requests.findLast(({ method }) => method === 'command')?.params;

it('distribute sends what its options say, under an id that stays the same', async () => {
  await answers({ distribution: { ...view, boxes } });
  const { code, out } = await run(
    'distribute', view.funpack, '--sha256', 'a'.repeat(64), '--boxes', 'box-1, box-2', '--wave', '2', '--enough', '50',
    '--most-failures', '0',
  );
  expect(sent()).toEqual({
    name: 'distribute',
    data: {
      funpack: view.funpack,
      sha256: 'a'.repeat(64),
      boxes: ['box-1', 'box-2'],
      waveSize: 2,
      enoughPercent: 50,
      mostFailures: 0,
    },
    id: expect.stringMatching(/^cli:/),
  });
  expect(code).toBe(0);
  expect(out).toContain('d1a2b3c4d5e6 brings https://packs.example.org/game.tar.gz to group eu: running; ' +
    '1 failed, 1 fetching, 1 waiting of 3');
});

it('distributions lists them, and one box by box, with 1 as its exit code if a box has failed', async () => {
  await answers({ distributions: [{ ...view, boxes }] });
  const row = /d1a2b3c4d5e6 +https:\S+ +running +1m \d+s +1 +1 failed, 1 fetching/;
  expect((await run('distributions')).out).toMatch(row);
  const one = await run('distributions', view.id);
  expect(sent()).toMatchObject({ name: 'distributions', data: { distribution: view.id } });
  expect(one.code).toBe(1);
  expect(one.out).toMatch(/box-1 +fetching +1m \d+s +1 +funpack 512 MiB of 1 GiB/);
  expect(one.out).toMatch(/box-2 +failed +1m \d+s +1 +checksum_mismatch: its SHA-256 is another/);
});

it('distribution cancel says how it ended, and when there was nothing to do', async () => {
  await answers({ distribution: { ...view, state: 'cancelled', boxes }, already: true });
  const { out } = await run('distribution', 'cancel', view.id);
  expect(sent()).toMatchObject({ name: 'distribution cancel', data: { distribution: view.id } });
  expect(out).toContain('nothing had to be done: d1a2b3c4d5e6 was cancelled already');
});

it('refuses a number that is none, and names the option', async () => {
  const { code, err } = await run('distribute', view.funpack, '--most-failures', 'few');
  expect(code).toBe(2);
  expect(err).toContain('--most-failures must be a whole number, not "few"');
});
