import { createHash, type Hash } from 'node:crypto';
import { PinkyError, type FetchSource } from '@pinky/protocol';

/** The sums of an archive, in lower-case hex. MD5 only where somebody has promised one. */
export interface ArchiveSums {
  readonly sha256: string;
  readonly md5?: string;
}

/** Takes the sums of bytes that pass by. */
export class Summing {
  readonly #sha256 = createHash('sha256');
  readonly #md5: Hash | undefined;

  constructor(hasMd5: boolean) {
    this.#md5 = hasMd5 ? createHash('md5') : undefined;
  }

  update(bytes: Buffer): void {
    this.#sha256.update(bytes);
    this.#md5?.update(bytes);
  }

  /** It can be asked once. */
  digest(): ArchiveSums {
    return { sha256: this.#sha256.digest('hex'), ...(this.#md5 && { md5: this.#md5.digest('hex') }) };
  }
}

type Promised = Pick<FetchSource, 'sha256' | 'md5'>;

/** Throws `checksum_mismatch` where the archive is not the one that was promised. */
export function assertSums(promised: Promised, actual: ArchiveSums, address: string): void {
  assertSum('SHA-256', promised.sha256, actual.sha256, address);
  assertSum('MD5', promised.md5, actual.md5, address);
}

function assertSum(kind: string, promised: string | undefined, actual: string | undefined, address: string): void {
  if (promised === undefined || promised.toLowerCase() === actual) return;
  throw new PinkyError('checksum_mismatch', `${address}: its ${kind} is ${actual}, not ${promised.toLowerCase()}`);
}
