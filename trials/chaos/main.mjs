// The chaos trial: reads its options, prints the plan or runs it.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chaos } from './chaos.mjs';
import { flag, seed, textOf, valueOf } from './options.mjs';
import { described, planOf } from './plan.mjs';

const minutes = valueOf('minutes', 2);
const only = textOf('only');
const wanted = textOf('redis');
const kinds = ['private', 'pair'];
if (wanted !== undefined && !kinds.includes(wanted)) {
  console.error(`chaos: --redis is ${kinds.join(' or ')}; see --help`);
  process.exit(2);
}
const rounds = plans(wanted === undefined ? kinds : [wanted]);
if (rounds.length === 0) {
  console.error('chaos: --only leaves no fault to make; see --help');
  process.exit(2);
}

/** A round for each kind of Redis, each with its share of the time. A kind without a fault to make has no round. */
function plans(kinds) {
  const planFor = (redis, totalMs) => planOf({ seed, totalMs, redis, only: only?.split(',') });
  const used = kinds.filter((redis) => planFor(redis, 60_000).length > 0);
  const share = minutes / used.length;
  return used.map((kind) => ({ kind, minutes: share, plan: planFor(kind, share * 60_000) }));
}

if (flag('plan')) {
  for (const { kind, plan } of rounds) {
    console.log(`${kind}:`);
    for (const step of plan) console.log(described(step));
  }
} else {
  process.exitCode = await runAll();
}

/** The rounds, one after the other, until one has a violation. Resolves with its exit code. */
async function runAll() {
  let chaos;
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {
    if (signals++ === 0) chaos.abort(name);
  });
  for (const round of rounds) {
    chaos = new Chaos({
      ...round,
      seed,
      isSmall: flag('small'),
      keepsLogs: flag('keep-logs'),
      keepLogsIn: join(tmpdir(), `pinky-chaos-logs-${seed}-${round.kind}-${process.pid}`),
    });
    const code = await chaos.run();
    if (code !== 0) return code;
  }
  return 0;
}
