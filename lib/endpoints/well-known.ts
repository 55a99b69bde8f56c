import type { Parts } from '../compose';
import type { Settings } from '../options/settings';
import { canHaveMetadata, resourceMetadata, resourceMetadataPath } from '../resource-metadata';
import type { Document } from './documents';
import { serverMetadata, wellKnownPath } from './metadata';

export const SERVER_DOCUMENTS: readonly string[] = ['oauth-authorization-server', 'openid-configuration'];

export const serverDocument =
  (settings: Settings, { grants, keys }: Pick<Parts, 'grants' | 'keys'>): Document =>
  () =>
    serverMetadata(settings, [...grants.keys()], keys);

/** The documents that stand at the root of the origin, by their paths: of the server, and of each resource on the same origin. */
export function wellKnownDocuments(settings: Settings, parts: Pick<Parts, 'grants' | 'keys'>, scopes: () => readonly string[]): ReadonlyMap<string, Document> {
  const { issuer, accessToken } = settings;
  const { origin } = new URL(issuer);
  const ownResources = accessToken.audience.filter((resource) => canHaveMetadata(resource) && new URL(resource).origin === origin);
  return new Map<string, Document>([
    ...SERVER_DOCUMENTS.map((name): [string, Document] => [wellKnownPath(name, issuer), serverDocument(settings, parts)]),
    ...ownResources.map((resource): [string, Document] => [
      resourceMetadataPath(resource),
      () => resourceMetadata({ resource, issuer, scopes: scopes() }),
    ]),
  ]);
}
