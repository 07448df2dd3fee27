// The soak trial: starts and stops games at full speed, and looks whether anything grows.
import { Queue, QueueEvents } from 'bullmq';
import Redis from 'ioredis';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookFor } from '@pinky/protocol/testing';
import { TrialBox } from '../box.mjs';
import { killAllOf, processesOf } from '../processes.mjs';
import { grown } from './bounds.mjs';
import { namesIn, sample } from './sample.mjs';

const valueOf = (name, usual) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const totalMs = valueOf('minutes', 60) * 60_000;
const servers = valueOf('servers', 8);
/** The part of the time after which the baseline is taken, and how many samples are taken in all. */
const warmUp = 0.2;
const samples = 20;
const answerMs = 60_000;
/** So short that what fresh ids leave behind is gone before the soak ends. */
const keepAnswersSeconds = 10;

/** As small as a game can be, so that most of the work is Pinky's. */
const game = 'echo \'{"event":"started"}\'; while read -r line; do case $line in stop) exit 0 ;; esac; done';
const manifest = (persistent) => ({
  name: 'tiny',
  version: '1',
  listens: false,
  run: ['sh', '-c', `date >world; ${game}`],
  persistent,
});
/** Every fourth server keeps its world: a stop backs it up, and a start restores it. */
const isKept = (n) => n % 4 === 0;
/** Every fourth start is one of a new server, as on a box where a server lives for one match. */
const isFresh = (n) => n % 4 === 1;

const box = new TrialBox(
  (root) =>
    `servers: ${root}/servers/s\nbackups: ${root}/backups\nports: { first: 19000, step: 1, count: 200 ` +
      `}\nkeep_answers: ${keepAnswersSeconds}s\n`,
);
const aborted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => aborted.abort(new Error(name)));

async function soak() {
  for (const name of ['kept', 'loose']) {
    mkdirSync(join(box.root, name));
    writeFileSync(join(box.root, name, 'funpack.json'), JSON.stringify(manifest(name === 'kept')));
  }
  const up = await box.pinky('up', '--daemonize');
  if (up.code !== 0) throw new Error(up.stderr);
  const connection = { path: box.redisSocket, password: box.effective.redisPassword };
  const redis = new Redis(connection);
  const queue = new Queue('pinky-1', {
    connection,
    // So few that they are all there before the baseline is taken, even in a soak of a minute.
    defaultJobOptions: { removeOnComplete: { count: 5 }, removeOnFail: { count: 5 } },
  });
  const events = new QueueEvents('pinky-1', { connection, lastEventId: '0' });
  const ask = async (name, data) => (await queue.add(name, data)).waitUntilFinished(events, answerMs);
  try {
    return await cycles({ redis, ask });
  } finally {
    await Promise.allSettled([queue.close(), events.close()]);
    redis.disconnect();
  }
}

async function cycles({ redis, ask }) {
  const began = Date.now();
  const numbers = Array.from({ length: servers }, (_, n) => n);
  let baseline;
  let count = 0;
  let freshIds = 0;
  for (let n = 0; ; n++) {
    const last = await settled(redis);
    const part = (Date.now() - began) / totalMs;
    if (!baseline && part >= warmUp) baseline = last;
    report((Date.now() - began) / 60_000, count, last);
    if (part >= 1) return grown(baseline, last);
    const endsAt = Math.min(began + totalMs, Date.now() + totalMs / samples);
    await Promise.all(numbers.map(async (number) => {
      for (; Date.now() < endsAt && !aborted.signal.aborted; count++) {
        const serverId = isFresh(number) ? `fresh-${++freshIds}` : `soak-${number}`;
        await ask('start', { serverId, funpack: join(box.root, isKept(number) ? 'kept' : 'loose') });
        if (count % 5 === 0) await ask('restart', { serverId });
        if (isKept(number)) await ask('backup', { serverId });
        await ask('stop', { serverId });
        if (serverId.startsWith('fresh-')) await ask('rm', { serverId, withBackups: true });
      }
    }));
    aborted.signal.throwIfAborted();
  }
}

/**
 * Takes a sample once the last worker has left, the box has forgotten the servers that no longer exist, and the backend
 * has taken its events.
 */
async function settled(redis) {
  const [supervisorQueueRedis, workersLeaveMs] = [3, 15_000];
  await lookFor(() => box.processes().length <= supervisorQueueRedis, { timeoutMs: workersLeaveMs, everyMs: 100 });
  await lookFor(() => freshLeft() === 0, { timeoutMs: 6 * keepAnswersSeconds * 1_000, everyMs: 500 });
  await redis.del('server:events');
  await redis.xtrim('bull:pinky-1:events', 'MAXLEN', 0);
  return sample(box, redis);
}

/** How many files of servers that no longer exist are left: answers, locks, logs. */
const freshLeft = () =>
  ['answers', 'locks', 'log'].flatMap((dir) => namesIn(join(box.home, dir))).filter((name) => name.includes('fresh-'))
    .length;

const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);

function report(minutes, count, s) {
  if (count === 0) {
    console.log(
      'minute   cycles   memory MB: supervisor  queue  redis   handles: supervisor queue redis   processes   keys   ' +
        'files   disk MB   logs and redis MB',
    );
  }
  console.log(
    [
      minutes.toFixed(1).padStart(6),
      String(count).padStart(8),
      megabytes(s.supervisorBytes).padStart(22),
      megabytes(s.queueBytes).padStart(6),
      megabytes(s.redisBytes).padStart(6),
      String(s.supervisorHandles).padStart(21),
      String(s.queueHandles).padStart(5),
      String(s.redisHandles).padStart(5),
      String(s.processes).padStart(11),
      String(s.keys).padStart(6),
      String(s.files).padStart(7),
      megabytes(s.diskBytes).padStart(9),
      megabytes(s.logBytes).padStart(19),
    ].join(' '),
  );
}

try {
  const growth = await soak();
  const down = await box.pinky('down');
  if (down.code !== 0) growth.push(`pinky down failed: ${down.stderr}`);
  const left = processesOf(box.root);
  for (const { pid, command } of left) growth.push(`left after pinky down: process ${pid}: ${command}`);
  console.log(
    growth.length === 0 ? '\nnothing has grown' : `\nGROWN:\n${growth.map((line) => `  ${line}`).join('\n')}`,
  );
  process.exitCode = growth.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`soak: ${error.message}`);
  process.exitCode = aborted.signal.aborted ? 130 : 1;
} finally {
  await killAllOf(box.root);
  box.remove();
}
