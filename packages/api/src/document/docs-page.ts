interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
}

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The document as one page for people, without a script and without anything from elsewhere. */
export function docsPage(document: object): string {
  const { info, paths } = document as {
    readonly info: { readonly title: string; readonly description?: string };
    readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  }; // swagger made it from our routes
  const operations = Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? ''))];
  const sections = tags.map((tag) => {
    const rows = operations
      .filter(({ operation }) => (operation.tags?.[0] ?? '') === tag)
      .map(({ path, method, operation }) => row(method, path, operation));
    return `<h2>${escape(tag)}</h2>${rows.join('')}`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(info.title)} API</title><style>${style}</style>
<h1>${escape(info.title)} API</h1><p>${escape(info.description ?? '')}</p>
<p>As a document: <a href="/openapi.json">/openapi.json</a></p>${sections.join('')}</html>`;
}

function row(method: string, path: string, { summary = '', parameters = [], requestBody }: Operation): string {
  const fields = parameters
    .filter((one) => one.in !== 'path')
    .map(({ name, description }) => `<li><code>${escape(name)}</code> ${escape(description ?? '')}</li>`);
  const schema = requestBody?.content?.['application/json']?.schema;
  const body = schema === undefined ? '' : `<pre>${escape(JSON.stringify(schema, undefined, 1))}</pre>`;
  const more = fields.length === 0 && body === '' ? '' : `<ul>${fields.join('')}</ul>${body}`;
  const head = `<b>${escape(method.toUpperCase())}</b> <code>${escape(path)}</code> ${escape(summary)}`;
  return more === '' ? `<p>${head}</p>` : `<details><summary>${head}</summary>${more}</details>`;
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
html{max-width:56rem;margin:auto;padding:1rem}b{display:inline-block;min-width:4rem}
pre{overflow:auto;font-size:.85rem;padding:.5rem;border:1px solid #8884}summary{cursor:pointer}`;
