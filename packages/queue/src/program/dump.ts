import { rmSync, writeFileSync } from 'node:fs';

/**
 * Writes stacks, heap figures and open handles to `/tmp/sigdump-<pid>.log`, as ServerEngine does on CONT (seed 004).
 * Node's own report holds them all, and the environment, which is left out: it may hold secrets. /tmp belongs to
 * everybody: what was planted under the name, a link say, is removed and never written through.
 */
export function dumpTo(path: string, facts: Record<string, unknown>): void {
  // its type lies: it is an object
  const { environmentVariables: _secret, ...report } = (process.report?.getReport() ?? {}) as unknown as Record<
    string,
    unknown
  >;
  rmSync(path, { force: true });
  writeFileSync(
    path,
    `${JSON.stringify(
      {
        ts: new Date().toISOString(),
        facts,
        active: process.getActiveResourcesInfo(),
        memory: process.memoryUsage(),
        report,
      },
      null,
      2,
    )}\n`,
    { mode: 0o600, flag: 'wx' },
  );
}

export const dumpPath = (): string => `/tmp/sigdump-${process.pid}.log`;
