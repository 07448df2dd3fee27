import { mkdtempSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Outcome, VectorCase } from '../../src/vectors/outcome';
import { replayLogger } from '../../src/vectors/replay-logger';
import { replaySockets } from '../../src/vectors/replay-sockets';
import { bundleProgram, scratch } from '../programs/program';

const vectors = JSON.parse(readFileSync(join(__dirname, 'serverengine.json'), 'utf8')) as Record<string, readonly VectorCase[]>;
const dir = scratch();
afterAll(dir.remove);
const bundled = new Map<string, string>();
const program = (name: string): string => {
  const path = bundled.get(name) ?? bundleProgram(name, dir.path, resolve(__dirname, '../../src/vectors/programs'));
  bundled.set(name, path);
  return path;
};

describe.each([
  ['F_logger', (vectors['F_logger'] ?? []).filter(({ group }) => group !== undefined), replayLogger],
  ['H_shared_sockets', vectors['H_shared_sockets'] ?? [], replaySockets],
])('recorded behaviour of ServerEngine: %s', (_kind, cases, replay) => {
  it.each(cases.map((vector) => [`${vector.id}: ${vector.title}`, vector] as const))('%s', async (_title, vector) => {
    const outcome: Outcome = await replay(vector, { directory: mkdtempSync(join(dir.path, 'case-')), program });
    expect(outcome.status === 'failed' ? outcome.reason : outcome.status).toMatch(/^(passed|differs)$/);
  });
});
