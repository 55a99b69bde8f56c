import { randomUUID } from 'node:crypto';
import { generateSecret, hashSecret } from '../clients/secrets';
import { textOf, usageError, type Command } from './command';

/** A client id and a new secret, with the hash to store. */
export const secret: Command = {
  summary: 'make a client id and secret, with the hash to store',
  usage: 'secret [--id NAME]',
  options: { id: { type: 'string' } },
  async run(values) {
    const id = textOf(values.id) ?? randomUUID();
    const made = generateSecret();
    const secretHash = await hashSecret(made);
    return {
      json: { id, secret: made, secretHash },
      text: `client id    ${id}\nsecret       ${made}\nsecretHash   ${secretHash}\n\nGive id and secret to the client; store id and secretHash. The secret is not shown again.`,
    };
  },
};

/** The hash of a secret that is read from standard input: an argument would stand in the process list. */
export const hash: Command = {
  summary: 'hash a secret read from standard input',
  usage: 'hash [--algorithm bcrypt|sha256] [--cost 12] < secret.txt',
  options: { algorithm: { type: 'string' }, cost: { type: 'string' } },
  async run(values, positionals, { input }) {
    if (positionals.length > 0) throw usageError('the secret is read from standard input, not from the arguments, which everyone on this machine can see');
    const algorithm = textOf(values.algorithm);
    if (algorithm !== undefined && algorithm !== 'bcrypt' && algorithm !== 'sha256') throw usageError('--algorithm is bcrypt or sha256');
    const cost = textOf(values.cost);
    const given = (await input()).replace(/\r?\n$/, '');
    if (given === '') throw usageError('standard input is empty; try: printf %s "$SECRET" | express-token-endpoint hash');
    const made = await hashSecret(given, { ...(algorithm === undefined ? {} : { algorithm }), ...(cost === undefined ? {} : { cost: Number(cost) }) });
    return { json: { secretHash: made }, text: made };
  },
};
