import { createPrivateKey, sign } from 'node:crypto';
import type { Call } from '../../alone';

/** RSA signatures alone, on the pool of threads, of as many bytes as a token has. */
export default function signature({ key }: { readonly key: string }): Call {
  const privateKey = createPrivateKey(key);
  const input = Buffer.alloc(350, 'a');
  return () =>
    new Promise((resolve, reject) => {
      sign('sha256', input, privateKey, (error, made) => {
        if (error) reject(error);
        else resolve(made);
      });
    });
}
