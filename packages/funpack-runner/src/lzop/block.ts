/** One block as it is in the file. If it has as many bytes as the data, it is stored as it is. */
export interface PackedBlock {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly crc32: number;
}

/** The length and checksums of a block, which come before it. */
export interface BlockCheck {
  readonly length: number;
  readonly ofData: readonly Sum[];
  readonly ofCompressed: readonly Sum[];
}

export interface Sum {
  readonly kind: 'adler32' | 'crc32';
  readonly value: number;
}

/** The numbers before a block that is written. */
export function blockHead(packed: PackedBlock): Buffer {
  const head = Buffer.allocUnsafe(12);
  head.writeUInt32BE(packed.length, 0);
  head.writeUInt32BE(packed.bytes.length, 4);
  head.writeUInt32BE(packed.crc32, 8);
  return head;
}
