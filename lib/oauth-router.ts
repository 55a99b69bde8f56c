import { Router } from 'express';
import { after } from './awaitable';
import { noteScopes } from './bearer/note-scopes';
import { createRequireBearer, type RequireBearer } from './bearer/require-bearer';
import { compose, type Parts } from './compose';
import { serveDocuments } from './endpoints/documents';
import { mountEndpoints } from './endpoints/mount';
import { wellKnownDocuments } from './endpoints/well-known';
import type { OAuthRouterOptions } from './options/options';
import { readNewKeys, readSettings, type Settings } from './options/settings';
import { describeOpenApi, type OpenApiPart } from './openapi';
import { createMetadataFor } from './resource-metadata';
import type { AccessTokens } from './tokens/access-tokens';
import type { KeyOption } from './tokens/keys';
import { readRevokeTarget, type RevokeTarget } from './tokens/revoke';
import { isMeantFor } from './tokens/verify-jwt';

/** An Express router with the token endpoint and its siblings, and what protects the routes behind it. */
export interface OAuthRouter extends Router {
  readonly requireBearer: RequireBearer;
  /** The discovery documents that must stand at the origin's root (RFC 8414 §3.1): `app.use(oauth.wellKnown)`. */
  readonly wellKnown: Router;
  /**
   * Revokes all that was issued until now to a user ("log out everywhere"), to a client ("cut this app off"), or to the user
   * through the client. Rejects when the store could not do it.
   */
  revoke(target: RevokeTarget): Promise<void>;
  /** Replaces the signing keys without a restart: the first signs, all verify. Throws what is wrong with them. */
  useKeys(keys: readonly KeyOption[]): void;
  /** The endpoints and two security schemes, `user` and `service`, for the app's own OpenAPI document. */
  openapi(): OpenApiPart;
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
  const requireBearer = requireOwnBearer(settings, parts);
  const routeScopes = new Set<string>();
  const router = Object.assign(mountEndpoints(settings, parts, requireBearer), {
    requireBearer: noteScopes(requireBearer, routeScopes),
    wellKnown: Router().use(serveDocuments(wellKnownDocuments(settings, parts, () => [...routeScopes]))),
    revoke: async (target: RevokeTarget) => parts.revoke.all(readRevokeTarget(target)),
    useKeys: (keys: readonly KeyOption[]) => {
      parts.keys.replace(readNewKeys(keys));
    },
    openapi: () => describeOpenApi({ issuer: settings.issuer, hasPasswordGrant: parts.grants.has('password'), scopes: [...routeScopes] }),
    close: async () => {
      await settings.store.close?.();
    },
  });
  testIssuers.set(router, { accessTokens: parts.accessTokens, ownAudience: settings.accessToken.audience });
  return router;
}

interface TestIssuer {
  readonly accessTokens: Pick<AccessTokens, 'issue'>;
  readonly ownAudience: readonly string[];
}

/** For `/testing` alone: nothing on the router itself can issue a token past the grants. */
const testIssuers = new WeakMap<OAuthRouter, TestIssuer>();

export function testIssuerOf(router: OAuthRouter): TestIssuer {
  const issuer = testIssuers.get(router);
  if (issuer === undefined) throw new TypeError('this is no router that oauthRouter made');
  return issuer;
}

function requireOwnBearer({ accessToken, realm }: Settings, { accessTokens, emit }: Parts): RequireBearer {
  const verify = (token: string): ReturnType<typeof accessTokens.verify> =>
    after(accessTokens.verify(token), (found) => (found && isMeantFor(found, accessToken.audience) ? found : undefined));
  return createRequireBearer({ verify, realm, emit, metadataFor: createMetadataFor(accessToken.audience) });
}
