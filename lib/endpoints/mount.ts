import { Router, type RequestHandler } from 'express';
import type { RequireBearer } from '../bearer/require-bearer';
import type { Parts } from '../compose';
import { shareShape } from '../http/shape';
import type { Settings } from '../options/settings';
import { publicJwk } from '../tokens/keys';
import { serveDocument } from './documents';
import { basicChallenge, bearerChallenge, endpoint } from './endpoint';
import { introspectEndpoint } from './introspect';
import { onlyMethods } from './method';
import { createMountCheck } from './mount-check';
import { createReadRequest } from './read-request';
import { revokeEndpoint } from './revoke';
import { onlyOverTls } from './tls';
import { tokenEndpoint } from './token';
import { userinfo } from './userinfo';
import { SERVER_DOCUMENTS, serverDocument } from './well-known';

/** Puts every endpoint under the mount; what is none of them goes on to the app. */
export function mountEndpoints(settings: Settings, parts: Parts, requireBearer: RequireBearer): Router {
  const { issuer, realm, requireTls, timeout, findUser } = settings;
  const router = Router();
  const checkMount = createMountCheck(issuer);
  const readRequest = createReadRequest({ requireTls, timeout });
  const form = { ...parts, readRequest, findUser, issuer, challenge: basicChallenge(realm) };
  const token: RequestHandler = tokenEndpoint({ ...form, name: 'token endpoint' });
  router.use((req, _res, next) => {
    checkMount(req);
    next();
  });
  const tokenRoute = router.route('/token').post(token).all(onlyMethods('POST'));
  router.route('/revoke').post(revokeEndpoint({ ...form, name: 'revocation endpoint' })).all(onlyMethods('POST'));
  router.route('/introspect').post(introspectEndpoint({ ...form, name: 'introspection endpoint' })).all(onlyMethods('POST'));
  router.all('/jwks', serveDocument(() => ({ keys: parts.keys.all().flatMap((key) => publicJwk(key) ?? []) })));
  const claims = endpoint({ name: 'userinfo endpoint', emit: parts.emit, challenge: bearerChallenge(realm) }, userinfo(findUser, parts.ask));
  const openid = requireBearer('openid', { user: true });
  router.route('/userinfo').all(onlyOverTls(requireTls)).get(openid, claims).post(openid, claims).all(onlyMethods('GET', 'HEAD', 'POST'));
  for (const name of SERVER_DOCUMENTS) router.all(`/.well-known/${name}`, serveDocument(serverDocument(settings, parts)));
  return shortCut(router, (req, res, next) => {
    shareShape(req);
    shareShape(res);
    if (req.url !== '/token' || req.method !== 'POST') return router(req, res, next);
    checkMount(req);
    req.route = tokenRoute;
    return token(req, res, next);
  });
}

/** `router` in all it has, but for what it does when it is called. The way to a route inside it takes Express ten times as long as signing a token. */
const shortCut = (router: Router, handler: RequestHandler): Router => Object.setPrototypeOf(handler, router) as Router;
