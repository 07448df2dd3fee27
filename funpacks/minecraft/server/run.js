'use strict';
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { takeConsole } = require('./console');
const { EventLog } = require('./event-log');
const { Game, listenToSignals } = require('./game');

/** The program: the library from SHARED_DIR, the settings of bin/prepare, and orders from stdin. */
function run() {
  const log = new EventLog();
  const stdin = takeConsole(log);
  // Ours comes first: the library's own listener would end the process with 0.
  process.on('uncaughtException', (failure) => {
    log.emit('fatal_error', { message: String(failure.stack ?? failure) });
    process.exit(failure.code === 'EADDRINUSE' ? 1 : 70);
  });
  const library = createRequire(path.join(process.env.SHARED_DIR ?? '.', 'package.json'))('flying-squid');
  const settings = fs.existsSync('settings.json') ? JSON.parse(fs.readFileSync('settings.json', 'utf8')) : {};
  const game = new Game({ library, settings, log, port: Number(process.env.PORT ?? 25_565) });
  process.on('unhandledRejection', (reason) => game.hiccup(reason));
  listenToSignals(game);
  readLines(stdin, (line) => game.takeOrder(line));
}

/** Reads lines of a FIFO that never ends. It is read as a stream, so that no thread of Node's pool waits for it. */
function readLines(input, onLine) {
  let pending = '';
  input.setEncoding('utf8').on('data', (text) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop();
    for (const line of lines) onLine(line);
  });
}

module.exports = { run };
