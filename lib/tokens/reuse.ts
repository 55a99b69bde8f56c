import { judge } from '../stores/rotation';
import type { Family, Rotation } from '../stores/store';

/** How long the token before the newest may come back, for a token that came at `presentedAt` and is judged now. */
export interface Reuse {
  /** What took its time between must not use up the window; where there is none, it opens none. */
  timing(presentedAt: number): Pick<Rotation, 'at' | 'reuseWindow'>;
  /** Whether a genuine token had been spent when it came, as its family stands now. */
  isSpent(family: Family, presented: string, presentedAt: number): boolean;
}

/** `window`: milliseconds, as all times here. */
export function createReuse(window: number): Reuse {
  const timing: Reuse['timing'] = (presentedAt) => {
    const at = Date.now();
    return { at, reuseWindow: window === 0 ? 0 : window + Math.max(0, at - presentedAt) };
  };
  return {
    timing,
    isSpent(family, presented, presentedAt) {
      const { rotatedAt = 0 } = family;
      const { at, reuseWindow } = timing(presentedAt);
      // A rotation since it came says nothing of what it was then; whoever goes on to rotate hears it from the store.
      const isOvertaken = rotatedAt > presentedAt && rotatedAt <= at;
      return !isOvertaken && judge(family, { presented, at, reuseWindow }) === 'spent';
    },
  };
}
