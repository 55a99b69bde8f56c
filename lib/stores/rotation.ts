import type { Family, Rotation, RotationResult } from './store';

/** What a rotation answers for the family as it stands, in a store that looks before it acts and nobody acts between. */
export function judge(family: Family | undefined, { presented, at, reuseWindow }: Rotation): RotationResult {
  if (!family || family.idleExpiresAt <= at) return 'gone';
  if (family.current === presented) return 'rotated';
  return family.previous === presented && at - (family.rotatedAt ?? -Infinity) < reuseWindow ? 'repeated' : 'spent';
}
