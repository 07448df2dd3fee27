import { holdFolderOf, holdSignals } from '@pinky/supervisor/child';
import { assertServerId, sayLastWords } from '@pinky/protocol';
import { ServerWorkerProcess } from './program.js';

const held = holdSignals(); // first of all: until a listener is there, USR1 opens Node's debugger

/**
 * The program: `worker.cjs <server id> <padding>`, with `PINKY_HOME` in its environment. With `PINKY_SUCCESSOR` it
 * waits for a handoff.
 */
async function main(): Promise<void> {
  holdFolderOf(__filename);
  const serverId = process.argv[2];
  assertServerId(serverId);
  const home = process.env['PINKY_HOME'];
  if (!home) throw new Error('PINKY_HOME is not set');
  const isSuccessor = process.env['PINKY_SUCCESSOR'] === '1';
  delete process.env['PINKY_SUCCESSOR'];
  const program = new ServerWorkerProcess(serverId, home);
  if (isSuccessor) program.succeed();
  else await program.own();
  held.obey(program.signals);
}

main().catch((error: unknown) => {
  sayLastWords(error);
  process.exit(1);
});
