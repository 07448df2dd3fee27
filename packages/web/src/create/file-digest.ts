/**
 * The SHA-256 of a file in hex, read piece by piece. The browser's own way to it wants all of the file at once, and is
 * not there for a page that came by plain HTTP from another machine.
 */
export async function digestOf(file: Blob, onDone: (bytes: number) => void): Promise<string> {
  const [{ sha256 }, { bytesToHex }] = await Promise.all([
    import('@noble/hashes/sha2.js'),
    import('@noble/hashes/utils.js'),
  ]);
  const hash = sha256.create();
  const reader = file.stream().getReader();
  let done = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    hash.update(piece.value);
    done += piece.value.length;
    onDone(done);
  }
  return bytesToHex(hash.digest());
}
