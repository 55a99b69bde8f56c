import type { Family, Rotation, RotationResult } from './store';

/** What a rotation answers for the family as it stands, in a store that looks before it acts and nobody acts between. */
export function judge(family: Family | undefined, { presented, at, reuseWindow }: Pick<Rotation, 'presented' | 'at' | 'reuseWindow'>): RotationResult {
  if (!family || family.idleExpiresAt <= at) return 'gone';
  if (family.current === presented) return 'rotated';
  const { previous, rotatedAt = -Infinity } = family;
  // The distance: a clock that was set back opens no window, and a window of 0 never is one.
  return previous === presented && Math.abs(at - rotatedAt) < reuseWindow ? 'repeated' : 'spent';
}
