import { after } from '../awaitable';
import { OAuthError } from '../errors';
import type { GrantHandler } from './grant';
import type { Policy } from './policy';

/** RFC 6749 §4.4: the app acts for itself. No refresh token, no user, and no client that cannot keep a secret. */
export function clientCredentialsGrant(policy: Policy): GrantHandler {
  return {
    type: 'client_credentials',
    handle(client, request) {
      if (client.public === true) throw new OAuthError('unauthorized_client', 'A public client cannot use this grant');
      const audience = policy.audience(client, request.resources);
      return after(policy.scopes({ client, user: undefined, requested: request.scopes }), (scopes) => ({
        authorization: { clientId: client.id, scopes, audience },
      }));
    },
  };
}
