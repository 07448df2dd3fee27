// A game that keeps a ledger of its own, outside Pinky's reach: what it said, what it was told, and why it ended. The
// chaos trial compares the ledger with what came out at Pinky's other end. A setting says how it behaves (fleet.mjs).
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { spawn } from 'node:child_process';

const { settings } = JSON.parse(readFileSync(process.env.DATAFILE, 'utf8'));
const startTime = readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')[19];
const boot = `${process.pid}-${startTime}`;
mkdirSync(settings.ledger, { recursive: true });
const ledgerFd = openSync(`${settings.ledger}/${process.env.SERVER_ID}.${boot}`, 'a');
const ledger = (line) => writeSync(ledgerFd, `${line}\n`);

/** Lines on their way to the console. On a full disk they wait here; of the first, a part may be written already. */
const waiting = [];
let number = 0;

function flush() {
  while (waiting.length > 0) {
    const { bytes, said } = waiting[0];
    try {
      const written = writeSync(1, bytes);
      waiting[0].bytes = bytes.subarray(written);
    } catch {
      return setTimeout(flush, 50).unref(); // the disk is full: later
    }
    if (waiting[0].bytes.length > 0) continue;
    if (said !== undefined) ledger(`said ${said}`);
    waiting.shift();
  }
}

function print(text, said) {
  waiting.push({ bytes: Buffer.from(`${text}\n`), said });
  if (waiting.length === 1) flush();
}

/** Every event has the next number of this process's life. */
function tell(event, fields = {}) {
  number++;
  print(JSON.stringify({ event, boot, n: number, ...fields }), number);
}

const players = new Map();

function welcome(socket) {
  let name = '';
  socket.setEncoding('utf8').on('error', () => undefined).on('data', (text) => {
    for (const line of text.split('\n').filter(Boolean)) {
      if (name) socket.write(`${line}\n`);
      else {
        name = line;
        players.set(name, socket);
        tell('player_connected', { user: name });
      }
    }
  }).on('close', () => {
    if (name && players.delete(name)) tell('player_disconnected', { user: name });
  });
}

function end(why, code) {
  ledger(`end ${why}`);
  const giveUpAt = Date.now() + 500;
  const leave = () => {
    flush();
    if (waiting.length === 0 || Date.now() > giveUpAt) process.exit(code);
    else setTimeout(leave, 50);
  };
  leave();
}

function stop(why) {
  ledger(`told ${why}`);
  if (settings.kind !== 'stubborn') end('stop', 0);
}

function obey(line) {
  const command = /\bcmd-(\d+)$/.exec(line)?.[1];
  if (command !== undefined) {
    ledger(`cmd ${command}`);
    tell('info', { did: Number(command) });
  } else if (line === 'stop') stop('stop');
  else if (line === 'list') tell('players_list', { players: [...players.keys()] });
  else ledger(`odd ${line}`);
}

let rest = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) obey(line);
}).on('end', () => ledger('stdin-ended'));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']) process.on(signal, () => stop(signal));

ledger('start');
writeFileSync('world', settings.kind === 'churned' ? randomBytes(8_000_000) : boot);
if (settings.kind === 'forking') {
  for (const command of ['exec sleep 100000', 'exec setsid sleep 100000', 'sleep 100000 & setsid sleep 100000 & wait'])
    spawn('/bin/sh', ['-c', command], { stdio: 'ignore' });
  setInterval(() => spawn('/bin/sh', ['-c', 'sleep 0.2 & true'], { stdio: 'ignore' }), 3_000);
}
createServer(welcome).listen(Number(process.env.PORT), () => {
  tell('started', { port: Number(process.env.PORT) });
  if (settings.perSecond > 0) setInterval(chat, 1_000 / settings.perSecond);
  if (settings.kind === 'crashing') setTimeout(() => end('crash', 7), settings.crashAfterMs * (0.5 + Math.random()));
});

/** Says a numbered event, now and then after a flood of plain lines. Says nothing new while the disk is full. */
function chat() {
  if (waiting.length > 0) return;
  if (number % 97 === 0) for (let line = 0; line < 200; line++) print(`plain line ${line} ${'.'.repeat(line)}`);
  tell('info', { kind: 'tick' });
}
