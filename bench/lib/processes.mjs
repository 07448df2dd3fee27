// Reads /proc: the parents of processes, and what processes cost.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { pidusage } from './modules.mjs';

const read = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // gone, or somebody else's
  }
};

/**
 * Ticks per second of the CPU times in /proc/<pid>/stat (proc_pid_stat(5); sysconf(_SC_CLK_TCK) is 100 on Linux).
 */
const ticksPerSecond = 100;

/**
 * Every process of the machine by its pid. `cpu` and `waitedCpu` are seconds. The latter is that of children which were
 * waited for.
 */
export function processTable() {
  const table = new Map();
  for (const name of readdirSync('/proc')) {
    if (name < '0' || name > '9~') continue;
    const stat = read(`/proc/${name}/stat`);
    const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
    if (open < 0) continue;
    const fields = stat.slice(close + 2).split(' ');
    table.set(Number(name), {
      pid: Number(name),
      comm: stat.slice(open + 1, close),
      state: fields[0],
      parent: Number(fields[1]),
      cpu: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      waitedCpu: (Number(fields[13]) + Number(fields[14])) / ticksPerSecond,
    });
  }
  return table;
}

/** `roots` and all their descendants, without zombies. */
export function treeOf(roots, table = processTable()) {
  const children = new Map();
  for (const each of table.values()) children.set(each.parent, [...(children.get(each.parent) ?? []), each]);
  const found = new Map();
  const todo = roots.flatMap((pid) => table.get(pid) ?? []);
  for (let next = todo.pop(); next; next = todo.pop()) {
    if (found.has(next.pid)) continue;
    found.set(next.pid, next);
    todo.push(...(children.get(next.pid) ?? []));
  }
  return [...found.values()].filter(({ state }) => state !== 'Z' && state !== 'X');
}

export const commandLine = (pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');

/**
 * Whether the process belongs to the run with this folder: its environment or command line says so, or it works there.
 * A redis-server writes its title over both.
 */
export const names = (pid, folder) =>
  read(`/proc/${pid}/environ`).includes(folder) ||
  commandLine(pid).includes(folder) ||
  `${workingFolder(pid)}/`.startsWith(`${folder}/`);

function workingFolder(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // gone, or somebody else's
  }
}

/**
 * The CPU seconds that these processes and the children they waited for have used. Only differences mean anything. They
 * come from schedstat of every thread, in nanoseconds. If a kernel has none, they come from the ticks of `stat`,
 * whose 10 ms say nothing over an idle window.
 */
export function cpuSeconds(processes) {
  let seconds = 0;
  for (const { pid, cpu, waitedCpu } of processes)
    seconds += (threadsOf(pid).reduce((total, { ns }) => total + ns, 0) / 1e9 || cpu) + waitedCpu;
  return seconds;
}

/** How often the threads of these processes went to sleep. */
export const wakeUps = (processes) =>
  processes.flatMap(({ pid }) => threadsOf(pid)).reduce((total, { switches }) => total + switches, 0);

function threadsOf(pid) {
  let threads = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // gone
  }
  return threads.map((thread) => ({
    ns: Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] || 0),
    switches: Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(read(`/proc/${pid}/task/${thread}/status`))?.[1] ?? 0),
  }));
}

/** Whether the process holds an inotify instance, of which a user has 128 by default (inotify(7)). */
export function hasFileWatch(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === 'anon_inode:inotify');
  } catch {
    return false; // gone, or a descriptor that was closed meanwhile
  }
}

/**
 * Memory of these processes in MiB. PSS, which splits a shared page among the processes that share it, and private
 * memory come from smaps_rollup. Resident memory, which counts a shared page in each of them, comes from pidusage.
 */
export async function memoryOf(processes) {
  const total = { pss: 0, private: 0, resident: await residentOf(processes.map(({ pid }) => pid)) };
  for (const { pid } of processes) {
    const text = read(`/proc/${pid}/smaps_rollup`);
    const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
    total.pss += field('Pss');
    total.private += field('Private_Clean') + field('Private_Dirty');
  }
  return total;
}

/** CPU is not read by pidusage: its 10 ms ticks are too coarse, and it leaves out children that were waited for. */
async function residentOf(pids) {
  const found = await pidusage(pids).catch(() => ({})); // all of them have ended
  return Object.values(found).reduce((total, one) => total + (one?.memory ?? 0) / 2 ** 20, 0);
}

/** The part of all cores that was busy during `ms`, 0 to 1. It shows how noisy the machine is before a measurement. */
export async function busyShare(ms) {
  const look = () => read('/proc/stat').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  const before = look();
  await new Promise((done) => { setTimeout(done, ms); });
  const passed = look().map((ticks, place) => ticks - before[place]);
  const all = passed.slice(0, 8).reduce((a, b) => a + b, 0);
  return all === 0 ? 0 : 1 - (passed[3] + passed[4]) / all;
}
