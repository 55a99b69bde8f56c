import { sha256 } from '../sha256';

/** What stands for a token in a store or a memory: tokens are too long to guess, so a plain SHA-256 gives nothing away. */
export const hashToken = (token: string): string => sha256(token, 'base64url');
