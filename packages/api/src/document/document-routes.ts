import { z } from 'zod';
import type { App } from '../http/app.js';
import { docsPage } from './docs-page.js';

const needs = { verb: 'read', of: 'any', openIf: 'docs' } as const;
const tags = ['document'];

export function addDocumentRoutes(app: App): void {
  app.get('/openapi.json', {
    config: { needs },
    schema: {
      tags,
      summary: 'This API as an OpenAPI 3.1 document',
      response: { 200: z.record(z.string(), z.unknown()) },
    },
  }, async () => ({ ...app.swagger() }));

  app.get('/docs', {
    config: { needs },
    schema: { tags, summary: 'The same as a page', response: { 200: z.string() } },
  }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(docsPage(app.swagger())));
}
