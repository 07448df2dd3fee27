// A game that keeps numbered generations of its world, and promises each one in a ledger outside of the disk whose
// power may be cut: a line `saved` comes only when the generation is on the disk. At its start it says what it found.
import { mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { makeWorld, readWorld, writeGeneration } from './world.mjs';

/** After a save that a backup asks for, the world stays as it is for this time, milliseconds. */
const holdMs = 3_000;

const { settings } = JSON.parse(readFileSync(process.env.DATAFILE, 'utf8'));
const ledgerPath = `${settings.ledger}/${process.env.SERVER_ID}`;
const boot = `${process.pid}-${readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')[19]}`;
mkdirSync(settings.ledger, { recursive: true });
const ledgerFd = openSync(ledgerPath, 'a');
const ledger = (line) => writeSync(ledgerFd, `${line}\n`);
let heldUntil = 0;
let isEnding = false;

function print(event, fields = {}) {
  try {
    writeSync(1, `${JSON.stringify({ event, ...fields })}\n`);
  } catch {
    // The disk has lost its power, or is full.
  }
}

/** Every number is used once, also where an older world came back. */
const nextGeneration = () => {
  const numbers = [...readFileSync(ledgerPath, 'utf8').matchAll(/^(?:saving|saved) (\d+)$/gm)];
  return Math.max(0, ...numbers.map(([, number]) => Number(number))) + 1;
};

function save() {
  const generation = nextGeneration();
  ledger(`saving ${generation}`);
  const world = readWorld('world');
  if (world.kind === 'whole') writeGeneration('world', generation, world);
  else makeWorld('world', generation);
  ledger(`saved ${generation}`);
  return generation;
}

function end() {
  if (isEnding) return;
  isEnding = true;
  save();
  ledger('end');
  process.exit(0);
}

function obey(line) {
  if (line === 'save') {
    const saved = save();
    heldUntil = Date.now() + holdMs;
    print('info', { saved });
  } else if (line === 'stop') end();
}

/** The trial asks for a generation now and then. There is none while a backup may read the world. */
function tick(socket) {
  socket.setEncoding('utf8').on('error', () => undefined).on('data', () => {
    socket.end(Date.now() < heldUntil || isEnding ? 'held\n' : `saved ${save()}\n`);
  });
}

let rest = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) obey(line);
});
process.on('SIGTERM', end);

const found = readWorld('world');
ledger(`launched ${boot} ${process.env.PORT} ${found.kind} ${found.generation ?? 0} ${found.why ?? ''}`.trim());
if (found.kind === 'torn') process.exit(1);
if (found.kind === 'none') save();
createServer(tick).listen(Number(process.env.PORT), '127.0.0.1', () =>
  print('started', { port: Number(process.env.PORT) }));
