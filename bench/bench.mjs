#!/usr/bin/env node
// `npm run bench`: what Pinky costs, measured in real runs. See docs/costs.md.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { help, readArguments } from './lib/arguments.mjs';
import { compileGame } from './lib/game-program.mjs';
import { writeMarkdown } from './lib/markdown.mjs';
import { root } from './lib/modules.mjs';
import { busyShare } from './lib/processes.mjs';
import { judge, machine, machineLine, notesOf, table, verdict } from './lib/report.mjs';
import { Scratch } from './lib/scratch.mjs';
import { loneStage, pairStage, visitStage } from './lib/stages.mjs';
import { msSince, nowNs } from './lib/time.mjs';
import { Api } from './rows/api.mjs';
import { Chat } from './rows/chat.mjs';
import { Crash } from './rows/crash.mjs';
import { CrashIsolated } from './rows/crash-isolated.mjs';
import { Failover } from './rows/failover.mjs';
import { Idle } from './rows/idle.mjs';
import { Latency } from './rows/latency.mjs';
import { Memory } from './rows/memory.mjs';
import { SpawnStop } from './rows/spawn-stop.mjs';
import { LoneStart, Start } from './rows/start.mjs';
import { Stop } from './rows/stop.mjs';
import { Backup, Increment, Restore } from './rows/world-rows.mjs';

/** The rows in the order in which they are measured: a row may use up what the one before it left. */
const allRows = [
  new Latency(),
  new Crash(),
  new CrashIsolated(),
  new Stop(),
  new Start(),
  new LoneStart(),
  new SpawnStop(),
  new Memory(),
  new Idle(),
  new Chat({
    name: 'chat',
    what: '20 games × 1,000 lines a second',
    games: 20,
    rate: 1_000,
    target: 9,
    design: 8.5,
  }),
  new Chat({
    name: 'flood',
    what: '1 game × 20,000 lines a second',
    games: 1,
    rate: 20_000,
    target: 1,
    design: 0.6,
  }),
  new Backup(),
  new Restore(),
  new Increment(),
  new Api(),
  new Failover(),
];
const stages = { pair: pairStage, visit: visitStage, lone: loneStage };

/** Runs the stages of these rows. Answers the names of the rows that failed. */
async function measure(rows, context) {
  const failed = new Set();
  const log = async ({ name }, work) => {
    const begun = nowNs();
    await work();
    console.error(`${name}: ${(msSince(begun) / 1000).toFixed(1)} s`);
  };
  for (const [stage, run] of Object.entries(stages)) {
    const own = rows.filter((row) => row.stage === stage);
    if (own.length === 0) continue;
    try {
      await run(own, { ...context, log });
    } catch (error) {
      console.error(`could not be measured: ${own.map(({ name }) => name).join(', ')}: ${error.stack}`);
      for (const { name } of own) failed.add(name);
    }
  }
  return failed;
}

async function main() {
  const {
    rows: names,
    isQuick,
    isJson,
    markdownFile,
    wantsHelp,
  } = readArguments(
    process.argv.slice(2),
    allRows.map(({ name }) => name),
  );
  if (wantsHelp) {
    console.log(help.replace('{rows}', allRows.map(({ name }) => name).join(', ')));
    return 0;
  }
  if (!existsSync(join(root, 'packages', 'worker', 'dist', 'worker.cjs'))) {
    throw new Error('not built yet: `npm run build` first');
  }
  const scratch = new Scratch();
  try {
    const about = machine(await busyShare(1_000));
    console.error(machineLine(about));
    const begun = nowNs();
    const wanted = allRows.filter(({ name }) => names.includes(name));
    const failed = await measure(wanted, { scratch, isQuick, game: compileGame(scratch.dir) });
    const rows = wanted.filter(({ name }) => !failed.has(name)).map((row) => ({ name: row.name, ...reported(row) }));
    const seconds = Math.round(msSince(begun) / 1000);
    if (markdownFile !== undefined) writeMarkdown(markdownFile, {
      machine: about,
      seconds,
      isQuick,
      rows,
    });
    if (isJson) console.log(JSON.stringify({
      machine: about,
      seconds,
      isQuick,
      rows,
      failed: [...failed],
    }, null, 1));
    else
      console.log(
        `\n${table(rows)}\n\n${notesOf(rows)}\n\n${machineLine(about)}\n${verdict(rows)}; measured in ${seconds} ` +
          `s${isQuick ? ' (--quick: few samples)' : ''}`,
      );
    return failed.size > 0 ? 1 : 0;
  } finally {
    scratch.remove();
  }
}

function reported(row) {
  const { figures, ...rest } = row.report();
  return { ...rest, figures: figures.map(judge) };
}

main().then((code) => process.exit(code), (error) => {
  console.error(
    error.code?.startsWith('ERR_PARSE_ARGS') || error.message.startsWith('no such row') ? error.message : error.stack,
  );
  process.exit(error.code?.startsWith('ERR_PARSE_ARGS') || error.message.startsWith('no such row') ? 2 : 1);
});
