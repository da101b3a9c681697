import type { Link } from './connection.ts';
import { MONITOR_PERIOD_MS, MONITOR_TIMEOUT_MS } from './limits.ts';

/**
 * The other end of `link` may have fallen silent: found out when it is tried next, and does not answer in time, as
 * the real adapter's pings find it. Called for whatever can silence an end, so that nothing needs to happen on
 * connections that are well.
 */
export function watchForSilence(link: Link): void {
  const { timeline, random } = link.own.process;
  const askedAt = timeline.now + MONITOR_PERIOD_MS * random.fraction();
  const judge = (): void => {
    if (link.isClosed || !isSilent(link, timeline.now)) return;
    if (!isSilent(link, askedAt)) watchForSilence(link);
    else link.own.process.turn({ isTimer: true, run: () => link.close() });
  };
  const ask = (): void => {
    if (link.isClosed || !isSilent(link, askedAt)) return;
    timeline.add(askedAt + MONITOR_TIMEOUT_MS, { happen: judge });
  };
  timeline.add(askedAt, { happen: ask });
}

/** Nothing has come from the other end since then, and nothing can. */
function isSilent({ own, other }: Link, since: number): boolean {
  const { network } = own.host;
  const there = other.own;
  if (!there.process.isAlive) return true;
  if (there.process.isBlocked && there.process.blockedSince <= since) return true;
  const isCut = network.isCut(own.host, there.host) || network.isCut(there.host, own.host);
  return isCut && network.cutsChangedAt <= since;
}
