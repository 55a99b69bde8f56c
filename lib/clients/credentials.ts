import type { Request } from 'express';
import { invalidClient, invalidRequest } from '../errors';
import { hasControl, readBasic, type Credential } from '../http/basic';
import type { Params } from '../http/form';
import { singleHeader } from '../http/headers';
import type { AuthMethod } from './client';

/** Who a request says it is: untrusted until `authenticate` has looked at it. */
export interface Credentials {
  readonly method: AuthMethod;
  /** One credential, or the several readings of one Basic header; never none. */
  readonly readings: readonly Credential[];
}

/** The credentials of a client, by exactly one mechanism (RFC 6749 §2.3). */
export function readCredentials(req: Request, params: Params): Credentials {
  const header = singleHeader(req, 'authorization');
  // Client assertions (RFC 7521 §4.2) are not offered: whoever sends one does not authenticate.
  if (params.client_assertion !== undefined || params.client_assertion_type !== undefined) throw invalidClient();
  return header === undefined ? fromBody(params) : fromHeader(header, params);
}

function fromHeader(header: string, params: Params): Credentials {
  const readings = readBasic(header);
  const [first] = readings;
  if (first === undefined) throw invalidClient();
  if (params.client_secret !== undefined) {
    throw invalidRequest('The client must authenticate in one way: by the Authorization header or in the body');
  }
  const named = params.client_id;
  if (named !== undefined && !readings.some(({ id }) => id === named)) {
    throw invalidRequest('client_id must name the client of the Authorization header');
  }
  const meant = named === undefined ? readings : readings.filter(({ id }) => id === named);
  return { method: first.secret === '' ? 'none' : 'client_secret_basic', readings: meant };
}

function fromBody({ client_id: id, client_secret: secret }: Params): Credentials {
  if (id === undefined || hasControl(id) || (secret !== undefined && hasControl(secret))) throw invalidClient();
  return secret === undefined
    ? { method: 'none', readings: [{ id, secret: '' }] }
    : { method: 'client_secret_post', readings: [{ id, secret }] };
}
