import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { manPage } from '../../src/index.js';
import { cli } from '../cli-run.js';

const dir = mkdtempSync(join(tmpdir(), 'pinky-completion-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the completion for bash', () => {
  const script = join(dir, 'pinky.bash');
  beforeAll(async () => {
    const { code, out } = await cli(['completion', 'bash', '--home', dir]);
    expect(code).toBe(0);
    // the servers are asked of a command that the test has in its place
    writeFileSync(script, `${out}\npinky() { [ "$*" = "completion ids" ] && echo "1234 1235 other"; }\n`);
  });

  /** The words that bash offers for the last of these. */
  const offered = (...words: string[]): string[] => {
    const run = `source ${script}; COMP_WORDS=(pinky "$@"); COMP_CWORD=$#; _pinky; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-uc', run, 'bash', ...words], { encoding: 'utf8' }).trim().split('\n').sort();
  };

  it.each([
    [['sta'], ['start', 'status']],
    [['schedule', ''], ['add', 'edit', 'ls', 'rm', 'run']],
    [['backups', 'k'], ['key']],
    [['start', '12'], ['1234', '1235']],
    [['logs', '--grep', 'x', '12'], ['1234', '1235']],
    [['schedule', 'add', 'o'], ['other']],
    [['start', '1234', '12'], ['']],
    [['stop', '--d'], ['--discard']],
    [['schedule', 'edit', '--w'], ['--warn', '--warn-text', '--when', '--with-players']],
    [['completion', 'z'], ['zsh']],
  ])('offers for %j: %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe('the completions', () => {
  it('know the servers that are defined', async () => {
    const file = boxPaths(dir).definition('s1');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '{}');
    expect((await cli(['completion', 'ids', '--home', dir])).out).toBe('s1\n');
  });

  it('are there for zsh and fish, and for no other shell', async () => {
    expect((await cli(['completion', 'zsh'])).out).toMatch(/^#compdef pinky\n[^]*bashcompinit\n[^]*complete -F _pinky/);
    const { out } = await cli(['completion', 'fish']);
    expect(out).toContain("-n '__fish_seen_subcommand_from stop' -l discard -d");
    expect(out).toContain("'let the box do something with a server by the clock'");
    expect(out).toContain("a server\\'s state"); // as fish reads it between single quotes
    expect(await cli(['completion', 'tcsh'])).toMatchObject({ code: 2 });
  });
});

it('groff reads the man page without a warning', () => {
  const page = manPage('0.1.0');
  const read = (...args: string[]): string =>
    execFileSync('sh', ['-c', `groff -man -ww -Tascii ${args.join(' ')} 2>&1`], { input: page, encoding: 'utf8' });
  expect(read('-z')).toBe('');
  const text = read('-P-cbou');
  expect(text).toContain('pinky schedule add <id> <when> <do...>');
  expect(text).toContain('EXIT STATUS');
});
