import { seededRandom } from '../../../ports/testing/index.ts';
import { Detector } from '../detector.ts';
import type { DetectorEvent, DetectorTimer } from '../detector-output.ts';
import { MemberTable } from '../member-table.ts';
import type { Accusation, Content, LifeClaim, Statement } from '../message.ts';
import { PROFILES, type Profile } from '../profile.ts';
import type { Handle } from '../roster.ts';
import { KnownStatements } from './known-statements.ts';
import { firstOf, tagOfHandle } from './swarm.ts';

export interface Sent {
  readonly to: Handle;
  readonly content: Content;
}

/** One detector, member 0, whose test plays all the others: what it sends is kept, its periods begin when told. */
export class LoneDetector {
  now = 0;
  readonly known = new KnownStatements();
  readonly table = new MemberTable();
  readonly detector: Detector;
  readonly events: DetectorEvent[] = [];
  readonly changed: Handle[] = [];
  readonly rivals: number[] = [];
  readonly streams: { readonly to: Handle; readonly probe: number }[] = [];
  /** Statements whose signatures were checked. */
  readonly checked: Statement[] = [];
  readonly profile: Profile;
  #sent: Sent[] = [];
  #timers: DetectorTimer[] = [];

  /** It knows the members 1 to `others`, all in their first start. */
  constructor(others: number, profile: Profile = PROFILES.lan) {
    this.profile = profile;
    this.detector = new Detector({
      self: 0,
      tagOf: tagOfHandle,
      incarnation: firstOf(1),
      profile,
      table: this.table,
      random: seededRandom(others),
      statements: {
        ...this.known.of(0),
        isGood: (statement) => {
          this.checked.push(statement);
          return this.known.of(0).isGood(statement);
        },
      },
      out: {
        send: (to, content) => this.#sent.push({ to, content }),
        after: (_, timer) => this.#timers.push(timer),
        probeByStream: (to, probe) => this.streams.push({ to, probe }),
        changed: (member) => this.changed.push(member),
        counted: (event) => this.events.push(event),
        rivalled: (incarnation) => this.rivals.push(incarnation),
      },
    });
    for (let member = 1; member <= others; member++) this.detector.learn(member, firstOf(1));
    this.changed.length = 0;
    this.detector.start(0);
  }

  /** What it sent since this was asked last. */
  sent(): readonly Sent[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** Of these, those of one type. */
  sentOf<Type extends Content['body']['type']>(type: Type) {
    return this.sent().flatMap(({ to, content: { body, statements } }) =>
      isOf(body, type) ? [{ to, body, statements }] : [],
    );
  }

  /** Lets its timers of one purpose run at their time, or so much later. */
  run(purpose: DetectorTimer['purpose'], lateMs = 0): void {
    const due = this.#timers.filter((timer) => timer.purpose === purpose);
    this.#timers = this.#timers.filter((timer) => timer.purpose !== purpose);
    for (const timer of due) {
      this.now = Math.max(this.now, timer.dueAt + lateMs);
      this.detector.expired(timer, this.now);
    }
  }

  /** So many periods pass in which nobody says anything. */
  periods(count: number): void {
    for (let i = 0; i < count; i++) this.run('period');
  }

  hears(from: Handle, body: Content['body'], ...statements: Content['statements']): void {
    this.detector.receive(from, { body, statements }, this.now);
  }

  /** Each of these, given as a rumour by the last member. */
  told(from: Handle, ...statements: Content['statements']): void {
    this.hears(from, { type: 'rumour' }, ...statements);
  }

  accusation(accuser: Handle, subject: Handle, incarnation = firstOf(1)): Accusation {
    return this.known.of(accuser).accusation(subject, incarnation);
  }

  life(subject: Handle, incarnation: number, leaving = false): LifeClaim {
    return this.known.of(subject).life(incarnation, leaving);
  }

  /** All that it asks is answered from now on by those who `answers`, until the next period. */
  answer(answers: (member: Handle) => boolean): void {
    for (const { to, body } of this.sentOf('ping')) {
      if (answers(to)) this.hears(to, { type: 'ack', probe: body.probe, subject: to });
    }
  }
}

const isOf = <Type extends Content['body']['type']>(
  body: Content['body'],
  type: Type,
): body is Extract<Content['body'], { type: Type }> => body.type === type;
