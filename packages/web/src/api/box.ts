import type { Change, ChangeMethod, Client } from './client.js';
import { ApiFailure, problemOf, type Problem } from './problem.js';
import { Store } from './store.js';
import type { Job, Server } from './types.js';

/** Between two looks at the servers, milliseconds; the API answers from memory. Longer while nobody looks. */
const lookMs = 2_000;
const hiddenLookMs = 30_000;
/** How long the end of a job stays in the line at the foot, milliseconds; the second where it can be undone. */
const shownMs = 6_000;
const undoableMs = 15_000;

/** One change in the line at the foot. */
export interface Activity {
  readonly id: number;
  readonly words: string;
  readonly progress?: Job['progress'];
  readonly problem?: Problem;
  readonly isOver: boolean;
  /** Brings back what was there before. */
  readonly undo?: () => void;
}

/** The change that undoes another one. */
export interface Undo extends Change {
  /** It is made. */
  readonly onDone?: () => void;
}

type UndoOf<T> = (result: T) => Undo | undefined;

/** A file as somebody is changing it. */
export interface Draft {
  readonly text: string;
  /** The state of the file in which the change began. */
  readonly etag: string;
}

/** The page's knowledge of the box, kept fresh while the page is open. */
export class Box {
  readonly servers = new Store<readonly Server[] | undefined>(undefined);
  /** Since when the box does not answer, Unix milliseconds. */
  readonly lostSince = new Store<number | undefined>(undefined);
  readonly activities = new Store<readonly Activity[]>([]);
  readonly isLoggedOut = new Store(false);
  /** Texts of files that were changed and not saved, by the address of the file. */
  readonly drafts = new Map<string, Draft>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  constructor(readonly client: Client) {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.look();
    });
  }

  /** Looks now, and then again and again. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const { servers } = await this.client.get<{ servers: readonly Server[] }>('/v1/servers?limit=1000');
      this.servers.set(servers);
      this.lostSince.set(undefined);
    } catch (failure) {
      if (failure instanceof ApiFailure && failure.problem.status === 401) return this.isLoggedOut.set(true);
      if (this.lostSince.get() === undefined) this.lostSince.set(Date.now());
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(), document.hidden ? hiddenLookMs : lookMs);
  }

  /** Asks for a change, and shows how it goes in the line at the foot. Throws what it ends with. */
  act(words: string, method: ChangeMethod, path: string, body?: unknown): Promise<unknown> {
    return this.send(words, { method, path, body });
  }

  /** The same, for a change that may need more than a body, and may be undone. */
  send(words: string, change: Change, undoOf?: UndoOf<unknown>): Promise<unknown> {
    return this.follow(words, (tell) => this.client.change(change, ({ progress }) => tell(progress)), undoOf);
  }

  /** Shows in the line at the foot how some work goes. Throws what it ends with. */
  async follow<T>(
    words: string,
    work: (tell: (progress: Job['progress']) => void) => Promise<T>,
    undoOf?: UndoOf<T>,
  ): Promise<T> {
    const id = ++this.#last;
    const forget = (): void => this.activities.set(this.activities.get().filter((one) => one.id !== id));
    let stays = shownMs;
    const show = (more: Partial<Activity>): void => {
      const before = this.activities.get().find((one) => one.id === id) ?? { id, words, isOver: false };
      this.activities.set([...this.activities.get().filter((one) => one.id !== id), { ...before, ...more }]);
    };
    show({});
    try {
      const result = await work((progress) => show({ progress }));
      const undo = undoOf?.(result);
      if (undo) stays = undoableMs;
      show({ isOver: true, ...(undo && { undo: () => { forget(); this.#undo(words, undo); } }) });
      return result;
    } catch (failure) {
      show({ isOver: true, problem: problemOf(failure) });
      throw failure;
    } finally {
      void this.look();
      setTimeout(forget, stays);
    }
  }

  #undo(words: string, { onDone, ...change }: Undo): void {
    void this.send(`Undo: ${words}`, change).then(onDone, () => undefined); // the line at the foot says why not
  }
}
