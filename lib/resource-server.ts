import { Router } from 'express';
import { noteScopes } from './bearer/note-scopes';
import { createRequireBearer, type RequireBearer } from './bearer/require-bearer';
import { serveDocuments, type Document } from './endpoints/documents';
import { createEmit } from './events';
import type { ResourceServerOptions } from './options/resource-server-options';
import { readResourceServerSettings, type ResourceServerSettings } from './options/resource-server-settings';
import { createVerify } from './remote/create-verify';
import { createDeadlines } from './remote/deadlines';
import { canHaveMetadata, createMetadataFor, resourceMetadata, resourceMetadataPath } from './resource-metadata';

/** What protects the routes of a process that does not issue tokens itself. */
export interface ResourceServer {
  readonly requireBearer: RequireBearer;
  /** The metadata of the resources (RFC 9728 §3), for the root of their origin: `app.use(resources.wellKnown)`. */
  readonly wellKnown: Router;
  /** Breaks off what is being asked of the issuer, and asks nothing more. */
  close(): Promise<void>;
}

/**
 * The `requireBearer` of an `oauthRouter` in another process. It learns of good tokens from the issuer's JWKS, from keys given,
 * or by introspection. Talks to nobody before the first token comes. Throws one `TypeError` that lists everything that is wrong
 * with the options.
 */
export function resourceServer(options: ResourceServerOptions): ResourceServer {
  const settings = readResourceServerSettings(options);
  const { audience, realm, timeout } = settings;
  const emit = createEmit(settings.onEvent);
  const deadlines = createDeadlines(timeout);
  const verify = createVerify({ settings, deadlines, emit });
  const routeScopes = new Set<string>();
  return {
    requireBearer: noteScopes(createRequireBearer({ verify, realm, emit, metadataFor: createMetadataFor(audience) }), routeScopes),
    wellKnown: Router().use(serveDocuments(resourceDocuments(settings, () => [...routeScopes]))),
    close: () => {
      deadlines.close();
      return Promise.resolve();
    },
  };
}

function resourceDocuments({ issuer, audience }: ResourceServerSettings, scopes: () => readonly string[]): ReadonlyMap<string, Document> {
  const resources = audience.filter(canHaveMetadata);
  return new Map(resources.map((resource) => [resourceMetadataPath(resource), () => resourceMetadata({ resource, issuer, scopes: scopes() })]));
}
