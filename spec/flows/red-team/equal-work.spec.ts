import bcrypt from 'bcrypt';
import { hashSecret, type Client } from '../../../lib';
import { expectE401, expectOk } from '../../support/expect';
import { basic, T, type Answer } from '../../support/http';
import { serve } from '../../support/serve';
import type { TestServer } from '../../support/app';

afterEach(() => { jest.restoreAllMocks(); });

const COSTS = { cheap: [4], dear: [8], both: [4, 8], several: [5, 5, 6] } as const;

const machine = (server: TestServer, id: string, secret: string): Promise<Answer> => T(server, { grant_type: 'client_credentials' }, basic(id, secret));

/** The work of all comparisons since the last call; a step of the cost doubles it. The comparisons themselves are the real ones. */
function watchWork(): () => number {
  const compare = jest.spyOn(bcrypt, 'compare');
  return () => {
    const work = compare.mock.calls.reduce((sum, [, hash]) => sum + 2 ** Number(hash.slice(4, 6)), 0);
    compare.mockClear();
    return work;
  };
}

it('CA-19 OW-12 does the same work for every client that fails, though hashes of an older system are cheaper: the clock must not tell which ids exist', async () => {
  const server = await serve();
  for (const [id, costs] of Object.entries(COSTS)) {
    const secretHash = await Promise.all(costs.map((cost, at) => hashSecret(`${id}-${String(at)}`, { algorithm: 'bcrypt', cost })));
    const client: Client = { id, secretHash, grants: ['client_credentials'], scopes: ['a'], defaultScopes: ['a'] };
    server.clients.set(id, client);
    expectE401(await machine(server, id, 'not yet'));
  }
  const work = watchWork();
  for (const id of [...Object.keys(COSTS), 'C1', 'nobody']) {
    expectE401(await machine(server, id, `wrong-for-${id}`));
    // Three hashes, as the client with most has, of the dearest cost.
    expect({ id, work: work() }).toEqual({ id, work: 3 * 2 ** 8 });
  }
  // Who is right pays for no more than comes before the right one.
  expectOk(await machine(server, 'both', 'both-1'));
  expect(work()).toBe(2 ** 4 + 2 ** 8);
});
