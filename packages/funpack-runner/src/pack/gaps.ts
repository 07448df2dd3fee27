import type { BackupGaps } from '@pinky/protocol';
import { NameCount } from '../archive/name-count.js';

/** The things that a backup lacks, or holds in another state than it was in at one moment. */
export class Gaps {
  /** Files that changed while they were read, and once more when they were read again. */
  readonly changed = new NameCount();
  /** The names that were there when their folder was read, and gone a moment later. */
  readonly vanished = new NameCount();
  /** The things that an archive does not hold by a rule: links that lead out, sockets and the like. */
  readonly leftOut = new NameCount();
  /** Those of them that lead out. Where they lead may be a part of the world. */
  readonly outward = new NameCount();

  addOutward(path: string): void {
    this.leftOut.add(path, 'is a link that leads out');
    this.outward.add(path);
  }

  /** For the answer. Empty where nothing is to be told. */
  get told(): BackupGaps {
    const { changed: { paths: changed }, vanished: { paths: vanished }, leftOut: { paths: left } } = this;
    return {
      ...(changed && { changed }),
      ...(vanished && { vanished }),
      ...(left && { left_out: left }),
      ...((changed || vanished || this.outward.paths) && { incomplete: true }),
    };
  }
}
