import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { decodeEnvelope, decodePayload } from './envelope.ts';
import { compareSequence, type Sequence } from './record.ts';
import type { RecordStore } from './record-store.ts';
import { DISK_FULL, FailingDisk, type Failure } from './testing/failing-disk.ts';
import { HOUR_MS, Member, said, TestAuthority } from './testing/members.ts';

/** All evidence, and what proves it. */
const proven = (records: RecordStore) =>
  records.evidence().map((evidence) => [evidence, records.evidencePair(evidence.id)]);

/** A member on a failing disk, others of whom it hears, and what it acknowledged so far. */
class Story {
  readonly clock = new FakeClock();
  readonly #options = { clock: this.clock, authority: new TestAuthority() };
  readonly disk = new FailingDisk();
  readonly a = new Member('a', this.#options);
  readonly b = new Member('b', { ...this.#options, credentialLifeMs: 20 * HOUR_MS });
  readonly successor = new Member('b', { ...this.#options, epoch: 2 });
  readonly liar = new Member('liar', this.#options);
  /** What `a` says of itself by all that it acknowledged; undefined where it may say either. */
  readonly acknowledged = new Map<string, unknown>();
  failures = 0;

  /** A day in the life of `a`: everything that writes. Each act is tried again until it is done. */
  live(): void {
    const { a, b, clock, liar, successor } = this;
    const earlier = a.forge({
      kind: 'port',
      key: 'earlier',
      sequence: { epoch: 1, boot: 7, n: 3 },
    });
    b.records.put('port', 'one', 1);
    b.records.put('port', 'two', 2);
    successor.records.put('port', 'three', 3);
    const heard = [b.bytesOf('port', 'one'), b.bytesOf('port', 'two')];
    const lies = (key: string) =>
      [liar.forge({ key, value: 'one' }), liar.forge({ key, value: 'two' })] as const;
    this.#act(() => a.restart(this.disk));
    this.#say('self', 1);
    this.#say('self', 2);
    this.#say('gone', 3);
    this.#say('gone', undefined);
    this.#act(() => a.records.acceptAll(heard, 'p'));
    this.#act(() => a.records.acceptAll(lies('heard'), 'p'));
    this.#act(() => a.records.acceptEvidence(lies('handed-over'), 'p'));
    this.#act(() => a.records.accept(earlier, 'p'));
    this.#say('self', 4);
    this.#act(() => a.records.accept(successor.bytesOf('port', 'three'), 'p'));
    clock.advance(13 * HOUR_MS);
    this.#act(() => a.records.maintain());
    this.#options.authority.distrusted.add('b');
    a.records.revalidate();
    this.#act(() => a.records.maintain());
    this.#options.authority.distrusted.clear();
    clock.advance(12 * HOUR_MS);
    this.#act(() => a.records.maintain());
    this.#act(() => a.restart(this.disk));
    this.#say('self', 5);
  }

  #say(key: string, value: unknown): void {
    this.acknowledged.delete(key);
    this.#act(() => {
      if (value === undefined) this.a.records.withdraw('port', key);
      else this.a.records.put('port', key, value);
    });
    this.acknowledged.set(key, value);
  }

  #act(act: () => void): void {
    for (;;) {
      try {
        act();
        break;
      } catch (error) {
        expect(String(error)).toContain(DISK_FULL);
        this.failures++;
      }
      this.check();
    }
  }

  /** Memory says what a restarted node would read, and both all that was acknowledged. */
  check(): void {
    const { a } = this;
    const now = { records: a.records, disk: a.disk };
    if (now.disk !== this.disk) return; // not even started on it yet
    const mine = said(now.records, 'port');
    const evidence = proven(now.records);
    const digest = now.records.digest();
    const reopened = a.restart(this.disk.copy());
    expect(reopened.digest()).toBe(digest);
    expect(proven(reopened)).toEqual(evidence);
    for (const [key, value] of this.acknowledged) expect(mine[`a/${key}`]).toEqual(value);
    reopened.put('port', 'after', this.disk.steps);
    const written = reopened.snapshot().get('a/port/after')?.sequence;
    for (const sequence of this.#everSigned()) {
      expect(written !== undefined && compareSequence(written, sequence) > 0).toBe(true);
    }
    a.disk = now.disk;
    a.records = now.records;
  }

  /** Under which sequences `a` signed anything, whatever became of it. */
  #everSigned(): readonly Sequence[] {
    return this.disk.attempts.flatMap((bytes) => {
      const content = decodePayload(decodeEnvelope(bytes)?.payload ?? new Uint8Array());
      return content?.writer === this.a.name ? [content.sequence] : [];
    });
  }
}

const STEPS = (() => {
  const story = new Story();
  story.live();
  expect(story.failures).toBe(0);
  return story.disk.steps;
})();

test.each<Failure>(['failed', 'failed but persisted'])(
  'whichever write %s, memory is as the disk is, nothing acknowledged is lost, no sequence is used twice',
  (failure) => {
    expect(STEPS).toBeGreaterThan(30);
    const calm = new Story();
    calm.live();
    for (let step = 1; step <= STEPS; step++) {
      const story = new Story();
      story.disk.failAt(step, failure);
      story.live();
      story.check();
      expect(story.failures).toBe(1);
      expect(said(story.a.records, 'port')).toEqual(said(calm.a.records, 'port'));
    }
  },
);
