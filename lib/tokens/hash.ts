import crypto from 'node:crypto';

/** What stands for a token in a store or a memory: tokens are too long to guess, so a plain SHA-256 gives nothing away. */
export const hashToken = (token: string): string => sha256(token);

/** From Node 20.12 on there is a call for it that takes half the time. */
const sha256: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text, 'base64url')
    : (text) => crypto.createHash('sha256').update(text).digest('base64url');
