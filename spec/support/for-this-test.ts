interface Closable {
  close(): Promise<void>;
}

const running: Closable[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

/** Closes it when the test is over. */
export function forThisTest<T extends Closable>(made: T): T {
  running.push(made);
  return made;
}

/** Asks again until the answer is as wanted; the test's own timeout is the bound. */
export async function until<T>(ask: () => Promise<T> | T, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
