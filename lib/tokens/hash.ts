import { createHash } from 'node:crypto';

/** What stands for a token in a store or a memory: tokens are too long to guess, so a plain SHA-256 gives nothing away. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');
