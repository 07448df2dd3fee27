import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { hasConsole } from '@pinky/protocol/console';
import type { Context, Flags } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import type { Terminal } from '../../console/typed-lines.js';
import { QueueClient } from '../../talk/queue.js';
import { readableEvent } from '../../terminal/event-words.js';
import { Output } from '../../terminal/output.js';
import { down } from '../box/down.js';
import { up } from '../box/up.js';
import { attachTo } from '../output/attach.js';
import { showConsole } from '../output/logs.js';
import { start } from '../servers/server-commands.js';
import { keepTrial } from './trial-keeper.js';

/** The only server of such a box. */
const serverId = 'run';
/** How much of the console from before it was up is shown. */
const earlierLines = 200;

/** Variables that would have the box work in places that are not its own. */
const foreign = [
  'SERVERS', 'BACKUPS', 'FUNPACKS_PATH', 'PARTY_CLOUD_REDIS', 'BACKUP_BUCKET', 'MONGO_URL', 'PINKY_HOME',
];

/**
 * `pinky funpack run`: one server of a funpack, on a box that nobody else uses and that goes with this command. Shows
 * the console and the events, and sends the lines that are typed. Exits with 1 if the game could not be stopped.
 */
export async function run(context: Context, [source = '']: readonly string[], flags: Flags): Promise<number> {
  const { funpacks } = await currentConfig(context);
  const home = mkdtempSync(join(tmpdir(), 'pinky-run-'));
  chmodSync(home, 0o700);
  writeFileSync(join(home, 'pinky.yml'), optionsOf(funpacks));
  const env = Object.fromEntries(Object.entries(context.env).filter(([name]) => !foreign.includes(name)));
  const hasEnded = keepTrial(home, env);
  const box: Context = { ...context, home, configFile: undefined, env: { ...env, PINKY_HOME: home, PINKY_API: 'no' } };
  let isGone = false;
  try {
    await up(silent(box), [], { daemonize: true });
    await start(box, [serverId], { ...flags, funpack: source });
    await attachTo(box, serverId, { lines: earlierLines, leaving: 'Ctrl-D stops the game', beside: showEvents });
  } finally {
    isGone = await end(box);
    hasEnded();
  }
  return isGone ? 0 : 1;
}

/** Ports and users other than those that a box has by default, since one may run beside it. */
const optionsOf = (funpacks: readonly string[]): string => [
  `funpacks: ${JSON.stringify(funpacks)}`,
  'ports: { first: 29000, step: 10, count: 90 }',
  'users: { first: 1990000000, count: 100 }',
  'backup: { interval: 24h }',
  '',
].join('\n');

/** The events of the game, between the lines of its console. */
async function showEvents(box: Context, terminal: Terminal): Promise<void> {
  const { out } = box;
  await new QueueClient(box).follow((json) => {
    if (out.isJson) return out.answer(JSON.parse(json), () => []);
    const words = readableEvent(json, { withServer: false });
    if (words !== undefined) terminal.say(out.paint('quiet', `* ${out.foreign(words)}`));
  }, () => undefined);
}

/** Stops the game as `pinky down` does, whatever ended the command, and removes all of the box. */
async function end(box: Context): Promise<boolean> {
  const { signal } = new AbortController(); // the one of the command has aborted
  const stopped = new AbortController();
  box.out.note('stopping the game');
  const showing = showEnd({ ...box, signal: stopped.signal });
  try {
    await down(silent({ ...box, signal }), [], {});
    stopped.abort();
    await showing;
  } catch (error) {
    stopped.abort();
    box.out.note(`the box could not be stopped and stays: \`pinky down --home ${box.home}\` (${String(error)})`);
    return false;
  }
  rmSync(box.home, { recursive: true, force: true, maxRetries: 5 });
  return true;
}

/** The last words of the game. There are none if it was never launched. */
async function showEnd(box: Context): Promise<void> {
  try {
    const hasSpoken = hasConsole(await currentConfig(box), serverId);
    if (hasSpoken) await showConsole(box, { serverId, lines: 0, isFollowing: true });
  } catch (error) {
    box.out.note(`its last words cannot be shown: ${String(error)}`);
  }
}

/** The answers of `up` and `down` are about a box that nobody is to know. Faults are told all the same. */
function silent(context: Context): Context {
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
  const { streams, isJson } = context.out;
  return { ...context, out: new Output({ ...streams, stdout }, isJson, context.env) };
}
