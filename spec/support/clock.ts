const real = Date.now;
let ahead = 0;

/** Lets time pass for all that asks `Date.now`; after the test the clock is right again. */
export function passTime(seconds: number): void {
  ahead += seconds * 1000;
  Date.now = () => real() + ahead;
}

/** Stops the clock for all that asks `Date.now`: what happens now happens within one millisecond. */
export function holdTime(): void {
  const now = Date.now();
  Date.now = () => now;
}

afterEach(() => {
  ahead = 0;
  Date.now = real;
});
