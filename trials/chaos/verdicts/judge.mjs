import { setTimeout as sleep } from 'node:timers/promises';
import { lookFor } from '@pinky/protocol/testing';
import { deadlineMs } from '../actors/producers.mjs';
import { judgeCommands, unanswered } from './commands.mjs';
import { EventVerdict } from './events.mjs';
import { judgeLeaks } from './leaks.mjs';
import { agreement } from './states.mjs';

/**
 * How long a drain may take: a queue's 30 s for what is in hand, then the longest stop of these games. Milliseconds.
 */
const downMs = 45_000;
/** How long the backend may take to drain the last events, milliseconds. */
const drainedMs = 30_000;
/** Two looks of the watch, milliseconds. */
const twoLooksMs = 700;

/** After the last fault: states, answers, the end of every game, events, commands, and what is left on the machine. */
export async function judge(run) {
  const { fleet, keeper, ledgers, watch, players, violation, timeline, figures } = run;
  figures.agreeMs = await agreement(run);
  timeline.say(`Redis, disk, pinky ps and the process table agreed after ${(figures.agreeMs / 1_000).toFixed(1)} s`);
  await allAnswered(run);
  await keeper.stop();
  players.end();
  for (const { serverId } of fleet) watch.mayStop.add(serverId);
  await goDown(run);
  await sleep(twoLooksMs);
  for (const life of ledgers.read())
    if (watch.lifeOf(life.serverId) === life)
      violation(`${life.serverId}: its game lives after pinky down`, life.serverId);
  watch.stop();
  await pinky(run, 'up', '--daemonize', '--no-start'); // for the private Redis: its content is judged
  await judgeRedis(run);
  await pinky(run, 'down');
  await run.redis.end();
  await judgeLeaks(run);
}

async function goDown(run) {
  const began = Date.now();
  await pinky(run, 'down');
  run.timeline.say(`pinky down took ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  if (Date.now() - began > downMs) run.violation(`pinky down took longer than ${downMs / 1_000} s`);
}

/** Waits for the answers that may still come; the verdict names those that did not. */
const allAnswered = ({ producers, backend, signal }) =>
  lookFor(async () => (await unanswered(producers, backend)).length === 0, {
    timeoutMs: 3 * deadlineMs + 5_000,
    everyMs: 300,
    signal,
  });

async function judgeRedis({ backend, ledgers, producers, violation, figures, fleet, saboteur }) {
  await lookFor(async () => (await backend.redis.llen('server:events')) === 0, { timeoutMs: drainedMs, everyMs: 100 });
  await backend.drain();
  const events = new EventVerdict(violation);
  events.take(await backend.oldest('chaos:events'));
  const lives = ledgers.read();
  events.complete(lives);
  figures.events = events.count;
  figures.numbered = lives.reduce((sum, { said }) => sum + said, 0);
  figures.lives = lives.length;
  const struck = new Set(lives.filter(({ boot }) => saboteur.victims.has(boot)).map(({ serverId }) => serverId));
  const steady = new Set(
    fleet.filter(({ isSteady, serverId }) => isSteady && !struck.has(serverId)).map(({ serverId }) => serverId),
  );
  figures.commands = await judgeCommands({
    producers,
    backend,
    ledgers,
    violation,
    steady,
  });
}

async function pinky({ box, violation }, ...args) {
  const { code, stderr } = await box.pinky(...args);
  if (code !== 0) violation(`pinky ${args.join(' ')} failed: ${stderr.trim()}`);
}
