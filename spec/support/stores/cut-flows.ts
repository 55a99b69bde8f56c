import type { Client, User } from '../../../lib';
import { SECRETS, type TestServer } from '../app';
import { expectOk } from '../expect';
import { basic, bearer, introspect, login, R, refresh, revoke, send, T, type Answer } from '../http';
import { newKey } from '../keys';
import { serve } from '../serve';
import type { FaultyStore } from './faulty';

/** One user of one client with a session, on a server of its own whose store may fail. */
export interface Scene {
  readonly server: TestServer;
  readonly faulty: FaultyStore;
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly first: Tokens;
  /** What the client holds when the flow begins. */
  readonly held: Tokens;
}

export interface Tokens {
  readonly refresh: string;
  readonly access: string;
}

export const tokensOf = ({ json }: Answer): Tokens => ({ refresh: String(json['refresh_token']), access: String(json['access_token']) });

const KEYS = [newKey('ES256')];
let scenes = 0;

export async function startScene(faulty: FaultyStore, { timeout, refreshes }: { readonly timeout: number; readonly refreshes: number }): Promise<Scene> {
  const name = `scene-${String(process.pid)}-${String(scenes++)}`;
  const server = await serve({
    oauth: {
      store: faulty.store,
      timeout,
      keys: KEYS,
      accessToken: { format: 'opaque' },
      verifyUser: (username): User => ({ id: username }),
      findUser: (id) => ({ id }),
    },
  });
  server.clients.set(name, { ...(server.clients.get('C1') as Client), id: name, introspection: true });
  const headers = basic(name, SECRETS.C1);
  const answer = await login(server, { username: name, scope: 'a openid' }, headers);
  expectOk(answer);
  const first = tokensOf(answer);
  let held = first;
  for (let turn = 0; turn < refreshes; turn++) held = tokensOf(await refresh(server, held.refresh, {}, headers));
  return { server, faulty, name, headers, first, held };
}

/** How the app's own "log out everywhere" looks to who waits for it. */
const revokeUser = ({ server, name }: Scene): Promise<Pick<Answer, 'status'>> =>
  server.oauth.revoke({ userId: name }).then(() => ({ status: 200 }), () => ({ status: 503 }));

interface CutFlow {
  readonly act: (scene: Scene) => Promise<Pick<Answer, 'status'> & Partial<Answer>>;
  /** The answer where nothing fails. */
  readonly status: number;
  /** How many calls of the store it takes. */
  readonly calls: number;
  /** How often the session was refreshed before. */
  readonly refreshes?: number;
}

/** Every flow that asks the store for something, with how often it does. */
export const CUT_FLOWS = {
  'client_credentials': { status: 200, calls: 1, act: ({ server, headers }) => T(server, { grant_type: 'client_credentials', scope: 'a' }, headers) },
  'password': { status: 200, calls: 2, act: ({ server, headers, name }) => login(server, { username: name }, headers) },
  'refresh': { status: 200, calls: 4, act: ({ server, headers, held }) => refresh(server, held.refresh, {}, headers) },
  'a replayed refresh': { status: 400, calls: 3, refreshes: 2, act: ({ server, headers, first }) => refresh(server, first.refresh, {}, headers) },
  'revoking by refresh token': { status: 200, calls: 3, act: ({ server, headers, held }) => revoke(server, held.refresh, {}, headers) },
  'revoking by access token': { status: 200, calls: 2, act: ({ server, headers, held }) => revoke(server, held.access, {}, headers) },
  'introspecting an access token': { status: 200, calls: 2, act: ({ server, headers, held }) => introspect(server, held.access, headers) },
  'introspecting a refresh token': { status: 200, calls: 2, act: ({ server, headers, held }) => introspect(server, held.refresh, headers) },
  'userinfo': { status: 200, calls: 2, act: ({ server, held }) => send(server, '/oauth/userinfo', { headers: bearer(held.access) }) },
  'requireBearer': { status: 200, calls: 2, act: ({ server, held }) => R(server, held.access) },
  'oauth.revoke': { status: 200, calls: 1, act: revokeUser },
} as const satisfies Readonly<Record<string, CutFlow>>;

export type CutFlowName = keyof typeof CUT_FLOWS;
export const cutFlow = (name: CutFlowName): CutFlow => CUT_FLOWS[name];
