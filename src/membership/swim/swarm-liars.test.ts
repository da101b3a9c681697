import { expect, test } from 'bun:test';
import type { Content } from './message.ts';
import { IS_NIGHTLY, LONG_TEST_MS } from './testing/run-size.ts';
import { Swarm } from './testing/swarm.ts';

const [NODES, MINUTES] = IS_NIGHTLY ? [200, 10] : [60, 1];
const LIARS = NODES / 20;
const isLiar = (handle: number) => handle < LIARS;

test(
  'colluding members, however often they accuse, get nobody held dead who answers',
  () => {
    const swarm = new Swarm({ nodes: NODES, seed: 1, loss: 0.01 });
    let deaths = 0;
    let suspicions = 0;
    swarm.onChange = ({ observer, subject, state }) => {
      if (isLiar(observer) || isLiar(subject)) return;
      if (state === 'dead') deaths += 1;
      if (state === 'suspect') suspicions += 1;
    };
    const everySoOften = 2_000;
    for (let i = 0; i < (MINUTES * 60_000) / everySoOften; i++) {
      const subject = LIARS + (i % (NODES - LIARS));
      for (let liar = 0; liar < LIARS; liar++) {
        const { statements, detector } = swarm.node(liar);
        const accusations = [0, 1, 2].map((ahead) =>
          statements.accusation(subject, detector.facts(subject).incarnation + ahead),
        );
        for (let to = LIARS; to < NODES; to++) {
          swarm.say(liar, to, { body: { type: 'rumour' }, statements: accusations });
        }
      }
      swarm.run(everySoOften);
    }
    expect(suspicions).toBeGreaterThan(NODES);
    expect(deaths).toBe(0);
  },
  LONG_TEST_MS,
);

test(
  'colluding members keep nobody alive who is dead',
  () => {
    const swarm = new Swarm({ nodes: NODES, seed: 2, loss: 0.01 });
    const victim = NODES - 1;
    const lies = (to: number, from: number, { body }: Content): boolean => {
      if (!isLiar(to) || body.type !== 'ping-request' || body.target !== victim) return false;
      const { probe } = body;
      const proof = swarm.node(to).statements.answer(from, probe);
      const said = [
        { type: 'ack', probe, subject: victim },
        { type: 'ack', probe, subject: victim, origin: from, proof },
        { type: 'nack', probe },
      ] as const;
      for (const lie of said) swarm.say(to, from, { body: lie, statements: [] });
      return true;
    };
    swarm.takes = lies;
    swarm.run(3_000);
    swarm.crash(victim);
    swarm.runUntil(() => swarm.holding(victim, 'dead') === NODES - 1, 12_000);
    expect(swarm.counts.get('forged')).toBeGreaterThan(0);
  },
  LONG_TEST_MS,
);

test(
  'what was said of a member before it started again is worth nothing when it is said again',
  () => {
    const swarm = new Swarm({ nodes: 30, seed: 3, loss: 0.01 });
    swarm.run(2_000);
    const { incarnation } = swarm.node(7).detector;
    const old = [0, 1, 2, 3].map((liar) => swarm.node(liar).statements.accusation(7, incarnation));
    const farewell = swarm.node(7).statements.life(incarnation, true);
    swarm.crash(7);
    swarm.restart(7);
    swarm.run(3_000);
    for (let to = 0; to < 30; to++) {
      swarm.say(0, to, { body: { type: 'rumour' }, statements: [...old, farewell] });
    }
    let changes = 0;
    swarm.onChange = () => {
      changes += 1;
    };
    swarm.run(10_000);
    expect(changes).toBe(0);
  },
  LONG_TEST_MS,
);
