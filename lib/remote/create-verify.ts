import { after, type Awaitable } from '../awaitable';
import type { Emit } from '../events';
import type { IntrospectionSettings, ResourceServerSettings } from '../options/resource-server-settings';
import type { Json } from '../tokens/jws';
import type { Deadlines } from './deadlines';
import { createIntrospect, type Introspect } from './introspect';
import { createKept, type KeptFor } from './kept';
import { endpointOf, findMetadata } from './metadata';
import { createRemoteKeys, givenKeys } from './remote-keys';
import type { Verify } from './verify';
import { createIntrospectionVerifier } from './verify-by-introspection';
import { createKeyVerifier } from './verify-by-keys';

interface Parts {
  readonly settings: ResourceServerSettings;
  readonly deadlines: Deadlines;
  readonly emit: Emit;
}

/** The way of verifying a token that the options ask for. */
export function createVerify(parts: Parts): Verify {
  const { issuer, audience, way } = parts.settings;
  if (way.by === 'introspection') {
    return createIntrospectionVerifier({ issuer, audience, cacheFor: way.cacheFor, introspect: introspectAt(way, parts) });
  }
  const keys = way.by === 'keys' ? givenKeys(way.keys) : createRemoteKeys({ issuer, keptFor: way.keptFor, ...outside(parts) });
  return createKeyVerifier({ issuer, audience, keys });
}

/** How long the issuer's word on where it introspects is good. */
const METADATA_KEPT: KeptFor = { maxAge: 300, keepFor: 7200, cooldown: 10 };

function introspectAt({ endpoint, clientId, clientSecret }: IntrospectionSettings, parts: Parts): Introspect {
  const { issuer } = parts.settings;
  const { deadlines, report } = outside(parts);
  const load = (): Promise<Json> => deadlines.within('The issuer', (signal) => findMetadata(issuer, signal));
  const metadata = createKept({ ...METADATA_KEPT, load, report });
  const found = (): Awaitable<string> => after(metadata.get(), (json) => endpointOf(json, 'introspection_endpoint', issuer));
  return createIntrospect({ endpoint: endpoint === undefined ? found : () => endpoint, clientId, clientSecret, deadlines });
}

const outside = ({ deadlines, emit }: Parts): { readonly deadlines: Deadlines; readonly report: (cause: unknown) => void } => ({
  deadlines,
  report: (cause) => { emit({ type: 'fault', where: 'the issuer, asked in the background', cause }); },
});
