import { ApiHome } from '../support/api-home';

const home = new ApiHome();
let token: string;
beforeAll(() => {
  token = home.token();
  return home.start();
});
afterAll(() => home.end());

it.each([
  [{}, 'serverId is missing'],
  [{ serverId: 3 }, 'serverId must be a text'],
  [{ serverId: '' }, 'serverId must not be empty'],
  [{ serverId: 'x'.repeat(65) }, 'serverId must have at most 64 characters'],
  [{ serverId: 'a', port: 1.5 }, 'port must be a whole number'],
  [{ serverId: 'a', port: 65_536 }, 'port must be at most 65535'],
  [{ serverId: 'a', port: 'x' }, 'port must be a number'],
  [{ serverId: 'a', start: 'yes' }, 'start must be true or false'],
  [{ serverId: 'a', ram: 'much' }, 'ram has none of the forms that `/docs` shows'],
  [{ serverId: 'a', settings: [] }, 'settings must be an object'],
  [{ serverId: 'a', setings: {} }, 'setings is not a field of this request'],
])('a request with %j is refused in plain words', async (body, detail) => {
  expect(await home.call('POST', '/v1/servers', { token, body })).toMatchObject({ status: 400, json: { detail } });
});
