import { OAuthError } from '../../lib';

/** What a piece of work answers or throws, at once or later. */
export async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}

/** An `OAuthError` with this code and these words. */
export const refusal = (code: string, description: string): unknown => expect.objectContaining({ code, description });

/** What the operator reads of a failure: of an `OAuthError` its cause, where it has one. */
export async function messageOf(work: () => unknown): Promise<string> {
  const error = (await outcome(work)) as Error;
  return error instanceof OAuthError ? (error.cause as Error | undefined)?.message ?? error.message : error.message;
}
