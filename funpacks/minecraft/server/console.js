'use strict';
const { PassThrough, Writable } = require('node:stream');

/** Colours and cursor movements of a terminal, and the library's prompt. */
const decoration = /\u001b\[[0-9;]*[A-Za-z]|^(?:> )+/g;

/**
 * The library reads orders from stdin itself and paints a prompt on stdout. It gets a stdin that is silent and a stdout
 * whose lines become plain text, and the real ones stay ours. Call this before the library is loaded. Answers the real
 * stdin.
 */
function takeConsole(log) {
  const { stdin } = process;
  Object.defineProperty(process, 'stdin', { value: new PassThrough(), configurable: true });
  for (const name of ['stdout', 'stderr'])
    Object.defineProperty(process, name, { value: lineWriter(log), configurable: true });
  return stdin;
}

function lineWriter(log) {
  let pending = '';
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      const lines = (pending + String(chunk)).split(/\r?\n/);
      pending = lines.pop().replace(decoration, '').slice(0, 16_384);
      for (const line of lines.map((text) => text.replace(decoration, '').trimEnd())) if (line !== '') log.line(line);
      done();
    },
  });
}

module.exports = { takeConsole };
