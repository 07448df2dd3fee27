import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ReplayContext, ReplayResult, VectorCase } from '../../vectors/replay';
import { replayDaemon } from '../../vectors/daemons/replay-daemon';
import { replayLogger } from '../../vectors/logger/replay-logger';
import { replaySockets } from '../../vectors/sockets/replay-sockets';
import { bundleProgram, scratch } from '../programs/program';

const vectors = JSON.parse(readFileSync(join(__dirname, 'serverengine.json'), 'utf8')) as Record<
  string,
  readonly VectorCase[]
>;
const dir = scratch();
chmodSync(dir.path, 0o755); // so that a daemon of another user finds its files
afterAll(dir.remove);
const bundled = new Map<string, string>();
const program = (name: string): string => {
  const path = bundled.get(name) ?? bundleProgram(name, dir.path, resolve(__dirname, '../../vectors/programs'));
  bundled.set(name, path);
  return path;
};

/**
 * If Node is installed where only root may look, a daemon of another user cannot run it. The shell, unlike setpriv, is
 * that user from the start.
 */
const isNodeForAll =
  spawnSync('setpriv', [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    'sh',
    '-c',
    '"$0" -e ""; exit $?',
    process.execPath,
  ]).status === 0;
const runsHere = (vector: VectorCase): boolean => isNodeForAll || !JSON.stringify(vector).includes('chuser');

const kinds: readonly (readonly [
  string,
  readonly VectorCase[],
  (vector: VectorCase, context: ReplayContext) => Promise<ReplayResult>,
])[] = [
  ['F_logger', (vectors['F_logger'] ?? []).filter(({ group }) => group !== undefined), replayLogger],
  ['H_shared_sockets', vectors['H_shared_sockets'] ?? [], replaySockets],
  ...(process.getuid?.() === 0
    ? [['I_daemonize', (vectors['I_daemonize'] ?? []).filter(runsHere), replayDaemon] as const]
    : []), // these change users
];

describe.each(kinds)('recorded behaviour of ServerEngine: %s', (_kind, cases, replay) => {
  it.each(cases.map((vector) => [`${vector.id}: ${vector.title}`, vector] as const))('%s', async (_title, vector) => {
    const result = await replay(vector, { directory: mkdtempSync(join(dir.path, 'case-')), program });
    expect(result.status === 'failed' ? result.reason : result.status).toMatch(/^(passed|differs)$/);
  });
});
