import type { RunDecision } from './run-decision.js';
import type { LogLine, Observed, RunCase } from '../runs/run-case.js';
import { leaves, signals } from '../runs/run-facts.js';

const isRenamed = (c: RunCase): boolean => c.script.some((step) => step.do === 'rename_log_file');
const raises = (c: RunCase): boolean => leaves(c, 'raise') || JSON.stringify(c.server ?? {}).includes('"raise_in"');
const stalls = (c: RunCase): boolean =>
  c.script.some(({ signal }) => signal === 'STOP') &&
  Object.keys(c.config).some((key) => key.endsWith('heartbeat_timeout')) &&
  JSON.stringify(c.observed.log ?? []).includes('SIGKILL');

/** Adds our own records, which ServerEngine does not write, at their places in our log. */
const withOurs = (observed: Observed, ours: Observed, isOurs: (line: LogLine) => boolean): Observed => {
  const extra = (ours.log ?? []).filter(isOurs);
  const names = new Set(extra.map(({ in: name }) => name));
  return {
    ...observed,
    log: [
      ...(observed.log ?? []).filter(({ in: name }) => !names.has(name)),
      ...[...names].flatMap((name) => inOrder(name, observed, ours, isOurs)),
    ],
  };
};

function inOrder(
  name: string | undefined,
  observed: Observed,
  ours: Observed,
  isOurs: (line: LogLine) => boolean,
): LogLine[] {
  const theirs = (observed.log ?? []).filter((line) => line.in === name);
  const merged = (ours.log ?? [])
    .filter((line) => line.in === name)
    .flatMap((line) => (isOurs(line) ? [line] : theirs.splice(0, 1)));
  return [...merged, ...theirs];
}

/** The records of the log, and the file that is the log. */
export const logDecisions: readonly RunDecision[] = [
  {
    reason:
      'a log that was renamed from outside is noticed at the next record, and a process that starts opens the log ' +
        'by its path',
    applies: isRenamed,
    expect: (observed, c, ours) => {
      const records = (name: string): boolean => (ours.log ?? []).some((line) => line.in === name);
      const startsLater = (name: string): boolean =>
        (ours.startedAt?.[name] ?? -Infinity) > (ours.renamedAt ?? Infinity);
      const held = Object.fromEntries(
        Object.entries(observed.log_file_held ?? {}).map(([name, file]) => [
          name,
          file === 'renamed file' && (records(name) || startsLater(name)) ? 'new path' : file,
        ]),
      );
      const isWritten =
        (ours.log ?? []).length > 0 ||
        Object.keys(ours.startedAt ?? {}).some((name) => startsLater(name) && !name.startsWith('worker')) ||
        Object.values(held).includes('new path');
      return {
        ...observed,
        log_file_held: held,
        ...(observed.log_path_exists_after !== undefined && {
          log_path_exists_after: observed.log_path_exists_after || isWritten,
        }),
      };
    },
  },
  {
    reason: 'an error that ends a worker or a server is in the log, not only on standard error',
    applies: raises,
    expect: (observed, _c, ours) =>
      withOurs(observed, ours, ({ text = '' }) =>
        /^(worker|server)\.failed|^hook\.failed|^server\.afterRunFailed/.test(text),
      ),
    check: (ours) =>
      (ours.log ?? []).some(({ text = '' }) => /failed|Failed/.test(text)) ? undefined : 'the error is not in the log',
  },
  {
    reason: 'a worker or server that has stalled is reported in the log',
    applies: stalls,
    expect: (observed, _c, ours) => withOurs(observed, ours, ({ text = '' }) => /^(worker|server)\.stalled/.test(text)),
  },
  {
    reason: 'a server that lost its supervisor, or a worker that lost its server, reports it',
    applies: (c) => signals(c, 'server', 'KILL').length + signals(c, 'top', 'KILL').length > 0,
    expect: (observed, _c, ours) =>
      withOurs(observed, ours, ({ text = '' }) => /^(worker|server)\.orphaned/.test(text)),
  },
];
