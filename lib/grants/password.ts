import type { Request } from 'express';
import type { Ask } from '../ask';
import type { Awaitable } from '../awaitable';
import { onBehalfOf } from '../clients/callers';
import type { Client } from '../clients/client';
import { invalidRequest, OAuthError, toOAuthError } from '../errors';
import type { Emit } from '../events';
import type { Params } from '../http/form';
import type { Guess } from '../throttle/guess';
import type { Throttle } from '../throttle/throttle';
import type { GrantHandler } from './grant';
import type { Policy } from './policy';
import { readUser, type User } from './user';

export interface VerifyUserContext {
  readonly client: Client;
  readonly req: Request;
}

/** Answers the user whom the password proves, `undefined` for no; throws `OAuthError` to refuse in words of its own. */
export type VerifyUser = (username: string, password: string, context: VerifyUserContext) => Awaitable<User | undefined>;

interface Parts {
  readonly verifyUser: VerifyUser;
  readonly policy: Policy;
  readonly throttle: Pick<Throttle, 'password'>;
  readonly ask: Ask;
  readonly emit: Emit;
}

/** UNICODECHARNOCRLF of RFC 6749 App. A.15 and A.16. */
const TEXT = /^[\t\x20-\x7E\x80-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u;
/** Longer than any password a person has; a verifier need not be asked to hash more. */
const MAX_BYTES = 1024;

/** RFC 6749 §4.3: the user's password, seen once, for an access token and a refresh token. */
export function passwordGrant({ verifyUser, policy, throttle, ask, emit }: Parts): GrantHandler {
  const verify = async (username: string, password: string, context: VerifyUserContext): Promise<User | undefined> => {
    const guess = throttle.password(username, context.client.id, context.req);
    await guess.take();
    try {
      const found: unknown = await ask('verifyUser', () => onBehalfOf(guess.caller(), password, () => verifyUser(username, password, context)));
      const user = believable(found, emit);
      if (user === undefined) await guess.wrong();
      else guess.right();
      return user;
    } catch (error) {
      await settleRefusal(guess, error);
      throw error;
    }
  };

  return {
    type: 'password',
    async handle(client, { params, scopes: requested, resources, req }) {
      const username = readText(params, 'username');
      const password = readText(params, 'password');
      const audience = policy.audience(client, resources);
      const user = await verify(username, password, { client, req });
      if (user === undefined) {
        emit({ type: 'login_failed', clientId: client.id, username, ...(req.ip === undefined ? {} : { address: req.ip }) });
        throw new OAuthError('invalid_grant', 'The user name or password is wrong');
      }
      const scopes = await policy.scopes({ client, user, requested });
      const authTime = Math.floor(Date.now() / 1000);
      return { user, authorization: { clientId: client.id, userId: user.id, scopes, audience, authTime } };
    },
  };
}

/** A refusal in the app's own words may mean a wrong password; a verifier that is broken or busy has told nobody anything. */
async function settleRefusal(guess: Guess, error: unknown): Promise<void> {
  if (toOAuthError(error).status < 500) await guess.wrong();
  else guess.undecided();
}

function readText(params: Params, name: 'username' | 'password'): string {
  const value = params[name];
  if (value === undefined) throw invalidRequest(`The parameter ${name} is missing`);
  if (!TEXT.test(value)) throw invalidRequest(`The parameter ${name} holds a character that is not allowed`);
  if (Buffer.byteLength(value) > MAX_BYTES) throw invalidRequest(`The parameter ${name} may have at most ${String(MAX_BYTES)} bytes`);
  return value;
}

/** A verifier that answers nonsense has not said yes; the operator hears of it. */
function believable(found: unknown, emit: Emit): User | undefined {
  try {
    return readUser('verifyUser', found);
  } catch (cause) {
    emit({ type: 'fault', where: 'verifyUser', cause });
    return undefined;
  }
}
