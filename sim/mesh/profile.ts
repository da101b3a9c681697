import { PROFILES, type Profile } from '../../src/membership/index.ts';
import type { Scenario } from '../scenario/scenario.ts';

/**
 * Lifeguard's measures taken away (arXiv 1707.00788), all else equal: no local health, suspicion as long as it
 * is with all accusers, nobody told at once that it is suspected.
 */
const WITHOUT_LIFEGUARD = {
  healthMax: 0,
  suspicionMaxFactor: 1,
  buddy: false,
  lateMs: Number.POSITIVE_INFINITY,
} as const satisfies Partial<Profile>;

export const profileOf = ({ profile, lifeguard }: Scenario): Profile =>
  lifeguard ? PROFILES[profile] : { ...PROFILES[profile], ...WITHOUT_LIFEGUARD };
