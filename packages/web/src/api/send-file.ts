import type { Client } from './client.js';
import { ApiFailure, problemIn, unreachable, type Problem } from './problem.js';
import type { Job } from './types.js';

export interface Sending {
  readonly method: 'PUT' | 'POST';
  readonly url: string;
  readonly file: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tell: (progress: Job['progress']) => void;
}

/** Both kinds of files are written whole or not at all. */
const broken: Problem = {
  ...unreachable,
  detail: 'the connection broke before the file was there; nothing of it was kept',
  remedy: 'send it again',
};

/** Sends a file, shows how far it is, and answers with the text that came back. `fetch` tells nothing of that. */
export function sendFile(client: Client, { method, url, file, headers, tell }: Sending): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    const all = { ...client.changeHeaders, 'content-type': 'application/octet-stream', ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      tell({ phase: 'sending', done: loaded, total, unit: 'bytes' }));
    request.addEventListener('load', () => {
      if (request.status < 300) resolve(request.responseText);
      else reject(new ApiFailure(problemIn(request.responseText, request.status)));
    });
    request.addEventListener('error', () => reject(new ApiFailure(broken)));
    request.send(file);
  });
}
