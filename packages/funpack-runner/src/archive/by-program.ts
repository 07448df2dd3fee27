import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { errnoOf, PinkyError } from '@pinky/protocol';

/** The programs that unpack what Node cannot, and the Debian packages that bring them. */
const programs = {
  zstd: { args: ['-dcq', '--memory=64MB'], ending: '.zst' },
  bzip2: { args: ['-dc'], ending: '.bz2' },
} as const;
const keptWords = 500;

/** The data of an archive, by a program. Throws `bad_archive` in its words, and `missing_program`. */
export const byProgram = (source: AsyncIterable<Buffer>, name: keyof typeof programs): AsyncGenerator<Buffer> => {
  const { args, ending } = programs[name];
  const failed = (words: string): PinkyError =>
    new PinkyError('bad_archive', `the ${ending} archive is damaged or cut off: ${words}`);
  return throughProgram(source, { name, args, failed });
};

export interface Through {
  readonly name: keyof typeof programs;
  readonly args: readonly string[];
  /** The failure that stands for a program's own words. */
  readonly failed: (words: string) => PinkyError;
}

/** The output of a program that is given a source. Throws `missing_program`, the source's failure, or the program's. */
export async function* throughProgram(
  source: AsyncIterable<Buffer>,
  { name, args, failed }: Through,
): AsyncGenerator<Buffer> {
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } });
  const ended = endOf(child);
  const feeding = feed(source, child);
  feeding.catch(() => child.kill('SIGKILL')); // it would wait for the rest for ever
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const { failure, code, words } = await ended;
    if (errnoOf(failure) === 'ENOENT') {
      throw new PinkyError(
        'missing_program',
        `${name} is needed for a ${programs[name].ending} archive: apt install ${name}`,
      );
    }
    if (failure) throw failure;
    await feeding;
    if (code !== 0) throw failed(words);
  } finally {
    child.kill('SIGKILL');
    await Promise.allSettled([ended, feeding]);
  }
}

interface ProgramEnd {
  readonly failure?: Error;
  readonly code: number | null;
  readonly words: string;
}

function endOf(child: ChildProcess): Promise<ProgramEnd> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { words = (words + text).slice(0, keptWords); });
  return new Promise((resolve) => {
    child.once('error', (failure) => resolve({ failure, code: null, words }));
    child.once('close', (code) => resolve({ code, words: words.trim() || `it ended with ${code}` }));
  });
}

/** Writes the source to the program at its pace. A program that ends before has its own words for it. */
async function feed(source: AsyncIterable<Buffer>, { stdin }: ChildProcess): Promise<void> {
  if (!stdin) return;
  stdin.on('error', () => undefined); // EPIPE
  for await (const chunk of source) {
    if (stdin.destroyed) return;
    // a copy: the source takes its memory back before the pipe has it
    if (stdin.write(Buffer.from(chunk))) continue;
    await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]).catch(() => undefined);
  }
  stdin.end();
}
