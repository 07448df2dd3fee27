import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import fc from 'fast-check';
import { serverPaths } from '@pinky/protocol';
import { ApiHome, statusOf } from '../support/api-home';

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema?: object }>> }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

let home: ApiHome;
let token: string;
let document: Document;
beforeAll(async () => {
  home = new ApiHome();
  home.define('s1', { settings: { motd: 'hi' } });
  home.statuses = [statusOf('s1', { players: ['ada'], port: 31_000 })];
  home.obey = async () => ({ servers: [], distributions: [] });
  const { console } = serverPaths(home.config.servers, 's1').run('1796017064636-bba5');
  mkdirSync(dirname(console), { recursive: true });
  mkdirSync(serverPaths(home.config.servers, 's1').working);
  appendFileSync(console, 'one\ntwo\n');
  token = home.token();
  await home.start();
  document = (await home.call('GET', '/openapi.json', { token })).json;
});
afterAll(() => home.end());

const operations = () => Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));
const filled = (path: string, id = 's1'): string =>
  path.replace('{id}', id).replace('{*}', '').replace(/\{(backup|crash|distribution|job|schedule|token)\}/, 'absent');

it('is an OpenAPI document of every route', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(operations().length).toBeGreaterThan(40);
  for (const { operation } of operations()) expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
});

it('says which bodies may be left out', () => {
  const bodyOf = (path: string) => document.paths[path]?.['post']?.requestBody;
  expect(bodyOf('/v1/servers/{id}/restart')).toMatchObject({ required: false });
  expect(bodyOf('/v1/servers/{id}/tell')).toMatchObject({ required: true });
});

it('is kept by what every read answers', async () => {
  const ajv = new Ajv2020({ strict: false });
  const wrong: unknown[] = [];
  const reads = operations().filter(({ method, path }) => method === 'GET' && !/live|login|docs|metrics/.test(path));
  for (const { path, operation } of reads) {
    const answer = await home.call('GET', filled(path), { token });
    const response = operation.responses[answer.status] ?? operation.responses['default'];
    const schema = Object.values(response?.content ?? {})[0]?.schema;
    const isRight = schema === undefined || ajv.validate({ ...schema, components: document.components }, answer.json);
    if (answer.status >= 500 || !isRight) wrong.push({ path, status: answer.status, errors: ajv.errors });
  }
  expect(reads.length).toBeGreaterThan(15);
  expect(wrong).toEqual([]);
});

it('refuses whatever it does not say, with a problem and never with a failure of its own', async () => {
  const changes = operations().filter(({ method, path }) => method !== 'GET' && !/session|tokens\/|reload/.test(path));
  const junk = fc.oneof(fc.json(), fc.string(), fc.constant('{'), fc.constant('[]'), fc.constant('{"__proto__":1}'));
  const id = fc.oneof(fc.constant('s1'), fc.constant('nobody'), fc.string({ minLength: 1, maxLength: 70 }));
  const anyChange = fc.constantFrom(...changes);
  await fc.assert(fc.asyncProperty(anyChange, junk, id, async ({ path, method }, body, server) => {
    const answer = await home.call(method, filled(path, encodeURIComponent(server)), { token, body: String(body) });
    expect(answer.status).toBeLessThan(500);
    if (answer.status >= 400) expect(answer.json).toMatchObject({ status: answer.status, code: expect.any(String) });
  }), { numRuns: 300 });
});

it('asks for a token on every route but those that say otherwise', async () => {
  const open = ['/healthz', '/login', '/v1/session'];
  for (const { path, method } of operations().filter((one) => !open.includes(one.path))) {
    if (path.includes('live')) continue; // a WebSocket, which has its own test
    expect([path, (await home.call(method, filled(path))).status]).toEqual([path, 401]);
  }
});
