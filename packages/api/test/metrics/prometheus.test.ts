import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { ApiHome, statusOf } from '../support/api-home';
import { hasPrometheus, prometheusProgram } from '../support/prometheus';

const rules = resolve(__dirname, '../../../../docs/monitoring/alerts.yml');

/** A port that nobody has; Prometheus does not say which one it got. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  server.close();
  return port;
}

const scrapeConfig = (api: number) => `
global: {scrape_interval: 3s, scrape_timeout: 3s, evaluation_interval: 200ms}
rule_files: ['${rules}']
scrape_configs:
  - job_name: pinky
    authorization: {credentials_file: token}
    static_configs: [{targets: ['127.0.0.1:${api}']}]
`;

(hasPrometheus ? describe : describe.skip)('a real Prometheus', () => {
  let home: ApiHome;
  let dir: string;
  let prometheus: ChildProcess;
  let url: string;
  let said = '';

  beforeAll(async () => {
    home = new ApiHome();
    home.define('s1', { wanted: 'up' });
    home.statuses = [statusOf('s1', { players: ['ada', 'ben'] }), statusOf('s2', { state: 'crashed' })];
    await home.start();
    dir = mkdtempSync(join(tmpdir(), 'pinky-prometheus-'));
    writeFileSync(join(dir, 'token'), home.token({ verbs: ['read'] }));
    writeFileSync(join(dir, 'prometheus.yml'), scrapeConfig(home.server?.address?.port ?? 0));
    const address = `127.0.0.1:${await freePort()}`;
    url = `http://${address}/api/v1`;
    const flags = [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`];
    prometheus = spawn(prometheusProgram('prometheus'), [...flags, `--web.listen-address=${address}`]);
    for (const stream of [prometheus.stdout, prometheus.stderr]) stream?.on('data', (text) => { said += text; });
  });
  afterAll(async () => {
    if (prometheus.exitCode === null) {
      prometheus.kill();
      await once(prometheus, 'exit');
    }
    rmSync(dir, { recursive: true, force: true });
    await home.end();
  });

  const ask = async (path: string): Promise<any> => { // eslint-disable-line typescript/no-explicit-any
    if (prometheus.exitCode !== null) throw new Error(`Prometheus has ended: ${said}`);
    const answer = await fetch(`${url}${path}`).catch(() => undefined); // it does not listen yet
    return answer?.ok ? ((await answer.json()) as { data: unknown }).data : undefined;
  };
  const valueOf = async (query: string): Promise<string | undefined> =>
    (await ask(`/query?query=${encodeURIComponent(query)}`))?.result?.[0]?.value?.[1];

  it('scrapes a box by a token that may only read', async () => {
    const target = await until('it has scraped', async () => {
      const [found] = (await ask('/targets'))?.activeTargets ?? [];
      return found?.health === 'up' ? found : undefined; // a starved machine may have missed the first time
    });
    expect(target).toMatchObject({ lastError: '' });
    expect(await until('it knows the players', () => valueOf('pinky_server_players{server="s1"}'))).toBe('2');
    expect(await valueOf('pinky_servers{state="crashed"}')).toBe('1');
  });

  it('evaluates every alert rule of the docs, and sees the server that is not up', async () => {
    interface Rule {
      readonly name: string;
      readonly health: string;
      readonly state: string;
    }
    const found = await until('an alert is pending', async () => {
      const all: Rule[] = (await ask('/rules'))?.groups.flatMap((group: { rules: Rule[] }) => group.rules) ?? [];
      return all.some(({ name, state }) => name === 'PinkyServerDown' && state === 'pending') && all;
    });
    expect(found).toHaveLength(10);
    expect(found.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(found.find(({ name }) => name === 'PinkyUnreachable')).toMatchObject({ state: 'inactive' });
  });
});
