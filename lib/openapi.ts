import { endpointUrl } from './endpoints/metadata';

/** A part of an OpenAPI 3.1 document, to be merged into the app's own. */
export interface OpenApiPart {
  readonly paths: Readonly<Record<string, object>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, object>>;
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, object>>;
  };
}

interface Described {
  readonly issuer: string;
  readonly hasPasswordGrant: boolean;
  /** The scopes of the app's routes. */
  readonly scopes: readonly string[];
}

/**
 * The endpoints and two security schemes, `user` (password grant, if it is on) and `service` (client credentials grant):
 * in one scheme, Swagger UI hides the second login form after the first.
 */
export function describeOpenApi({ issuer, hasPasswordGrant, scopes }: Described): OpenApiPart {
  const path = (name: string): string => `${new URL(issuer).pathname.replace(/\/$/, '')}${name}`;
  const flow = { tokenUrl: endpointUrl(issuer, '/token'), scopes: Object.fromEntries(scopes.map((scope) => [scope, scope])) };
  const userFlow = { ...flow, refreshUrl: flow.tokenUrl };
  return {
    paths: {
      [path('/token')]: { post: formOperation('Get a token (RFC 6749)', ['grant_type'], TOKEN_FIELDS, 'Token') },
      [path('/revoke')]: { post: formOperation('Revoke a token (RFC 7009)', ['token'], ['token', 'token_type_hint'], 'Empty') },
      [path('/introspect')]: { post: formOperation('Introspect a token (RFC 7662)', ['token'], ['token', 'token_type_hint'], 'Introspection') },
    },
    components: {
      securitySchemes: {
        ...(hasPasswordGrant ? { user: { type: 'oauth2', description: 'A user logs in', flows: { password: userFlow } } } : {}),
        service: { type: 'oauth2', description: 'A service acts for itself', flows: { clientCredentials: flow } },
      },
      schemas: SCHEMAS,
      responses: { Refused: { description: 'Refused', content: json('Error') } },
    },
  };
}

const TOKEN_FIELDS = ['grant_type', 'scope', 'username', 'password', 'refresh_token', 'resource', 'client_id', 'client_secret'];

function formOperation(summary: string, required: readonly string[], fields: readonly string[], answer: string): object {
  const schema = { type: 'object', required, properties: Object.fromEntries(fields.map((name) => [name, { type: 'string' }])) };
  return {
    summary,
    tags: ['OAuth'],
    // The client authenticates by Basic or in the body: neither is one of the API's own security schemes.
    security: [],
    requestBody: { required: true, content: { 'application/x-www-form-urlencoded': { schema } } },
    responses: { 200: { description: 'Answered', content: json(answer) }, default: { $ref: '#/components/responses/Refused' } },
  };
}

const json = (schema: string): object => ({ 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } });

const text = { type: 'string' };
const SCHEMAS: Readonly<Record<string, object>> = {
  Token: {
    type: 'object',
    required: ['access_token', 'token_type', 'expires_in'],
    properties: { access_token: text, token_type: text, expires_in: { type: 'integer' }, refresh_token: text, scope: text, id_token: text },
  },
  Introspection: { type: 'object', required: ['active'], properties: { active: { type: 'boolean' }, scope: text, client_id: text, sub: text, exp: { type: 'integer' } } },
  Empty: { type: 'object' },
  Error: { type: 'object', required: ['error'], properties: { error: text, error_description: text } },
};
