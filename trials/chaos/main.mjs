// The chaos trial: reads its options, prints the plan or runs it.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chaos } from './chaos.mjs';
import { described, planOf } from './plan.mjs';

const flag = (name) => process.argv.includes(`--${name}`);
const valueOf = (name, usual) => {
  const at = process.argv.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (at < 0) return usual;
  const value = Number(process.argv[at].split('=')[1] ?? process.argv[at + 1]);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`chaos: --${name} needs a number; see --help`);
  process.exit(2);
};

const minutes = valueOf('minutes', 2);
const seed = valueOf('seed', Math.floor(Math.random() * 1e6));
const only = process.argv.find((_, at) => process.argv[at - 1] === '--only');
const plan = planOf(seed, minutes * 60_000, only?.split(','));
if (only !== undefined && plan.length === 0) {
  console.error('chaos: --only leaves no fault to make; see --help');
  process.exit(2);
}

if (flag('plan')) {
  for (const step of plan) console.log(described(step));
} else {
  const chaos = new Chaos({
    plan,
    seed,
    minutes,
    keepsLogs: flag('keep-logs'),
    keepLogsIn: join(tmpdir(), `pinky-chaos-logs-${seed}-${process.pid}`),
  });
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {
    if (signals++ === 0) chaos.abort(name);
  });
  process.exitCode = await chaos.run();
}
