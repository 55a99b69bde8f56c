import { expectError, expectOk } from '../expect';
import { R, refresh, revoke } from '../http';
import { tokensOf, type CutFlowName, type Scene, type Tokens } from './cut-flows';

/** What comes after a flow that was cut off, and has to hold whatever became of the call. */
export interface Ending {
  readonly name: string;
  readonly of: readonly CutFlowName[];
  /** Seconds that pass before. */
  readonly after?: number;
  readonly play: (scene: Scene) => Promise<void>;
}

const READING: readonly CutFlowName[] = ['introspecting an access token', 'introspecting a refresh token', 'userinfo', 'requireBearer'];
const REVOKING: readonly CutFlowName[] = ['revoking by refresh token', 'revoking by access token'];

export const ENDINGS: readonly Ending[] = [
  {
    name: 'the client asks again, and goes on along one line',
    of: ['refresh'],
    async play(scene) {
      const again = await refreshed(scene, scene.held);
      const next = await refreshed(scene, again);
      for (const { access } of [scene.held, again, next]) expect((await R(scene.server, access)).status).toBe(200);
      // The token before the last one is dead, and takes all with it.
      await expectDead(scene, [scene.held, next, again]);
    },
  },
  {
    name: 'the client revokes the token it has, and what it never got ends too',
    of: ['refresh'],
    async play(scene) {
      expect((await revoke(scene.server, scene.held.refresh, {}, scene.headers)).status).toBe(200);
      await expectDead(scene, [scene.held]);
    },
  },
  {
    name: 'the client revokes its access token, and what it never got ends too',
    of: ['refresh'],
    async play(scene) {
      expect((await revoke(scene.server, scene.held.access, {}, scene.headers)).status).toBe(200);
      await expectDead(scene, [scene.held]);
    },
  },
  {
    name: 'the client comes back after the window: it goes on alone, or all has ended',
    of: ['refresh'],
    after: 60,
    async play(scene) {
      const answer = await refresh(scene.server, scene.held.refresh, {}, scene.headers);
      if (answer.status === 200) {
        const next = await refreshed(scene, await refreshed(scene, tokensOf(answer)));
        expect((await R(scene.server, next.access)).status).toBe(200);
        await expectDead(scene, [scene.held, next]);
      } else {
        await expectDead(scene, [scene.held]);
      }
    },
  },
  {
    name: 'the user is logged out everywhere, and what nobody got ends too',
    of: ['password', 'refresh', 'oauth.revoke'],
    async play(scene) {
      await scene.server.oauth.revoke({ userId: scene.name });
      await expectDead(scene, [scene.held]);
    },
  },
  {
    name: 'the client is cut off, and what it never got ends too',
    of: ['client_credentials', 'password'],
    async play(scene) {
      await scene.server.oauth.revoke({ clientId: scene.name });
      await expectDead(scene, [scene.held]);
    },
  },
  {
    name: 'the thief comes again, and the family ends',
    of: ['a replayed refresh'],
    async play(scene) {
      await expectDead(scene, [scene.first, scene.held]);
    },
  },
  {
    name: 'the client asks again, and the session is over',
    of: REVOKING,
    async play(scene) {
      const token = scene.held.refresh;
      expect((await revoke(scene.server, token, {}, scene.headers)).status).toBe(200);
      await expectDead(scene, [scene.held]);
    },
  },
  {
    name: 'nothing has changed',
    of: READING,
    async play(scene) {
      expect((await R(scene.server, scene.held.access)).status).toBe(200);
      await refreshed(scene, await refreshed(scene, scene.held));
    },
  },
];

async function refreshed({ server, headers }: Scene, { refresh: token }: Tokens): Promise<Tokens> {
  const answer = await refresh(server, token, {}, headers);
  expectOk(answer);
  return tokensOf(answer);
}

/** Nothing works any more, of what the client holds and of what it never got. */
async function expectDead({ server, headers, faulty: { lost } }: Scene, tokens: readonly Tokens[]): Promise<void> {
  for (const token of [...tokens.map((each) => each.refresh), ...lost.refresh]) {
    expectError(await refresh(server, token, {}, headers), 400, 'invalid_grant');
  }
  for (const token of [...tokens.map((each) => each.access), ...lost.access]) {
    expect((await R(server, token)).status).toBe(401);
  }
}

/** Long enough for every entry of the list to be forgotten, and not for a session. */
export async function expectStillDead({ server, headers, held, faulty: { lost } }: Scene): Promise<void> {
  for (const token of [held.refresh, ...lost.refresh]) expectError(await refresh(server, token, {}, headers), 400, 'invalid_grant');
}
