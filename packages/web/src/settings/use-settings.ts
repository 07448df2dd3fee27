import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.js';
import type { Undo } from '../api/box.js';
import { useLoaded } from '../parts/loaded.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { backTo, isUntouched, loadSettings, otherNames, type SettingsView, type Values } from './settings-view.js';

/** Somebody else has changed the settings since they were shown here. */
export interface Conflict {
  readonly before: SettingsView;
  readonly now: SettingsView;
}

/** How often the definition may change, in other parts, while a change of settings is on its way. */
const mostTries = 3;

/** The settings of a server, and the changes of them that are not saved yet. */
export function useSettings({ box, server: { serverId } }: Pick<ServerTabProps, 'box' | 'server'>) {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/settings`;
  const load = () => loadSettings(box.client, path);
  const loaded = useLoaded(load, [serverId]);
  const [changed, setChanged] = useState<Values>({});
  const [problem, setProblem] = useState<Problem>();
  const [conflict, setConflict] = useState<Conflict>();

  const saved = (): void => {
    setProblem(undefined);
    setConflict(undefined);
    setChanged({});
    loaded.again();
  };
  const save = async (before: SettingsView, triesLeft = mostTries): Promise<void> => {
    const change = { method: 'PATCH', path, body: { settings: changed }, ifMatch: before.etag } as const;
    try {
      const undoOf = undoing(path, backTo(before.settings, changed), loaded.again);
      await box.send(`Settings of ${serverId}`, change, undoOf);
      saved();
    } catch (failure) {
      const found = problemOf(failure);
      const now = found.code === 'changed_meanwhile' ? await load().catch(() => undefined) : undefined;
      if (!now) setProblem(found);
      else if (triesLeft > 0 && isUntouched(before.settings, now.settings, changed)) await save(now, triesLeft - 1);
      else setConflict({ before, now });
    }
  };
  /** Drops what others have set meanwhile, and goes on with the rest. */
  const takeTheirs = ({ before, now }: Conflict): void => {
    const theirs = otherNames(before.settings, now.settings);
    setChanged(Object.fromEntries(Object.entries(changed).filter(([name]) => !theirs.includes(name))));
    setConflict(undefined);
    loaded.again();
  };
  return { path, loaded, changed, setChanged, problem, setProblem, conflict, save, takeTheirs };
}

/** The change that sets `settings` again, as long as nobody has changed them since. None where they are not known. */
const undoing = (path: string, settings: Values | undefined, onDone: () => void) =>
  (result: unknown): Undo | undefined => {
    const { revision } = (result ?? {}) as { readonly revision?: number }; // the API's answer to a definition
    if (!settings || revision === undefined) return undefined;
    return { method: 'PATCH', path, body: { settings }, ifMatch: `"${revision}"`, onDone };
  };
