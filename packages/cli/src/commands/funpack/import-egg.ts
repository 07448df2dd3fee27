import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import {
  importEgg as imported,
  installScriptPath,
  readEgg,
  type EggNote,
  type ImportedEgg,
} from '@pinky/funpack-runner';
import { listFlag, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { table } from '../../terminal/table.js';

/** As long as an egg may take to come, milliseconds. */
const fetchTimeoutMs = 30_000;
/** The largest egg, bytes. */
const mostBytes = 1024 * 1024;

/** `pinky funpack import-egg`: writes a funpack, and says field by field what became of the egg. */
export async function importEgg(context: Context, [source = '']: readonly string[], flags: Flags): Promise<void> {
  const text = await textOf(source, context);
  const done = textFlag(flags, 'done');
  const egg = readEgg(text);
  const programs = programsOf(listFlag(flags, 'program'));
  const result = imported(egg, { programs, ...(done !== undefined && { done }) });
  const dir = resolve(context.cwd, textFlag(flags, 'to') ?? result.manifest.name);
  write(dir, { result, text, script: egg.install.script });
  const { manifest, notes, isWhole, install } = result;
  const answer = {
    funpack: dir,
    name: manifest.name,
    format: egg.format,
    outcome: isWhole ? 'fully' : 'with notes',
    ...(install !== undefined && { install }),
    notes,
  };
  context.out.answer(answer, () => lines(context, dir, result));
}

function lines({ out }: Context, dir: string, { notes, isWhole, install, manifest }: ImportedEgg): string[] {
  const tones = { carried: 'good', changed: 'busy', missing: 'bad' } as const;
  const rows = notes.map(({ field, fate, says }) =>
    [out.paint(tones[fate], fate), out.foreign(field), out.foreign(says)]);
  const needed = Object.entries(manifest.schema ?? {})
    .filter(([, { required, default: usual }]) => required === true && usual === undefined)
    .map(([name]) => ` --set ${name}=…`);
  const script = join(dir, installScriptPath);
  return [
    ...table(['', 'FIELD', 'WHAT BECAME OF IT'], rows),
    '',
    ...(install === undefined ? [] : [`install script: ${out.foreign(install)}`]),
    ...(install === undefined || manifest.install
      ? []
      : [`it is kept as ${script} and not run; give what it would bring by \`--world <archive of it>\``]),
    out.paint(isWhole ? 'good' : 'busy', `${dir}: carries over ${isWhole ? 'fully' : 'with notes'}`),
    out.advice(`next: \`pinky funpack check ${dir}\`, then \`pinky start <id> --funpack ${dir}${needed.join('')}\``),
  ];
}

function write(
  dir: string,
  { result, text, script }: { readonly result: ImportedEgg; readonly text: string; readonly script: string },
): void {
  try {
    mkdirSync(join(dir, 'egg'), { recursive: true });
    // No file of somebody else is written over.
    writeFileSync(join(dir, 'funpack.json'), `${JSON.stringify(result.manifest, null, 2)}\n`, { flag: 'wx' });
  } catch (cause) {
    const why = errnoOf(cause) === 'EEXIST' ? 'holds a funpack already; name another folder by --to' : String(cause);
    throw new PinkyError('bad_command', `import-egg: ${dir} ${why}`, { cause });
  }
  writeFileSync(join(dir, 'egg/egg'), text);
  writeFileSync(join(dir, 'egg/report.txt'), report(result.notes));
  if (script.trim() !== '') writeFileSync(join(dir, installScriptPath), script);
}

const report = (notes: readonly EggNote[]): string =>
  notes.map(({ field, fate, says }) => `${fate}\t${field}\t${says}\n`).join('');

/** `--program name=/path`. */
function programsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf('=');
    const [name, path] = [pair.slice(0, at), pair.slice(at + 1)];
    if (at < 1 || !/^[\w.+-]+$/.test(name) || !/^[\w./+-]+$/.test(path)) {
      throw new PinkyError('bad_command', `--program ${JSON.stringify(pair)}: write name=path`);
    }
    return [name, path];
  }));
}

async function textOf(source: string, { cwd, signal }: Context): Promise<string> {
  if (/^https?:\/\//i.test(source)) return download(source, signal);
  try {
    return readFileSync(resolve(cwd, source), 'utf8');
  } catch (cause) {
    const why = errnoOf(cause) === 'ENOENT' ? 'is not there' : `cannot be read (${errnoOf(cause) ?? String(cause)})`;
    throw new PinkyError('not_found', `the egg ${basename(source)} ${why}`, { cause });
  }
}

async function download(url: string, signal: AbortSignal): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(fetchTimeoutMs)]) });
    if (!answer.ok) throw new Error(`the answer is ${answer.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of answer.body ?? []) {
      size += part.length;
      if (size > mostBytes) throw new Error('it is larger than 1 MiB');
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (cause) {
    throw new PinkyError('download_failed', `${url} could not be fetched: ${String(cause)}`, { cause });
  }
}
