import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { expressjwt } from 'express-jwt';
import { createVerifier } from 'fast-jwt';
import jwt from 'jsonwebtoken';
import passport from 'passport';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { ExtractJwt, Strategy as JwtStrategy } from 'passport-jwt';
import { boundedMap, guarded, keyOf } from './common.mjs';

const holds = (claims, scope) => typeof claims.scope === 'string' && claims.scope.split(' ').includes(scope);

/** A check by hand, as those who take a JWT library alone write it. */
const byHand = (verify, scope) => (req, res, next) => {
  try {
    const claims = verify(req.headers.authorization?.slice(7) ?? '');
    if (!holds(claims, scope)) return res.sendStatus(403);
    req.auth = claims;
    return next();
  } catch {
    return res.sendStatus(401);
  }
};

const jwtOptions = ({ issuer, alg }) => ({ algorithms: [alg], issuer, audience: issuer });

const guards = {
  'express-oauth2-jwt-bearer': ({ issuer, alg, key, scope }) => {
    const way = alg === 'HS256' ? { secret: key } : { publicKey: key };
    const authenticate = auth({ issuer, audience: issuer, tokenSigningAlg: alg, ...way });
    const covers = requiredScopes(scope);
    return (req, res, next) => authenticate(req, res, (error) => (error ? next(error) : covers(req, res, next)));
  },
  'express-jwt': (config) => {
    const authenticate = expressjwt({ secret: keyOf(config), ...jwtOptions(config) });
    return (req, res, next) => authenticate(req, res, (error) => (error ? next(error) : holds(req.auth, config.scope) ? next() : res.sendStatus(403)));
  },
  'passport-jwt': (config) => {
    const options = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: keyOf(config), ...jwtOptions(config) };
    passport.use(new JwtStrategy(options, (claims, done) => done(null, holds(claims, config.scope) ? { id: claims.sub } : false)));
    return passport.authenticate('jwt', { session: false });
  },
  'passport-http-bearer': ({ scope, token }) => {
    const tokens = boundedMap();
    tokens.set(token, { user: { id: 'user-1' }, scope, expires: Date.now() + 86_400_000 });
    passport.use(new BearerStrategy((presented, done) => {
      const found = tokens.get(presented);
      done(null, found !== undefined && found.expires > Date.now() && holds(found, scope) ? found.user : false, { scope });
    }));
    return passport.authenticate('bearer', { session: false });
  },
  'fast-jwt': ({ issuer, alg, key, scope, cache }) => byHand(createVerifier({ key, algorithms: [alg], allowedIss: issuer, allowedAud: issuer, cache: cache ?? false }), scope),
  jsonwebtoken: (config) => {
    const key = keyOf(config);
    const options = jwtOptions(config);
    return byHand((token) => jwt.verify(token, key, options), config.scope);
  },
};

/** A guard before the route /files; `peer` says which. */
export default (config) => guarded(guards[config.peer](config));
