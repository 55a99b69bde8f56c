import { createHash, createPublicKey, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import express from 'express';
import jwt from 'jsonwebtoken';

/** What every peer of the bench is told: `{ issuer, id, secretSha256, scope, key, alg, keyObject, format }`. */

const sha256 = (text) => createHash('sha256').update(text).digest();

/** The same look at the client's secret that this package takes. */
export const isSecretRight = (secret, { secretSha256 }) => timingSafeEqual(sha256(secret ?? ''), Buffer.from(secretSha256, 'hex'));

/** A verification key as its README says, or made once. */
export function keyOf({ key, alg, keyObject }) {
  if (!keyObject) return key;
  return alg === 'HS256' ? createSecretKey(Buffer.from(key)) : createPublicKey(key);
}

export function signAccessToken(config, key, { scope, sub = config.id }) {
  const { issuer, id } = config;
  const claims = { iss: issuer, sub, aud: issuer, client_id: id, scope, jti: randomBytes(24).toString('base64url') };
  return jwt.sign(claims, key, { algorithm: config.alg, expiresIn: 3600, header: { typ: 'at+jwt' } });
}

/** A store in memory as a first version of it would be, that does not grow for ever. */
export function boundedMap() {
  const map = new Map();
  return {
    get: (name) => map.get(name),
    set(name, value) {
      if (map.size >= 100_000) map.clear();
      map.set(name, value);
    },
  };
}

/** An app whose route /files is guarded by `guard`. */
export function guarded(guard) {
  const app = express();
  app.get('/files', guard, (_req, res) => {
    res.json({ for: 'user-1' });
  });
  return app;
}
