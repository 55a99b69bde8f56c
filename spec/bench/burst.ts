import { startChild } from './child';
import { CREDENTIALS_BODY, formPost } from './fixtures';
import type { ServerPlan } from './row';

const REQUESTS = 64;

/** How many hashes a cold burst of equal requests costs; each answer must be a token. */
export async function countHashes(server: ServerPlan): Promise<string> {
  const child = startChild('host.js', [JSON.stringify(server)]);
  try {
    const { url } = await child.ask<{ readonly url: string }>({});
    const { path, headers, body = '' } = formPost(CREDENTIALS_BODY);
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => fetch(url + path, { method: 'POST', headers, body })));
    for (const answer of answers) if (!(await answer.text()).includes('"access_token":"')) throw new Error(`a burst was answered ${String(answer.status)}`);
    const { hashes } = (await (await fetch(`${url}/hashes`)).json()) as { readonly hashes: number };
    return `a cold burst of ${String(REQUESTS)} equal requests with a bcrypt secret of cost 12: ${String(hashes)} hash${hashes === 1 ? '' : 'es'}`;
  } finally {
    child.stop();
  }
}
