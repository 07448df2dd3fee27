import type { Logger } from '@pinky/protocol';

/** How many different sentences are remembered. */
const mostRemembered = 200;
/** BullMQ says it at each connection. `pinky doctor` says it with the remedy. */
const saidByDoctor = /^IMPORTANT! Eviction policy is /;
const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error', trace: 'debug' } as const;

type Voice = Record<keyof typeof levels, (...words: unknown[]) => void>;

/**
 * Lets what libraries write to the console become records of the log, which holds JSON only; each sentence once. The
 * same goes for Node's own warnings. Answers how to undo it.
 */
export function libraryVoice(logger: Logger, voice: Voice = console, node: NodeJS.EventEmitter = process): () => void {
  const said = new Set<string>();
  const say = (level: (typeof levels)[keyof typeof levels], words: readonly unknown[]): void => {
    const because = words.map((word) => (word instanceof Error ? word.message : String(word))).join(' ');
    if (saidByDoctor.test(because) || said.has(because)) return;
    if (said.size >= mostRemembered) {
      said.clear(); // so that nothing new is left out; what was said may come once more
      logger.warn({ event: 'library.says_much', sentences: mostRemembered });
    }
    said.add(because);
    logger[level]({ event: 'library.said', because });
  };
  const before = { ...voice };
  for (const name of Object.keys(levels) as (keyof typeof levels)[]) // Object.keys forgets the names
    voice[name] = (...words) => say(levels[name], words);
  const printers = node.listeners('warning') as (() => void)[]; // Node's own prints it
  const onWarning = (warning: Error): void => say('warn', [warning]);
  node.removeAllListeners('warning').on('warning', onWarning);
  return () => {
    Object.assign(voice, before);
    node.off('warning', onWarning);
    for (const printer of printers) node.on('warning', printer);
  };
}
