import { behaviourOf, howInWords, tellEvent, type Behaviour } from './recorded-case.js';

/**
 * The program of spawn workers. Tells every signal, and exits with 0 on TERM, INT and QUIT: `directory id behaviour`.
 */
const [directory = '', workerId = '0', text = '{}'] = process.argv.slice(2);
const wid = Number(workerId);
// The cast holds: the worker's spawn() wrote it.
const {
  mode,
  how,
  after = 0,
  code = 0,
  signal,
  finish_after: finishAfter = 0,
} = behaviourOf(JSON.parse(text) as Behaviour, wid, 0);
const say = (ev: string, fields: object = {}): void => tellEvent(directory, 'worker', ev, { wid, ...fields });

function end(): void {
  say('worker.run_end');
  process.exit(0);
}

for (const name of ['SIGUSR1', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2', 'SIGCONT'] as const) {
  process.on(name, () => {
    say('worker.got_signal', { sig: name.slice(3) });
    if (mode === 'stubborn' || !['SIGTERM', 'SIGINT', 'SIGQUIT'].includes(name)) return;
    setTimeout(end, finishAfter * 1000);
  });
}

function leave(): void {
  say('worker.leaving', { how: howInWords({ how: how ?? 'return', code, ...(signal !== undefined && { signal }) }) });
  if (how === 'signal') process.kill(process.pid, `SIG${signal}`);
  else process.exit(how === 'raise' ? 1 : code);
}

setInterval(() => undefined, 60_000);
say('worker.run', { heartbeat_env: process.env['HEARTBEAT_FD'] !== undefined });
if (mode === 'exit_after') setTimeout(leave, after * 1000);
