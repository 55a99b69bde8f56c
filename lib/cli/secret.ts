import { randomUUID } from 'node:crypto';
import { generateSecret, hashSecret } from '../clients/secrets';
import { textOf, usageError, type Command } from './command';

/** A client id and a new secret, with the hash to store. */
export const secret: Command = {
  summary: 'make a client id and secret, with the hash to store',
  usage: 'secret [--id NAME]',
  options: { id: { type: 'string', value: 'NAME', summary: 'the client id; default: a random one' } },
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
  options: {
    algorithm: { type: 'string', value: 'NAME', summary: 'bcrypt for what people chose, sha256 for random secrets of 256 bits; default: what fits' },
    cost: { type: 'string', value: 'NUMBER', summary: "bcrypt's cost; default 12" },
  },
  async run(values, _operand, { input }) {
    const algorithm = textOf(values.algorithm);
    if (algorithm !== undefined && algorithm !== 'bcrypt' && algorithm !== 'sha256') throw usageError('--algorithm is bcrypt or sha256');
    const cost = textOf(values.cost);
    const given = (await input()).replace(/\r?\n$/, '');
    if (given === '') throw usageError('standard input is empty; try: printf %s "$SECRET" | express-token-endpoint hash');
    const made = await hashSecret(given, { ...(algorithm === undefined ? {} : { algorithm }), ...(cost === undefined ? {} : { cost: Number(cost) }) });
    return { json: { secretHash: made }, text: made };
  },
};
