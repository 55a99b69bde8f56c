import type { Grant, OAuthEvent, OAuthRouterOptions } from '../../lib';
import { PASSWORD, U1, type ExpressMajor, type TestServer } from './app';
import { passTime } from './clock';
import { bearer, C1, login, post, R, refresh, send, T, type Answer } from './http';
import { serve } from './serve';
import { storeAround, type Verb } from './store';

/** Where the package asks something that is not its own: the app's callbacks, and the verbs of the store. */
export type Seam = 'findClient' | 'verifyUser' | 'findUser' | 'grantScopes' | 'claims' | 'grant' | Verb;

export interface Breakable {
  readonly server: TestServer;
  /** What this seam does from now on, in place of its work. */
  breakSeam(seam: Seam, behaviour: () => unknown): void;
  mend(): void;
  /** How often the seam has been asked since it was broken. */
  asked(): number;
}

export const OWN_GRANT = 'urn:example:code';

/** A server each of whose seams can be broken while it runs. */
export async function serveBreakable(express: ExpressMajor, options: Partial<OAuthRouterOptions> = {}): Promise<Breakable> {
  let broken: { readonly seam: Seam; readonly behaviour: () => unknown } | undefined;
  let count = 0;
  const through = <T>(seam: Seam, work: () => T): T => {
    if (broken?.seam !== seam) return work();
    count += 1;
    return broken.behaviour() as T;
  };
  const ownGrant: Grant = { type: OWN_GRANT, handle: () => through('grant', () => ({ userId: U1.id })) };
  const server = await serve({
    express,
    oauth: {
      accessToken: { format: 'opaque', claims: () => through('claims', () => ({})) },
      verifyUser: (username, password) => through('verifyUser', () => (username === 'U1' && password === PASSWORD ? U1 : undefined)),
      findUser: () => through('findUser', () => U1),
      grantScopes: ({ requested }) => through('grantScopes', () => [...requested]),
      grants: [ownGrant],
      store: storeAround((verb, call) => through(verb, call)),
      ...options,
    },
  });
  server.clients.set('C1', { ...server.clients.get('C1')!, grants: ['client_credentials', 'password', 'refresh_token', OWN_GRANT] });
  const find = server.clients.get.bind(server.clients);
  server.clients.get = (id) => through('findClient', () => find(id));
  return {
    server,
    breakSeam(seam, behaviour) {
      broken = { seam, behaviour };
      count = 0;
      // The list of revocations is read again, and no answer comes from what is remembered of it.
      passTime(3);
    },
    mend() { broken = undefined; },
    asked: () => count,
  };
}

export interface Session {
  readonly access: unknown;
  readonly refresh: unknown;
}

/** The flows that a fault can cut off: each one request, which answers 200 where nothing is broken. */
export const FLOWS = {
  client_credentials: ({ server }: Breakable) => T(server, { grant_type: 'client_credentials', scope: 'a' }),
  password: ({ server }: Breakable) => login(server, { scope: 'a openid' }),
  refresh_token: ({ server }: Breakable, session: Session) => refresh(server, session.refresh),
  'a grant of the app': ({ server }: Breakable) => T(server, { grant_type: OWN_GRANT, scope: 'a' }),
  'a protected route': ({ server }: Breakable, session: Session) => R(server, session.access),
  userinfo: ({ server }: Breakable, session: Session) => send(server, '/oauth/userinfo', { headers: bearer(session.access) }),
  introspection: ({ server }: Breakable, session: Session) => post(server, '/oauth/introspect', { token: String(session.access) }, C1),
  'introspection of a refresh token': ({ server }: Breakable, session: Session) => post(server, '/oauth/introspect', { token: String(session.refresh) }, C1),
  'revocation of an access token': ({ server }: Breakable, session: Session) => post(server, '/oauth/revoke', { token: String(session.access) }, C1),
  'revocation of a refresh token': ({ server }: Breakable, session: Session) => post(server, '/oauth/revoke', { token: String(session.refresh) }, C1),
} as const satisfies Record<string, (breakable: Breakable, session: Session) => Promise<Answer>>;
export type Flow = keyof typeof FLOWS;

const GRANTING: readonly Flow[] = ['client_credentials', 'password', 'refresh_token', 'a grant of the app'];
const TOKEN_FLOWS: readonly Flow[] = ['a protected route', 'userinfo', 'introspection'];
const REFRESH_FLOWS: readonly Flow[] = ['refresh_token', 'introspection of a refresh token', 'revocation of a refresh token'];

/** Which flows ask which seam. */
export const ASKED_BY: Readonly<Record<Seam, readonly Flow[]>> = {
  findClient: [...GRANTING, 'introspection', 'introspection of a refresh token', 'revocation of an access token', 'revocation of a refresh token'],
  verifyUser: ['password'],
  findUser: ['refresh_token', 'userinfo', 'introspection', 'introspection of a refresh token'],
  grantScopes: GRANTING,
  claims: GRANTING,
  grant: ['a grant of the app'],
  createFamily: ['password', 'a grant of the app'],
  findFamily: REFRESH_FLOWS,
  rotateFamily: ['refresh_token'],
  saveAccessToken: GRANTING,
  findAccessToken: [...TOKEN_FLOWS, 'revocation of an access token'],
  revoke: ['revocation of an access token', 'revocation of a refresh token'],
  revocations: [...TOKEN_FLOWS, ...REFRESH_FLOWS],
};

export const SEAMS: readonly Seam[] = Object.keys(ASKED_BY) as Seam[];

/** A fresh session of user U1 in client C1, whose access token nobody has looked at yet. */
export async function newSession({ server }: Breakable): Promise<Session> {
  const { json } = await login(server, { scope: 'a openid' });
  return { access: json['access_token'], refresh: json['refresh_token'] };
}

/** What faults were reported with, each with the causes behind it. */
export function faultCauses(events: readonly OAuthEvent[]): unknown[] {
  return events.flatMap((event) => (event.type === 'fault' ? chain(event.cause) : []));
}

function chain(cause: unknown): unknown[] {
  return cause instanceof Error && 'cause' in cause ? [cause, ...chain(cause.cause)] : [cause];
}

/** Until whatever is still under way in this process has come to rest: an unhandled rejection fails the test that waits for it. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
