'use strict';
// One worker for one game. Without `follow` the game's stdout is a pipe, and each line is parsed and appended to a
// file, as is needed to publish events. With `follow` the game appends to a file of its own, which the worker follows.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { follow } = require('./follow.cjs');

let game, child, isStopping = false, log;
let rest = '';
let chatLines = 0;

/** Counts and parses whole lines. Answers the text for a log of events. */
function take(text) {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  let out = '';
  for (const line of lines) {
    let event;
    try {
      event = JSON.parse(line);
    } catch {
      event = { event: 'text', line };
    }
    if (game.tellsUp && event.event === 'started') process.send({ up: game.id });
    if (event.bench === 'chat' || event.line?.startsWith('bench chat ')) chatLines++;
    out += `${JSON.stringify(event)}\n`;
  }
  return out;
}

function launch() {
  const console = game.follow ? fs.openSync(game.console, 'a') : 'pipe';
  child = spawn(game.program, game.args, { stdio: ['pipe', console, 'inherit'] });
  child.stdin.on('error', () => {});
  if (game.follow) {
    fs.closeSync(console);
  } else {
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text) => {
      if (log.write(take(text))) return;
      child.stdout.pause();
      log.once('drain', () => child.stdout.resume());
    });
  }
  child.on('exit', () => {
    if (!isStopping) launch();
    else process.send({ stopped: game.id }, () => process.exit(0));
  });
}

process.on('message', (message) => {
  if (message.start) {
    game = message.start;
    if (game.follow) follow(game.console, game.follow, take);
    else log = fs.createWriteStream(game.console, { flags: 'a' });
    launch();
  } else if (message.count) {
    process.send({ counted: game.id, lines: chatLines });
  } else if (message.line !== undefined) {
    if (message.line === 'stop') isStopping = true;
    child.stdin.write(`${message.line}\n`);
  }
});
process.on('disconnect', () => {
  child?.kill('SIGKILL');
  process.exit(0);
});
