import type { Box } from '../api/box.js';
import type { Client } from '../api/client.js';
import { sendFile } from '../api/send-file.js';
import type { FolderEntry } from '../api/types.js';
import { textIn } from './text-in.js';

/** A longer file is no text to be changed by hand, bytes. */
export const longestText = 1_000_000;

/** The text of a file, or why there is none to change. */
export type OpenedFile =
  | { readonly kind: 'text'; readonly text: string; readonly etag: string; readonly hasCrlf: boolean }
  | { readonly kind: 'long' | 'binary' };

/** The address of a file or folder of a server. */
export const fileUrl = (serverId: string, path: readonly string[]): string =>
  `/v1/servers/${encodeURIComponent(serverId)}/files/${path.map(encodeURIComponent).join('/')}`;

/** A folder, and how much of its space the server uses, where that is limited. */
export interface Listing {
  readonly entries: readonly FolderEntry[];
  readonly space?: { readonly usedBytes?: number; readonly limitBytes: number };
}

/** Folders first, then by name. */
export async function listFolder(client: Client, url: string): Promise<Listing> {
  const { entries, ...rest } = await client.get<Listing>(url);
  const rank = ({ type }: FolderEntry): number => (type === 'folder' ? 0 : 1);
  const sorted = entries.toSorted((a, b) =>
    rank(a) - rank(b) || a.name.localeCompare(b.name, undefined, { numeric: true }));
  return { entries: sorted, ...rest };
}

/** Reads a file that can be changed as a text. A field of a page has line feeds only, so carriage returns go. */
export async function openText(client: Client, url: string): Promise<OpenedFile> {
  const response = await client.fetch('GET', url, { headers: { accept: '*/*' } });
  if (Number(response.headers.get('content-length') ?? 0) > longestText) {
    await response.body?.cancel();
    return { kind: 'long' };
  }
  const text = textIn(await response.arrayBuffer());
  if (text === undefined) return { kind: 'binary' };
  const hasCrlf = text.includes('\r\n');
  const etag = response.headers.get('etag') ?? '';
  return { kind: 'text', text: text.replaceAll('\r\n', '\n'), etag, hasCrlf };
}

/** Replaces the file that has this etag, and answers with its new one. Throws `changed_meanwhile` for another file. */
export async function saveText(
  client: Client,
  url: string,
  { text, etag, hasCrlf }: Omit<Extract<OpenedFile, { kind: 'text' }>, 'kind'>,
): Promise<string> {
  const response = await client.fetch('PUT', url, {
    body: hasCrlf ? text.replaceAll('\n', '\r\n') : text,
    headers: { 'if-match': etag, 'content-type': 'text/plain; charset=utf-8' },
  });
  return response.headers.get('etag') ?? '';
}

/** Makes an empty file. Throws `changed_meanwhile` where there is one. */
export async function makeFile(client: Client, url: string): Promise<void> {
  const headers = { 'if-none-match': '*', 'content-type': 'application/octet-stream' };
  await client.fetch('PUT', url, { body: '', headers });
}

/** Sends a file, and shows in the line at the foot how far it is. */
export async function uploadFile(box: Box, url: string, file: File, isThere: boolean): Promise<void> {
  const headers: Record<string, string> = isThere ? { 'if-match': '*' } : { 'if-none-match': '*' };
  await box.follow(`Upload ${file.name}`, (tell) => sendFile(box.client, { method: 'PUT', url, file, headers, tell }));
}
