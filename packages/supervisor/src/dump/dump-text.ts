import { readdirSync, readlinkSync } from 'node:fs';
import { localTime } from '../logger/format.js';

/** The facts in a dump besides the stack. All are read in the process that is dumped. */
export interface DumpFacts {
  readonly memory: NodeJS.MemoryUsage;
  /** Bytes by name, from `v8.getHeapStatistics`. */
  readonly heap: Readonly<Record<string, number>>;
  /** Bytes in use by heap space. */
  readonly heapSpaces: Readonly<Record<string, number>>;
  /** How many of each kind keep the event loop alive (`process.getActiveResourcesInfo`). */
  readonly resources: Readonly<Record<string, number>>;
}

/** This thread's facts. */
export function readFacts(): DumpFacts {
  // Not imported at the top: no process needs it at its start, and a hundred of them may start at once.
  const { getHeapSpaceStatistics, getHeapStatistics } = process.getBuiltinModule('node:v8');
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    memory: process.memoryUsage(),
    heap: { ...getHeapStatistics() },
    resources,
    heapSpaces: Object.fromEntries(getHeapSpaceStatistics().map((space) => [space.space_name, space.space_used_size])),
  };
}

/** A whole dump: which process, where its JavaScript is, its memory, its open files. */
export function dumpText(stack: readonly string[], facts: DumpFacts): string {
  return [
    `Dump of process ${process.pid} (${process.title}) at ${localTime(Date.now())}, up for ` +
      `${Math.round(process.uptime())} s`,
    `  Node ${process.version}, ${process.argv.slice(1).join(' ')}`,
    ...section('JavaScript stack of the main thread', stack),
    ...section('Memory, bytes', table({ ...facts.memory })),
    ...section('Heap, bytes', table(facts.heap)),
    ...section('Heap spaces, bytes in use', table(facts.heapSpaces)),
    ...section('Active resources', table(facts.resources)),
    ...section('Open descriptors', descriptors()),
    '',
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] => [
  `  ${title}:`,
  ...lines.map((line) => `      ${line}`),
];
const table = (values: Readonly<Record<string, number>>): string[] =>
  Object.entries(values).map(([name, value]) => `${name} ${value}`);

/** The open descriptors and their targets. The descriptor that lists them is gone again. */
function descriptors(): string[] {
  try {
    return readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
      } catch {
        return []; // closed since it was listed
      }
    });
  } catch {
    return ['(no /proc)'];
  }
}
