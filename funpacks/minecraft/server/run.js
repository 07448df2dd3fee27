'use strict';
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { takeConsole } = require('./console');
const { EventLog } = require('./event-log');
const { Game, obeySignals } = require('./game');

/** The program: the library from SHARED_DIR, the settings that bin/prepare kept, orders from stdin. */
function run() {
  const log = new EventLog();
  const stdin = takeConsole(log);
  // Ours comes first: the library's own would end the process with exit code 0.
  process.on('uncaughtException', (failure) => {
    log.emit('fatal_error', { message: String(failure.stack ?? failure) });
    process.exit(failure.code === 'EADDRINUSE' ? 1 : 70);
  });
  const library = createRequire(path.join(process.env.SHARED_DIR ?? '.', 'package.json'))('flying-squid');
  const settings = fs.existsSync('settings.json') ? JSON.parse(fs.readFileSync('settings.json', 'utf8')) : {};
  const game = new Game({ library, settings, log, port: Number(process.env.PORT ?? 25_565) });
  process.on('unhandledRejection', (reason) => game.hiccup(reason));
  obeySignals(game);
  readLines(stdin, (line) => game.obey(line));
}

/** Lines of a FIFO that never ends; read as a stream, so that no thread of Node's pool waits for it. */
function readLines(input, onLine) {
  let pending = '';
  input.setEncoding('utf8').on('data', (text) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop();
    for (const line of lines) onLine(line);
  });
}

module.exports = { run };
