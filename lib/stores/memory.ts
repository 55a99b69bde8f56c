import type { Family, Revocation, RevocationPage, Rotation, RotationResult, TokenStore } from './store';

/** A store in this process's memory: fast, answers at once, and forgets everything when the process ends. */
export function memoryStore(): TokenStore {
  const families = new Map<string, Family>();
  const tokens = new Map<string, { readonly content: string; readonly expiresAt: number }>();
  const revoked = new Map<string, { readonly revocation: Revocation; readonly sequence: number }>();
  let sequence = 0;

  const findFamily = (id: string): Family | undefined => {
    const family = families.get(id);
    return family && family.idleExpiresAt > Date.now() && family.expiresAt > Date.now() ? family : undefined;
  };

  return {
    createFamily(family): void {
      families.set(family.id, family);
    },
    findFamily,
    rotateFamily(id: string, rotation: Rotation): RotationResult {
      const family = families.get(id);
      if (!family || family.idleExpiresAt <= rotation.at || family.expiresAt <= rotation.at) return 'gone';
      if (family.current !== rotation.presented) return replayed(family, rotation);
      const { successor, at, idleExpiresAt, presented } = rotation;
      families.set(id, { ...family, current: successor, previous: presented, rotatedAt: at, idleExpiresAt });
      return 'rotated';
    },
    saveAccessToken(hash, content, expiresAt): void {
      tokens.set(hash, { content, expiresAt });
    },
    findAccessToken(hash): string | undefined {
      const token = tokens.get(hash);
      return token && token.expiresAt > Date.now() ? token.content : undefined;
    },
    revoke(revocation): void {
      if (revocation.familyId !== undefined) families.delete(revocation.familyId);
      const known = revoked.get(revocation.key)?.revocation ?? revocation;
      const at = Math.max(revocation.at, known.at);
      const until = Math.max(revocation.until, known.until);
      revoked.delete(revocation.key);
      revoked.set(revocation.key, { revocation: { ...revocation, at, until }, sequence: ++sequence });
    },
    revocations(cursor): RevocationPage {
      const since = Number(cursor ?? 0);
      const fresh = [...revoked.values()].filter((entry) => entry.sequence > since && entry.revocation.until > Date.now());
      return { revocations: fresh.map((entry) => entry.revocation), cursor: String(sequence) };
    },
  };
}

function replayed(family: Family, { presented, at, reuseWindow }: Rotation): RotationResult {
  return family.previous === presented && at - (family.rotatedAt ?? 0) < reuseWindow ? 'repeated' : 'spent';
}
