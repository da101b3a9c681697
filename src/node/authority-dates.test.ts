import { beforeEach, expect, test } from 'bun:test';
import { recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { AuthorityDates } from './authority-dates.ts';
import { authorityTarget } from './init-node.ts';
import { TestMesh } from './testing/index.ts';

const DAY_MS = 86_400_000;

/** Its authority n1 has a certificate of a year. */
let mesh: TestMesh;
beforeEach(async () => {
  mesh = await TestMesh.found();
});

function watched() {
  const { trust, clock } = mesh.n1;
  const [log, meter] = [recordingLog(), recordingMeter()];
  const dates = new AuthorityDates({ trust, clock, log, meter });
  trust.onChange(dates.follow);
  const endsAt = (authority: string) =>
    meter.value('selvage_authority_certificate_expiry_timestamp_seconds', { authority });
  return { dates, clock, log, endsAt };
}

test('the end of an authority’s certificate is warned of sixty days before, with what to type', () => {
  const { dates, clock } = watched();
  clock.advance(304 * DAY_MS);
  expect(dates.warnings()).toEqual([]);
  clock.advance(2 * DAY_MS);
  expect(dates.warnings()).toEqual([
    expect.stringMatching(
      /^the CA certificate of n1 ends in 5[89]d( [0-9]+h)?: give it new keys, with `selvage authority rotate n1` on its host$/,
    ),
  ]);
  clock.advance(60 * DAY_MS);
  expect(dates.warnings()[0]).toStartWith('the CA certificate of n1 has ended, and nothing');
});

test('it stands in the log once a day, until it is stopped', () => {
  const { dates, clock, log } = watched();
  clock.advance(304 * DAY_MS);
  expect(log.lines).toEqual([]);
  clock.advance(3 * DAY_MS);
  expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
  dates.stop();
  clock.advance(3 * DAY_MS);
  expect(log.lines).toHaveLength(3);
});

test('a certificate that goes on longer ends the warning: the one on its way out says nothing', async () => {
  const { dates, clock } = watched();
  const { directory } = await mesh.member('n1'); // with other keys
  const next = authorityTarget(directory).certificates;
  const target = authorityTarget(mesh.n1.directory);
  const untilMs = Math.floor(clock.now() / 1_000) * 1_000 + DAY_MS;
  const goingOut = target.certificates.map((one) => ({ ...one, untilMs }));
  const list = (certificates: typeof goingOut | typeof next) =>
    mesh.apply([{ kind: 'Authority', authority: { ...target, certificates } }]);
  await list(goingOut);
  expect(dates.warnings()).toEqual([expect.stringContaining('n1 ends in 23h')]);
  await list([...next, ...goingOut]);
  expect(dates.warnings()).toEqual([]);
});

test('each authority’s end is measured, and that of one which is gone no more', async () => {
  const { endsAt, clock } = watched();
  await mesh.addAuthority(await mesh.member('n3'));
  const year = (clock.now() + 365 * DAY_MS) / 1_000;
  for (const name of ['n1', 'n3']) expect(Math.abs(endsAt(name) - year)).toBeLessThan(2);
  await mesh.apply([], ['authorities/n3.json']);
  expect([endsAt('n1') > 0, endsAt('n3')]).toEqual([true, 0]);
});
