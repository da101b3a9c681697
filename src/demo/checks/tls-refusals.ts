import { tunnelServerName } from '../../proxy/index.ts';
import {
  type Intrusion,
  type IntrusionOutcome,
  intrude,
  inventAuthority,
  stealAuthority,
} from '../attackers/index.ts';
import { expectThat } from '../errors.ts';
import { identityOf, keyOf, nodeName, TRUST_DOMAIN } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { bareGet } from '../wire/index.ts';

const REQUEST = bareGet('/products', 'catalog');
/** In the content of what the catalog says, and of what its sidecar says to who is not permitted. */
const PRODUCTS = '"products"';
const DENIED = 'denied-by-policy: ';

/**
 * Knocks at a real inbound port as a thief would. The first one holds a good SVID, made with a stolen
 * authority's key, and must get in: without it, the refusals of the others would prove nothing.
 */
export async function refuseIntruders(shop: Shop): Promise<string[]> {
  const authority = { trustDomain: TRUST_DOMAIN, node: nodeName('n2') };
  const stolen = await stealAuthority(shop.nodes.dataDirectory('n2'), authority);
  const foreign = await inventAuthority(authority);
  const good = await stolen.svid(identityOf('frontend'));
  const knocking = (how: Partial<Intrusion>): Promise<IntrusionOutcome> =>
    intrude({
      at: shop.workloads.get('catalog-v1').inbound,
      serverName: tunnelServerName(keyOf('catalog')),
      request: REQUEST,
      ...how,
    });
  const welcome = await knocking({ identity: good, enough: PRODUCTS });
  expectThat(welcome.answer.includes(PRODUCTS), `a good SVID was not let in: ${describe(welcome)}`);
  mustBeShutOut('no certificate', await knocking({}));
  mustBeShutOut(
    'another CA’s certificate',
    await knocking({ identity: await foreign.svid(identityOf('frontend')) }),
  );
  mustBeShutOut(
    'an expired SVID',
    await knocking({ identity: await stolen.svid(identityOf('frontend'), 'expired') }),
  );
  mustBeShutOut('TLS 1.2', await knocking({ identity: good, maxVersion: 'TLSv1.2' }));
  const identity = await stolen.svid(identityOf('files'));
  mustBeDenied(await knocking({ identity, enough: DENIED }));
  return ['no certificate', 'another CA', 'expired', 'TLS 1.2', 'an SVID that no policy names'];
}

function mustBeShutOut(who: string, outcome: IntrusionOutcome): void {
  const refused = outcome.answer === '' && outcome.end !== 'still open';
  expectThat(refused, `${who} was not refused at the door: ${describe(outcome)}`);
}

/** Who is known but not permitted hears so, in the callee's own sidecar. */
function mustBeDenied(outcome: IntrusionOutcome): void {
  const { answer } = outcome;
  expectThat(
    answer.includes(DENIED),
    `files, which may not call the catalog, was not denied: ${describe(outcome)}`,
  );
}

const describe = ({ answer, end }: IntrusionOutcome): string =>
  `answered '${answer.slice(0, 200)}', then ${end}`;
