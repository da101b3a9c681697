import type { Log } from '../ports/index.ts';
import type { PeerPlane } from './peer-plane.ts';

type FollowedPlane = Pick<PeerPlane, 'trust' | 'role' | 'records' | 'credentials' | 'dismiss'>;

/**
 * Everything that depends on what is in force follows it at once, without a restart: what takes rights away
 * first. A step that fails is said, and does not keep the others from being taken.
 */
export function followTrust(
  { trust, role, records, credentials, dismiss }: FollowedPlane,
  log: Log,
  further: readonly (() => void)[],
): void {
  trust.onChange((set, before) => {
    // All members' credentials are judged again, which no other change calls for.
    const isOtherBundle = JSON.stringify(set.authorities) !== JSON.stringify(before?.authorities);
    const steps = [
      () => void role.follow(set),
      ...(isOtherBundle ? [dismiss, () => records.revalidate()] : []),
      () => credentials.followTrust(), // and says what it says under the spare, if it has lost the other one
      ...further,
    ];
    for (const step of steps) {
      try {
        step();
      } catch (error) {
        log.error('what came into force is not followed whole', { version: set.version, error });
      }
    }
  });
}
