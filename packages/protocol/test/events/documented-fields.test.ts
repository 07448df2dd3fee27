import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NotedFields, OwnWarning, OwnWarningKind, ServerEventFields } from '../../src/index.js';
import { gameEventTypes, isKnownEvent, workerEventTypes, type GameEventType } from '../../src/index.js';

/** The fields of an event, or of one of several forms that it has. The compiler compares them with the types. */
type Fields<T> = Readonly<Record<T extends unknown ? keyof T : never, true>>;
const noted: { readonly [Type in Exclude<keyof NotedFields, 'warning'>]: Fields<NotedFields[Type]> } = {
  preparing: { funpack: true, port: true, port_was: true },
  restored: { world: true, stripped: true, skipped: true, parked: true },
  launched: { pid: true, port: true, ports: true },
  start_failed: { code: true, message: true, how: true, signal: true, step: true, last_lines: true },
  player_connected: { user: true, user_id: true, because: true },
  player_renamed: { user: true, old_user: true, user_id: true, because: true },
  player_disconnected: { user: true, user_id: true, because: true },
  silent: { how: true, signs: true, threads: true, last_lines: true },
  crashed: {
    code: true, signal: true, how: true, neverRan: true, last_lines: true, restart_in_ms: true, reason: true,
    limit: true, peak: true, memory_curve: true, stacks: true,
  },
  crash_loop: {
    code: true, signal: true, how: true, neverRan: true, last_lines: true, reason: true, limit: true, peak: true,
    memory_curve: true, stacks: true,
  },
  backed_up: {
    url: true, size: true, sha256: true, kind: true, base: true, isUnchanged: true, changed: true, vanished: true,
    left_out: true, incomplete: true, isUnclean: true, took_ms: true,
  },
  backup_failed: { code: true, message: true },
  stopped: {
    code: true, signal: true, how: true, neverRan: true, reason: true, limit: true, peak: true, memory_curve: true,
    step: true, backup: true, parked: true, discarded: true, restarting: true, restart_in_ms: true, because: true,
  },
  settings_changed: { setting: true, value: true, because: true },
  events_lost: { lost_run: true, from: true, to: true, bytes: true, because: true, count: true, unsure: true },
};
const warnings: { readonly [Kind in OwnWarningKind]: Fields<Omit<OwnWarning<Kind>, 'kind'>> } = {
  not_listening: { port: true, listens: true, message: true },
  unusable_event: { fault: true, message: true },
  unusable_setting: { setting: true, message: true },
  query_failed: { message: true },
  looks_hung: { signs: true, message: true },
  memory_near_limit: { used: true, limit: true, message: true },
  limits_missing: { limits: true, message: true },
  not_isolated: { message: true },
  world_unsaved: { message: true },
  backup_damaged: { message: true, backup: true },
  backups_waiting: { message: true, store: true, count: true, bytes: true, since: true },
};
/** `because` is Pinky's own, and the page tells of it below its table. */
type OfGame = Omit<ServerEventFields<string>, 'warning'> & {
  readonly warning: Exclude<ServerEventFields<string>['warning'], OwnWarning>;
};
const said: { readonly [Type in GameEventType]: Omit<Fields<OfGame[Type]>, 'because'> } = {
  started: {},
  stopping: {},
  player_connected: { user: true, user_id: true },
  player_disconnected: { user: true, user_id: true },
  player_renamed: { user: true, old_user: true, user_id: true },
  players_list: { players: true },
  chat: { user: true, message: true, user_id: true },
  settings_changed: {
    kind: true, actor: true, target: true, setting: true, value: true, add: true, remove: true,
  },
  info: { message: true, kind: true },
  warning: { message: true, kind: true },
  critical: { message: true, kind: true },
  fatal_error: { message: true, kind: true },
};

type Rows = readonly (readonly [event: string, ...cells: string[]])[];

/** The rows of the one table of a page that begins with this heading. */
function rowsOf(page: string, heading: string): Rows {
  const text = readFileSync(join(__dirname, '../../../../docs', page), 'utf8');
  const [, table = ''] = text.split(`${heading}\n`);
  const lines = table.slice(0, table.indexOf('\n\n')).split('\n').slice(1);
  return lines.map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()) as [string, ...string[]]);
}
/** The names in a cell, but those in parentheses. */
const namesIn = (cell: string): string[] =>
  [...cell.replaceAll(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
const sorted = (names: readonly string[]): readonly string[] => names.toSorted();

describe('the documented fields of the events', () => {
  const rows = rowsOf('redis.md', '| type | fields | when |');
  const isWarning = ([type]: Rows[number]): boolean => type === '`warning`';

  it.each(rows.filter((row) => !isWarning(row)))('of the worker are those of the types: %s', (type, cell = '') => {
    const [name = ''] = namesIn(type);
    expect(sorted(namesIn(cell))).toEqual(sorted(Object.keys(noted[name as keyof typeof noted])));
  });

  it.each(rows.filter(isWarning))('of a warning are those of the types: %s %s', (_type, cell = '') => {
    const [first, kind = '', ...names] = namesIn(cell);
    expect(first).toBe('kind');
    expect(sorted(names)).toEqual(sorted(Object.keys(warnings[kind as OwnWarningKind])));
  });

  it('leave out no event and no warning', () => {
    const types = rows.filter((row) => !isWarning(row)).flatMap(([type]) => namesIn(type));
    expect(sorted(types)).toEqual(sorted(Object.keys(noted)));
    const kinds = rows.filter(isWarning).map(([, cell = '']) => namesIn(cell)[1] ?? '');
    expect(sorted(kinds)).toEqual(sorted(Object.keys(warnings)));
  });

  it('of a game are those of the types', () => {
    const fieldsIn = (cell: string): string[] => cell.split(';').flatMap((part) => namesIn(part.split(':')[0] ?? ''));
    const documented = rowsOf('funpacks.md', '| event | must have | may have | what Pinky does with it |')
      .flatMap(([types, must = '', may = '']) => {
        const names = [must, may].flatMap(fieldsIn).map((name) => (name === 'id' ? 'user_id' : name));
        return namesIn(types).map((type) => [type, sorted(names)] as const);
      });
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(said).map(([type, fields]) => [type, sorted(Object.keys(fields))])),
    );
  });

  it('are of every type that is known', () => {
    const base = { event: 'server_event', server_id: '1', pinky_id: '1', ts: '', id: '' } as const;
    const types = sorted([...new Set([...gameEventTypes, ...workerEventTypes])]);
    expect(sorted([...new Set([...Object.keys(said), ...Object.keys(noted)])])).toEqual(types);
    expect([...types, 'test'].filter((type) => !isKnownEvent({ ...base, type }))).toEqual(['test']);
  });
});
