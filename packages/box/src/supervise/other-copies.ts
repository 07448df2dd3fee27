import { heldFolder, type ProcessIdentity, type TreeChild } from '@pinky/supervisor';
import { dirname } from 'node:path';
import { apiName, queueName, serverIdOf, webhooksName } from '../children/child-names.js';
import type { BoxPrograms } from '../children/child-specs.js';

/** Tells children that came from a supervisor of another copy of Pinky, and still run its programs. */
export class OtherCopies {
  readonly #known = new WeakMap<ProcessIdentity, { readonly folder: string | undefined }>();

  constructor(private readonly programs: BoxPrograms) {}

  /** The folder of that copy. Undefined for a child that runs our programs, and for one that does not tell. */
  of({ name, identity, isAdopted }: TreeChild): string | undefined {
    const program = this.#programOf(name);
    if (!identity || !isAdopted || program === undefined) return undefined;
    const known = this.#known.get(identity) ?? { folder: otherCopy(identity.pid, program) };
    this.#known.set(identity, known);
    return known.folder;
  }

  #programOf(name: string): string | undefined {
    if (serverIdOf(name) !== undefined) return this.programs.worker;
    if (name === queueName) return this.programs.queue;
    if (name === apiName) return this.programs.api;
    return name === webhooksName ? this.programs.webhooks : undefined;
  }
}

function otherCopy(pid: number, program: string): string | undefined {
  const held = heldFolder(pid, program);
  return held === undefined || held === dirname(program) ? undefined : rootOf(held);
}

/** A tree of sources keeps its packages in one folder; installed ones stand in a folder of their own. */
const rootOf = (folder: string): string => folder.replace(/(\/packages)?\/[^/]+\/[^/]+$/, '') || '/';
