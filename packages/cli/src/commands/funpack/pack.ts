import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { checkFunpack } from '@pinky/funpack-runner';
import { readFunpack } from '@pinky/funpack-runner/light';
import { regularFileAt } from '@pinky/supervisor/pid-files';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';
import { formatSize } from '../../terminal/figures.js';

/**
 * `pinky funpack pack`: an archive of a funpack, and its SHA-256. The same content gives the same bytes on every
 * machine with the same gzip, because names are sorted, and times and owners are left out.
 */
export async function pack(context: Context, [folder = '']: readonly string[], flags: Flags): Promise<void> {
  const dir = resolve(context.cwd, folder);
  const faults = (await checkFunpack(dir)).filter(({ severity, problem }) =>
    severity === 'error' && !problem.startsWith('requires: ')); // a program of the machine that plays, not of this one
  if (faults.length > 0) {
    const sentences = faults.map(({ file, problem }) => `${file}: ${problem}`);
    throw new PinkyError('bad_funpack', `${dir}: ${sentences.join('; ')}`);
  }
  const { name, version } = readFunpack(dir).manifest;
  const file = resolve(context.cwd, textFlag(flags, 'to') ?? `${name}-${version}.tar.gz`.replaceAll('/', '-'));
  if (existsSync(file)) throw new PinkyError('bad_command', `pack: ${file} is there already; name another by --to`);
  await write(dir, regularFileAt(file), context.signal); // a link to a place without a file stays a link
  const sha256 = await digestOf(file);
  context.out.answer({ archive: file, bytes: statSync(file).size, sha256 }, () => [
    `${file}: ${formatSize(statSync(file).size)}, SHA-256 ${sha256}`,
    context.out.advice(`next: \`pinky start <id> --funpack ${file} --funpack-sha256 ${sha256}\``),
  ]);
}

const tarArguments = (dir: string, file: string): readonly string[] => [
  '--create',
  `--file=${file}`,
  '--use-compress-program=gzip -n',
  '--sort=name',
  '--mtime=@0',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--mode=u+rwX,go+rX,go-w',
  '--exclude-vcs',
  '--format=pax',
  '--pax-option=delete=atime,delete=ctime',
  `--directory=${dirname(dir)}`,
  `./${basename(dir)}`,
];

async function write(dir: string, file: string, signal: AbortSignal): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  const tar = spawn('tar', tarArguments(dir, draft), { stdio: ['ignore', 'ignore', 'pipe'], signal });
  let words = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => { words += text; });
  try {
    const [code] = await once(tar, 'close') as [number | null]; // the arguments of that event
    if (code !== 0) throw new PinkyError('internal', `tar failed: ${words.trim()}`);
    renameSync(draft, file);
  } catch (cause) {
    rmSync(draft, { force: true });
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    throw new PinkyError('missing_program', 'tar is not installed; apt-get install tar', { cause });
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer); // a stream without an encoding
  return hash.digest('hex');
}
