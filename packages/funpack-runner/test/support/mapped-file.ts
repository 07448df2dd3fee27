import { closeSync, openSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';

type Pointer = object;
type Call = (...values: readonly unknown[]) => unknown;
interface Library {
  readonly func: (signature: string) => Call;
}

/** A file that is mapped into memory, as databases of games do: each write is a store, and no call of the kernel. */
export function mapped(path: string): { write(text: string): void; end(): void } {
  // koffi's own types are those of its ES module
  const library = (createRequire(__filename)('koffi') as { load(path: null): Library }).load(null);
  const size = statSync(path).size;
  const fd = openSync(path, 'r+');
  const memory = library.func('void *mmap(void *, size_t, int, int, int, int64_t)')(null, size, 3, 1, fd, 0) as Pointer;
  closeSync(fd);
  const copy = library.func('void *memcpy(void *, const void *, size_t)');
  const unmap = library.func('int munmap(void *, size_t)');
  return {
    write: (text) => void copy(memory, Buffer.from(text), text.length),
    end: () => void unmap(memory, size),
  };
}
