import { expect, test } from 'bun:test';
import { DEFAULT_NAMESPACE } from '../core/index.ts';
import { parseResources } from '../governance/index.ts';
import { UserTokens } from '../identity/index.ts';
import { realClock } from '../platform/index.ts';
import { recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { LoginDesk } from './login-desk.ts';
import { TRUST_DOMAIN } from './plan.ts';

test('the mesh takes the tokens of the desk whose resource is in force, and of no other', async () => {
  const desk = new LoginDesk();
  const file = { path: 'login.yaml', text: desk.resource() };
  const parsed = parseResources([file], {
    trustDomain: TRUST_DOMAIN,
    namespace: DEFAULT_NAMESPACE,
  });
  const [resource] = parsed.ok ? parsed.value : [];
  if (resource?.kind !== 'RequestAuthentication') throw new Error(JSON.stringify(parsed));
  const users = new UserTokens({ clock: realClock, meter: recordingMeter(), log: recordingLog() });
  users.configure([resource.authentication]);
  expect(await users.check(desk.token('anna', ['clerks']))).toMatchObject({
    ok: true,
    user: { subject: 'anna', groups: ['clerks'] },
  });
  expect(await users.check(new LoginDesk().token('anna', ['clerks']))).toEqual({
    ok: false,
    reason: 'bad-signature',
  });
});
