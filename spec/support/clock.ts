const real = Date.now;
let ahead = 0;

/** Lets time pass for all that asks `Date.now`; after the test the clock is right again. */
export function passTime(seconds: number): void {
  ahead += seconds * 1000;
  Date.now = () => real() + ahead;
}

/** Stops the clock for all that asks `Date.now`: what happens now happens within one millisecond, this one since 1970. */
export function holdTime(at: number = Date.now()): void {
  Date.now = () => at;
}

afterEach(() => {
  ahead = 0;
  Date.now = real;
});
