import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiHome, statusOf } from '../support/api-home';
import { hasPrometheus, prometheusProgram } from '../support/prometheus';

let home: ApiHome;
beforeAll(async () => {
  home = new ApiHome({ isMetricsOpen: true });
  mkdirSync(home.paths.events);
  const ts = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  const events = [
    { type: 'preparing', ts: ts(0) },
    { type: 'launched', ts: ts(2) },
    { type: 'started', ts: ts(4) },
    { type: 'crashed', ts: ts(10), signal: 'SIGSEGV' },
    { type: 'launched', ts: ts(11) },
    { type: 'crashed', ts: ts(12), signal: 'SIGKILL', reason: 'out_of_memory' },
    { type: 'launched', ts: ts(13) },
    { type: 'backed_up', ts: ts(20), size: 4096, took_ms: 1_500 },
    { type: 'stopping', ts: ts(30) },
    { type: 'stopped', ts: ts(31) },
  ].map((event, i) => JSON.stringify({ ...event, id: `s1:1796017064636-bba5:j${i}` }));
  writeFileSync(join(home.paths.events, '000000000001.jsonl'), `${events.join('\n')}\n`);
  home.statuses = Array.from({ length: 100 }, (_, i) => statusOf(`s${i}`, { players: ['ada "quoted"'] }));
  home.statuses.forEach(({ serverId }) => home.define(serverId));
  await home.start();
});
afterAll(() => home.end());

const scrape = async (): Promise<string> => (await home.call('GET', '/metrics')).text;

it('tell what servers are and what has happened, and nobody\'s name', async () => {
  await scrape();
  const text = await scrape(); // nothing is counted twice
  for (const line of [
    'pinky_servers{state="up"} 100',
    'pinky_server_players{server="s7"} 1',
    'pinky_server_launches_total{server="s1"} 3',
    'pinky_server_crashes_total{server="s1",cause="signal"} 1',
    'pinky_server_crashes_total{server="s1",cause="out_of_memory"} 1',
    'pinky_server_restarts{server="s7"} 0',
    'pinky_server_memory_limit_bytes{server="s7"} 1073741824',
    'pinky_server_last_backup_size_bytes{server="s1"} 4096',
    'pinky_start_duration_seconds_sum 4',
    'pinky_stop_duration_seconds_sum 1',
    'pinky_backup_duration_seconds_sum 1.5',
    'pinky_part_up{part="queue"} 1',
  ]) expect(text.split('\n')).toContain(line);
  expect(text).not.toContain('ada');
});

it('count no players where nobody can know them', async () => {
  const [first] = home.statuses;
  home.statuses[0] = statusOf('s0', { arePlayersUnknown: true });
  const known = await scrape();
  home.statuses[0] = first!;
  expect(known).not.toContain('pinky_server_players{server="s0"}');
  expect(known).toContain('pinky_server_up{server="s0"} 1');
  expect(known).toContain('pinky_server_players{server="s1"} 1');
});

it('tell what the queue has to do, and leave that out where nobody says it', async () => {
  const ofQueue = async () => (await scrape()).split('\n').filter((line) => /^pinky_(commands|events)_/.test(line));
  expect(await ofQueue()).toEqual([]);
  home.figures = { inHand: 2, eventsWaiting: 40, commands: { waiting: 3, oldestMs: 1_500 } };
  expect(await ofQueue()).toEqual([
    'pinky_commands_in_hand 2',
    'pinky_events_waiting 40',
    'pinky_commands_waiting 3',
    'pinky_commands_oldest_seconds 1.5',
  ]);
  home.figures = { inHand: 0, eventsWaiting: 41 }; // Redis is away
  expect(await ofQueue()).toEqual(['pinky_commands_in_hand 0', 'pinky_events_waiting 41']);
});

it('tell how long commands took, as the queue has counted it', async () => {
  const series = (command: string, counts: readonly number[], sum: number) =>
    ({ labels: { command, way: 'list' }, counts, sum });
  home.figures = {
    inHand: 0,
    eventsWaiting: 0,
    times: {
      answered: { bounds: [0.5, 60], series: [series('tell', [3, 1, 0], 7.5), series('start', [0, 0, 2], 200)] },
      waited: { bounds: [0.5, 60], series: [] },
    },
  };
  const text = await scrape();
  for (const line of [
    '# TYPE pinky_command_duration_seconds histogram',
    'pinky_command_duration_seconds_bucket{command="tell",way="list",le="0.5"} 3',
    'pinky_command_duration_seconds_bucket{command="tell",way="list",le="60"} 4',
    'pinky_command_duration_seconds_bucket{command="start",way="list",le="60"} 0',
    'pinky_command_duration_seconds_bucket{command="start",way="list",le="+Inf"} 2',
    'pinky_command_duration_seconds_sum{command="tell",way="list"} 7.5',
    'pinky_command_duration_seconds_count{command="start",way="list"} 2',
  ]) expect(text.split('\n')).toContain(line);
  expect(text).not.toContain('pinky_command_wait_seconds');
});

it('have at most 30 series for each server', async () => {
  const ofOne = (await scrape()).split('\n').filter((line) => line.includes('server="s1"'));
  expect(ofOne.length).toBeGreaterThan(5);
  expect(ofOne.length).toBeLessThanOrEqual(30);
});

const promtool = prometheusProgram('promtool');
const withPrometheus = hasPrometheus ? it : it.skip;

withPrometheus('are as Prometheus likes them', async () => {
  const one = { bounds: [1], series: [{ labels: {}, counts: [1, 0], sum: 0.25 }] };
  home.figures = { inHand: 0, eventsWaiting: 0, times: { answered: one, waited: one } };
  const text = await scrape();
  expect(text).toContain('pinky_command_wait_seconds_count 1');
  const said = execFileSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect(said).toBe('');
});

describe('the alert rules and the dashboard of docs/monitoring', () => {
  const monitoring = join(__dirname, '../../../../docs/monitoring');
  const texts = ['alerts.yml', 'dashboard.json'].map((file) => readFileSync(join(monitoring, file), 'utf8'));

  it('ask for nothing that is not measured', () => {
    const sources = join(__dirname, '../../src/metrics');
    const code = readdirSync(sources).map((file) => readFileSync(join(sources, file), 'utf8'));
    const measured = code.flatMap((text) => text.match(/(?<=')pinky_\w+(?=')/g) ?? []);
    const asked = texts.flatMap((text) => text.match(/\bpinky_\w+/g) ?? []);
    expect(asked.length).toBeGreaterThan(20);
    expect([...new Set(asked)].filter((name) => !measured.includes(name.replace(/_bucket$/, '')))).toEqual([]);
  });

  withPrometheus('are rules as Prometheus reads them', () => {
    const said = execFileSync(promtool, ['check', 'rules', join(monitoring, 'alerts.yml')], { encoding: 'utf8' });
    expect(said).toContain('10 rules found');
  });
});
