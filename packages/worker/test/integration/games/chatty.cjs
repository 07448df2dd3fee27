// Prints numbered events without a rest: PER_TICK of them (default 4) every millisecond or so, until number LAST if
// there is one. PADDING bytes each. Without LAST, a machine on which it talks faster than it is heard never hears its
// end.
const { writeSync } = require('node:fs');

const perTick = Number(process.env.PER_TICK || 4);
const last = Number(process.env.LAST || Infinity);
const padding = 'x'.repeat(Number(process.env.PADDING || 0));
let n = 0;

function print(text) {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
      return; // a game that cannot print goes on
    }
  }
}

print('{"event":"started"}\n');
const timer = setInterval(() => {
  let text = '';
  for (let i = 0; i < perTick && n < last; i++) text += `{"event":"info","n":${++n},"padding":"${padding}"}\n`;
  print(text);
  if (n >= last) clearInterval(timer);
}, 1);

let heard = '';
process.stdin.on('data', (chunk) => {
  heard += chunk;
  if (heard.includes('quiet\n')) clearInterval(timer);
  if (heard.includes('stop\n')) {
    print('{"event":"stopping"}\n');
    process.exit(0);
  }
});
