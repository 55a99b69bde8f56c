import { createHash } from 'node:crypto';

/** What hashSecret makes with SHA-256, at once. */
export const sha256Hash = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex')}`;
