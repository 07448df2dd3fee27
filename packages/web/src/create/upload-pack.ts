import type { Box } from '../api/box.js';
import { ApiFailure } from '../api/problem.js';
import { sendFile } from '../api/send-file.js';
import type { Job } from '../api/types.js';
import type { ArchiveName } from './archive-name.js';
import { digestOf } from './file-digest.js';

export interface PackUpload extends ArchiveName {
  readonly file: File;
  /** The SHA-256 that the publisher of the file names; empty where nobody has said it. */
  readonly promised: string;
  readonly onDigest: (digest: string) => void;
}

/**
 * Sends a funpack with its checksum, and waits until the box has unpacked it. A file other than the promised one is
 * not sent. Throws an `ApiFailure`.
 */
export function uploadPack(box: Box, { file, name, promised, onDigest }: PackUpload): Promise<unknown> {
  const total = file.size;
  return box.follow(`Upload ${name}`, async (tell) => {
    const digest = await digestOf(file, (done) => tell({ phase: 'checksum', done, total, unit: 'bytes' }));
    onDigest(digest);
    assertPromised(digest, promised);
    const query = new URLSearchParams({ name, sha256: digest });
    const url = `/v1/funpacks?${query.toString()}`;
    const begun = await sendFile(box.client, { method: 'POST', url, file, tell });
    const job = JSON.parse(begun) as Job; // the API answers what its document promises
    const unpacking = { phase: 'unpacking', done: 0, unit: 'bytes' };
    return box.client.followJob(job, ({ progress }) => tell(progress ?? unpacking));
  });
}

function assertPromised(digest: string, promised: string): void {
  if (promised === '' || promised.toLowerCase() === digest) return;
  throw new ApiFailure({
    status: 0,
    code: 'checksum_mismatch',
    detail: `this file has the SHA-256 ${digest}, and not the promised one; nothing was sent`,
    remedy: 'download it again from its publisher, or correct the sum',
    field: 'sha256',
  });
}
