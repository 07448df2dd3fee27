import { readdirSync, readlinkSync } from 'node:fs';
import { localTime } from '../logger/format.js';

/** What a dump says besides the stack: all of it read in the process that is dumped. */
export interface DumpFacts {
  readonly memory: NodeJS.MemoryUsage;
  /** Bytes by name, as `v8.getHeapStatistics` gives them. */
  readonly heap: Readonly<Record<string, number>>;
  /** Bytes in use by heap space. */
  readonly heapSpaces: Readonly<Record<string, number>>;
  /** How many of each kind keep the event loop alive (`process.getActiveResourcesInfo`). */
  readonly resources: Readonly<Record<string, number>>;
}

/** This thread's facts. Loads no file: all of it is in Node already. */
export function readFacts(): DumpFacts {
  // Not imported: it is part of no start of a process, and this program's users start a hundred at once.
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

/** The page that a dump is: who, where its JavaScript is, memory, what is open. */
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

/** Descriptors that are open, with what they are; the one that lists them is gone again. */
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
