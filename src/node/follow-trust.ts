import type { Log } from '../ports/index.ts';
import type { PeerPlane } from './peer-plane.ts';

type FollowedPlane = Pick<
  PeerPlane,
  'trust' | 'role' | 'records' | 'credentials' | 'revocations' | 'dismiss'
>;

/**
 * Everything that depends on what is in force follows it at once, without a restart: what takes rights away
 * first. A step that fails is said, and does not keep the others from being taken.
 */
export function followTrust(
  { trust, role, records, credentials, revocations, dismiss }: FollowedPlane,
  log: Log,
  further: readonly (() => void)[],
): void {
  const take = (steps: readonly (() => void)[]): void => {
    const { version } = trust.current();
    for (const step of steps) {
      try {
        step();
      } catch (error) {
        log.error('what came into force is not followed whole', { version, error });
      }
    }
  };
  let judgedBy = role.bundle();
  /** All members' credentials are judged again, which no change calls for but one of the bundle. */
  const judgeAgain = (): void => {
    if (role.bundle() === judgedBy) return;
    judgedBy = role.bundle();
    take([() => revocations.checkOwn(), dismiss, () => records.revalidate()]);
  };
  const rest = [
    judgeAgain,
    () => credentials.followTrust(), // and says what it says under the spare, if it has lost the other one
    ...further,
  ];
  trust.onChange((set) =>
    take([() => void role.follow(set), () => void revocations.follow(), ...rest]),
  );
  revocations.onChange(() => take(rest));
}
