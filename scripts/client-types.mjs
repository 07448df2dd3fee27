// Writes the API's OpenAPI document into packages/client/dist, and the types that openapi-typescript makes of it.
// Needs the compiled API; runs as a part of `npm run build`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}packages/client/dist`;
const [documentFile, typesFile] = [`${dist}/openapi.json`, `${dist}/api.d.cts`];

const { apiDocument } = createRequire(import.meta.url)('../packages/api/dist/program/api-document.js');
const document = `${JSON.stringify(await apiDocument(), undefined, 1)}\n`;
if (!existsSync(typesFile) || !existsSync(documentFile) || readFileSync(documentFile, 'utf8') !== document) {
  mkdirSync(dist, { recursive: true });
  writeFileSync(typesFile, await typesOf(document));
  writeFileSync(documentFile, document); // last: it tells the next build that both are there
}

/** openapi-typescript needs a TypeScript of its own, which stands in the client's folder. */
async function typesOf(text) {
  const ofClient = createRequire(`${root}packages/client/package.json`);
  const { default: openapiTS, astToString } = ofClient('openapi-typescript');
  // A field with a default may be left out of a request.
  return astToString(await openapiTS(text, { defaultNonNullable: false }));
}
