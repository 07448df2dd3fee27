import { ApiHome, statusOf } from '../support/api-home';

let home: ApiHome;
beforeAll(async () => {
  home = new ApiHome();
  home.define('s1');
  home.statuses = [statusOf('s1')];
  await home.start();
});
afterAll(() => home.end());

it('a game that hangs is ended by those who may stop it', async () => {
  const kill = (verb: 'read' | 'control', server = 's1') => home.call('POST', `/v1/servers/${server}/kill`, {
    token: home.token({ verbs: [verb] }),
    headers: { prefer: 'wait=5' },
  });
  expect(await kill('read')).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  expect(await kill('control', 's9')).toMatchObject({ status: 404 });
  expect(home.sent).toEqual([]);
  home.obey = async () => ({ serverId: 's1', state: 'down' });
  expect(await kill('control')).toMatchObject({ status: 200, json: { state: 'down' } });
  expect(home.sent).toMatchObject([{ name: 'kill', data: { serverId: 's1' } }]);
});
