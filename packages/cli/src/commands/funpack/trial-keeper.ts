import { spawn } from 'node:child_process';

/** Waits for a line, or for the end of the one who would write it. Then the box is stopped and removed. */
const script = `
read -r word && exit
tries=0
until "$1" "$2" down --home "$3"; do
  tries=$((tries + 1))
  [ $tries -lt 30 ] || exit 1
  sleep 1
done
rm -rf "$3"
`;

/**
 * A process that stops a box and removes its home if this process ends before it has called the function returned:
 * by KILL or QUIT, or because its reader or its terminal is gone. It has a session of its own, so what ends
 * this one does not reach it. `env` must not name the home: then it would be taken for a process of the box.
 */
export function keepTrial(home: string, env: NodeJS.ProcessEnv): () => void {
  const args = ['-c', script, 'pinky-trial', process.execPath, process.argv[1] ?? '', home];
  const keeper = spawn('sh', args, { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'], env });
  keeper.on('error', () => undefined); // without a shell no game runs either
  keeper.stdin.on('error', () => undefined); // EPIPE: somebody ended it
  keeper.unref();
  return () => void keeper.stdin.end('done\n');
}
