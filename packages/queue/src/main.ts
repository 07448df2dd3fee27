// Node opens its debugger on USR1 until there is a listener. Everything else takes a while to load, so it is loaded
// after this.
const notYet = (): void => undefined;
process.on('SIGUSR1', notYet);

async function main(): Promise<void> {
  const [{ QueueProgram }, os, path] = await Promise.all([
    import('./program/queue-program.js'),
    import('node:os'),
    import('node:path'),
  ]);
  const program = new QueueProgram({ home: process.env['PINKY_HOME'] ?? path.join(os.homedir(), '.pinky') });
  program.listenToSignals();
  process.off('SIGUSR1', notYet);
  await program.run();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});

export {};
