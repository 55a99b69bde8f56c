import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly retryAfter: number;
  readonly text: string;
  /** Milliseconds until the whole answer was there. */
  readonly took: number;
}

interface Ask {
  readonly port: number;
  readonly agent: Agent;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const oneConnection = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });

export function ask({ port, agent, path, headers = {}, body }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const sent = request({ agent, port, host: '127.0.0.1', path, method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, retryAfter: Number(response.headers['retry-after'] ?? 0), text, took: performance.now() - began });
      });
    });
    sent.on('error', reject).end(body);
  });
}

/** A token request, and the address that it seems to come from. */
export interface Attempt {
  readonly credentials: string;
  readonly body: string;
  readonly address: string;
}

export const passwordOf = (username: string, password: string, address: string): Attempt => ({
  credentials: 'app:secret',
  body: `grant_type=password&username=${username}&password=${password}`,
  address,
});

export const secretOf = (client: string, secret: string, address: string): Attempt => ({
  credentials: `${client}:${secret}`,
  body: 'grant_type=client_credentials',
  address,
});

export function attempt(port: number, agent: Agent, { credentials, body, address }: Attempt): Promise<Answer> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    'x-forwarded-for': address,
  };
  return ask({ port, agent, path: '/oauth/token', headers, body });
}

/** Asks for `path` again and again until it is told to stop; the milliseconds each took. */
export async function probe(port: number, path: string, headers: Readonly<Record<string, string>>, isOver: () => boolean): Promise<number[]> {
  const agent = oneConnection();
  const times: number[] = [];
  while (!isOver()) {
    const { status, took } = await ask({ port, agent, path, headers });
    if (status !== 200) throw new Error(`${path} answered ${String(status)}`);
    times.push(took);
    await sleep(4);
  }
  agent.destroy();
  return times;
}
