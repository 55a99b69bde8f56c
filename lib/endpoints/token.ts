import type { Request, RequestHandler } from 'express';
import { after, attempt, type Awaitable } from '../awaitable';
import type { Authenticate } from '../clients/authenticate';
import type { KnownClient } from '../clients/client';
import { invalidRequest, OAuthError, toOAuthError } from '../errors';
import type { Emit } from '../events';
import type { GrantHandler } from '../grants/grant';
import type { Form } from '../http/form';
import { sendJson } from '../http/send';
import { parseResources } from '../resources';
import { parseScope } from '../scopes';
import type { Revocations } from '../tokens/revocations';
import { formEndpoint, type FormEndpointSettings } from './endpoint';
import type { Issue, TokenAnswer } from './issue';

export interface TokenEndpointParts extends FormEndpointSettings {
  readonly authenticate: Authenticate;
  readonly grants: ReadonlyMap<string, GrantHandler>;
  readonly revocations: Pick<Revocations, 'issueTime'>;
  readonly issue: Issue;
}

interface Asked {
  readonly req: Request;
  /**
   * When the request came, before anything was proven. Its tokens are dated so: who is logged out while an old password is still
   * being compared must not be left with what comes of it.
   */
  readonly begun: number;
}

/** The token endpoint (RFC 6749 §3.2), its steps in the order of the RFC. */
export function tokenEndpoint({ authenticate, grants, revocations, issue, ...settings }: TokenEndpointParts): RequestHandler {
  const grantTokens = (client: KnownClient, { params, resources }: Form, { req, begun }: Asked): Awaitable<TokenAnswer> => {
    const grant = chooseGrant(grants, client, params.grant_type);
    const request = { params, resources: parseResources(resources), scopes: parseScope(params.scope), req };
    return after(grant.handle(client, request, begun), (granted) => issue(client, grant.type, granted, begun));
  };

  return formEndpoint(settings, (form, req, res) => {
    const begun = revocations.issueTime();
    return after(authenticate(req, form.params), (client) => {
      const answer = attempt(() => grantTokens(client, form, { req, begun }), reportRefusal(settings.emit, client, form, req));
      return after(answer, (tokens) => { sendJson(res, 200, tokens); });
    });
  });
}

/** RFC 6749 §5.2: missing, unknown, or not this client's. */
function chooseGrant(grants: ReadonlyMap<string, GrantHandler>, client: KnownClient, type: string | undefined): GrantHandler {
  if (type === undefined) throw invalidRequest('The parameter grant_type is missing');
  const grant = grants.get(type);
  if (grant === undefined) throw new OAuthError('unsupported_grant_type', 'This grant type is not supported');
  if (!client.grants.includes(type)) throw new OAuthError('unauthorized_client', 'This client may not use this grant type');
  return grant;
}

function reportRefusal(emit: Emit, client: KnownClient, { params }: Form, req: Request): (caught: unknown) => never {
  return (caught) => {
    const error = toOAuthError(caught);
    const grantType = params.grant_type;
    if (error.status < 500) {
      emit({
        type: 'token_refused',
        error: error.code,
        clientId: client.id,
        ...(grantType === undefined ? {} : { grantType }),
        ...(req.ip === undefined ? {} : { address: req.ip }),
      });
    }
    throw error;
  };
}
