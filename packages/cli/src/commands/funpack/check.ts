import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { LogMatcher, type MatchedLine, type RuleCount } from '@pinky/funpack-runner';
import { readFunpack } from '@pinky/funpack-runner/light';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import type { Finding } from '../../doctor/finding.js';
import { checkFunpackFolder, folderOf } from '../../doctor/funpack.js';
import { table } from '../../terminal/table.js';
import { sourceFlag } from '../servers/start-flags.js';

/** The most lines that are shown of one log. A rule that matches them all says so by its count. */
const mostShown = 1_000;

/** `pinky funpack check`: the faults of a funpack, and with `--log` what its rules make of a game's output. */
export async function check(context: Context, [source = '']: readonly string[], flags: Flags): Promise<number> {
  const config = await currentConfig(context);
  const where = sourceFlag(source, context.cwd);
  const findings = await checkFunpackFolder(where, config, context.cwd);
  const isBad = findings.some(({ level }) => level === 'bad');
  const log = textFlag(flags, 'log');
  const matched = log === undefined ? undefined : await matchLog(folderOf(where, config), log, context);
  context.out.answer({ ok: !isBad, findings, ...matched }, () => [
    ...findingLines(context, findings),
    ...(matched ? ['', ...matchLines(context, matched)] : []),
  ]);
  return isBad ? 1 : 0;
}

const tones = { ok: 'good', odd: 'busy', bad: 'bad' } as const;

const findingLines = ({ out }: Context, findings: readonly Finding[]): string[] =>
  table(
    ['', 'WHAT', 'FOUND', 'WHAT TO DO'],
    findings.map(({ name, level, found, fix }) => [
      out.paint(tones[level], level === 'bad' ? 'BAD' : level),
      name,
      out.advice(found.replaceAll('\n', '; ')),
      fix === undefined ? undefined : out.advice(fix),
    ]),
  );

interface Matched {
  readonly lines: number;
  readonly unmatched: number;
  readonly matches: readonly MatchedLine[];
  readonly rules: readonly RuleCount[];
}

async function matchLog(dir: string, log: string, { cwd, signal }: Context): Promise<Matched> {
  const matcher = new LogMatcher(readFunpack(dir).manifest);
  const matches: MatchedLine[] = [];
  let unmatched = 0;
  for await (const line of linesOf(resolve(cwd, log), signal)) {
    const match = matcher.read(line);
    if (!match) unmatched += 1;
    else if (matches.length < mostShown) matches.push(match);
  }
  return {
    lines: matcher.lines,
    unmatched,
    matches,
    rules: matcher.counts(),
  };
}

/** The lines as bytes, because a game may write another encoding. */
async function* linesOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  try {
    // A stream without an encoding gives buffers.
    for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
      held = Buffer.concat([held, chunk]);
      for (let end = held.indexOf(newline); end >= 0; end = held.indexOf(newline)) {
        yield held.subarray(0, end);
        held = held.subarray(end + 1);
      }
    }
  } catch (cause) {
    throw new PinkyError('not_found', `the log ${path} cannot be read (${errnoOf(cause) ?? String(cause)})`, { cause });
  }
  if (held.length > 0) yield held;
}

const newline = 0x0a;

function matchLines({ out }: Context, { lines, unmatched, matches, rules }: Matched): string[] {
  const rows = matches.map(({ line, rule, event, text, fields }) => [
    line,
    rule === undefined ? 'itself' : `console[${rule}]`,
    event,
    out.foreign(Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ')),
    out.foreign(text),
  ]);
  return [
    ...(rows.length > 0 ? [...table(['LINE', 'RULE', 'EVENT', 'FIELDS', 'TEXT'], rows), ''] : []),
    ...table(['RULE', 'EVENT', 'MATCHED', '', 'PATTERN'], rules.map((rule) => ruleRow(out, rule))),
    '',
    `${lines} lines, ${unmatched} of them console text that makes no event`,
  ];
}

function ruleRow(out: Context['out'], { rule, event, pattern, count, hidden }: RuleCount): (string | number)[] {
  const says = hidden > 0 ? `an earlier rule took ${hidden} of its lines` : count === 0 ? 'never' : '';
  return [`console[${rule}]`, event, count, out.paint(count === 0 ? 'busy' : 'quiet', says), pattern];
}
