import { sayLastWords } from '@pinky/protocol/last-words';
import { holdFolderOf, holdSignals } from '@pinky/supervisor/child';

/** The program of the API: `node main.js`, with PINKY_HOME in its environment. */
const signals = holdSignals(); // before anything else is loaded

async function main(): Promise<void> {
  holdFolderOf(__filename);
  const [{ ApiProgram }, os, path] = await Promise.all([
    import('./program/api-program.js'),
    import('node:os'),
    import('node:path'),
  ]);
  await new ApiProgram(process.env['PINKY_HOME'] ?? path.join(os.homedir(), '.pinky'), signals).run();
}

main().catch((error: unknown) => {
  sayLastWords(error);
  process.exit(1);
});
