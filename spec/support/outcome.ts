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
