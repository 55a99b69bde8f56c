import type { Request, Response } from 'express';
import type { Ask } from '../ask';
import { getAuth } from '../bearer/auth';
import { OAuthError } from '../errors';
import type { FindUser } from '../grants/refresh-token';
import { readUser } from '../grants/user';
import { sendJson } from '../http/send';
import { withoutReserved } from '../tokens/id-tokens';

/** The claims of the user behind a token (OpenID Connect Core §5.3); stands behind `requireBearer('openid', { user: true })`. */
export function userinfo(findUser: FindUser | undefined, ask: Ask): (req: Request, res: Response) => Promise<void> {
  return async (req, res) => {
    const { subject } = getAuth(req);
    if (findUser === undefined) {
      sendJson(res, 200, { sub: subject });
      return;
    }
    const user = readUser('findUser', await ask('findUser', () => findUser(subject)));
    if (user?.id !== subject) throw new OAuthError('invalid_token', 'The access token is not valid');
    sendJson(res, 200, { ...withoutReserved(user.claims), sub: subject });
  };
}
