// The chaos trial of worlds: reads its options and runs it.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flag, seed, valueOf } from '../options.mjs';
import { WorldChaos } from './world-chaos.mjs';

const trial = new WorldChaos({
  seed,
  kills: valueOf('kills', 300),
  wantedCuts: valueOf('cuts', 10),
  keepsLogs: flag('keep-logs'),
  keepLogsIn: join(tmpdir(), `pinky-chaos-logs-${seed}-worlds-${process.pid}`),
});
let signals = 0;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {
  if (signals++ === 0) trial.abort(name);
});
process.exitCode = await trial.run();
