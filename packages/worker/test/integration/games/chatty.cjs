// Prints numbered events without a rest: PER_TICK of them (default 20) every millisecond or so. PADDING bytes each.
const { writeSync } = require('node:fs');

const perTick = Number(process.env.PER_TICK || 20);
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
  for (let i = 0; i < perTick; i++) text += `{"event":"info","n":${++n},"padding":"${padding}"}\n`;
  print(text);
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
