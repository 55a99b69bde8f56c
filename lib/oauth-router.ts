import { Router } from 'express';
import { after } from './awaitable';
import { createRequireBearer, type RequireBearer } from './bearer/require-bearer';
import { compose, type Parts } from './compose';
import { onlyMethods } from './endpoints/method';
import { createReadRequest } from './endpoints/read-request';
import { tokenEndpoint } from './endpoints/token';
import type { OAuthRouterOptions } from './options/options';
import { readSettings, type Settings } from './options/settings';
import { isMeantFor } from './tokens/verify-jwt';

/** An Express router with the token endpoint and its siblings, and what protects the routes behind it. */
export interface OAuthRouter extends Router {
  readonly requireBearer: RequireBearer;
  /** Stops timers and lets go of what the store itself opened. */
  close(): Promise<void>;
}

/**
 * Makes the OAuth 2.0 endpoints of an app: mount what it returns where `issuer` says.
 * Throws one `TypeError` that lists everything that is wrong with the options.
 */
export function oauthRouter(options: OAuthRouterOptions): OAuthRouter {
  const settings = readSettings(options);
  const parts = compose(settings);
  return Object.assign(mountEndpoints(settings, parts), {
    requireBearer: requireOwnBearer(settings, parts),
    close: async () => {
      await settings.store.close?.();
    },
  });
}

function mountEndpoints({ realm, requireTls, timeout }: Settings, parts: Parts): Router {
  const router = Router();
  const readRequest = createReadRequest(requireTls, timeout);
  router.route('/token').post(tokenEndpoint({ name: 'token endpoint', realm, readRequest, ...parts })).all(onlyMethods('POST'));
  return router;
}

function requireOwnBearer({ accessToken, realm }: Settings, { accessTokens, emit }: Parts): RequireBearer {
  const verify = (token: string): ReturnType<typeof accessTokens.verify> =>
    after(accessTokens.verify(token), (found) => (found && isMeantFor(found, accessToken.audience) ? found : undefined));
  return createRequireBearer({ verify, realm, emit, metadataFor: () => undefined });
}
