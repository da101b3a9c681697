import { Draw } from './draw.ts';
import type { NetworkPlan } from './scenario.ts';
import {
  type AuthorityCrash,
  type LyingSpell,
  type Parting,
  type PlannedChange,
  TRUST_DEEDS,
  type TrustPlan,
} from './trust-plan.ts';

export const GOVERNED_NODES = 200;
const AUTHORITIES = 3;
/** Lists: the governors', and those of three teams; of so many people of whom so many must sign. */
const BODIES = [
  { size: 5, threshold: 3 },
  { size: 3, threshold: 2 },
  { size: 3, threshold: 2 },
  { size: 3, threshold: 2 },
] as const;
const FIRST_PARTING_S = 10;
const NUMBERS = [0, 1, 2];

/** A bad day, drawn from a seed: the mesh is parted, and authorities publish on both sides what people sign there. */
export function randomTrustPlan(seed: number, nodes = GOVERNED_NODES): TrustPlan {
  const draw = new Draw(seed);
  const liar = draw.chance(0.35) ? draw.whole(0, AUTHORITIES - 1) : undefined;
  const partings = randomPartings(draw);
  const [first] = partings;
  const begin = first?.atS ?? FIRST_PARTING_S;
  const end = Math.max(...partings.map(({ atS, forS }) => atS + forS));
  const spell = (): { readonly atS: number; readonly forS: number } => {
    const atS = draw.whole(begin, end - 5);
    return { atS, forS: draw.whole(5, end - atS) };
  };
  const changes = partings.flatMap((parting) => randomChanges(draw, parting, liar));
  return {
    nodes,
    authorities: AUTHORITIES,
    network: randomNetwork(draw),
    partings,
    changes,
    crashes: draw.chance(0.5)
      ? draw.few(changes, 1).map((change) => randomCrash(draw, change))
      : [],
    faults: [
      ...(draw.chance(0.3) ? [randomSlow(draw, spell())] : []),
      ...(draw.chance(0.3)
        ? [{ kind: 'late' as const, ...spell(), share: 0.1, fromMs: 0, toMs: 3_000 }]
        : []),
      ...(draw.chance(0.3)
        ? [{ kind: 'loss' as const, ...spell(), share: draw.between(0.05, 0.2) }]
        : []),
    ],
    ...(liar === undefined ? {} : { liar: randomLies(draw, liar, begin, end) }),
  };
}

function randomNetwork(draw: Draw): NetworkPlan {
  const roundTripMs = draw.of(2, 20, 50);
  return {
    roundTripMs,
    farRoundTripMs: roundTripMs * draw.of(1, 2, 4),
    regions: draw.whole(1, 3),
    jitter: draw.between(0, 0.5),
    loss: draw.of(0, 0.01, 0.02),
    duplication: 0,
    reordering: 0,
  };
}

/** One after another, with a few seconds between. */
function randomPartings(draw: Draw): readonly Parting[] {
  const partings: Parting[] = [];
  let atS = FIRST_PARTING_S;
  for (let i = draw.of(1, 1, 2, 3); i > 0; i--) {
    const sides = draw.of(2, 2, 3, 4);
    const forS = draw.whole(10, 30);
    const shares = Array.from({ length: sides - 1 }, () => draw.between(0.05, 1 / sides));
    const sideOf = NUMBERS.map(() => draw.whole(0, sides - 1));
    // Where all authorities are on one side nothing can be published apart.
    if (new Set(sideOf).size === 1) sideOf[0] = (sideOf[0] ?? 0) === 0 ? 1 : 0;
    partings.push({ atS, forS, shares, sideOf });
    atS += forS + draw.whole(2, 8);
  }
  return partings;
}

/** On every side where an authority is: lists of different bodies, or the same one on two sides by the same people. */
function randomChanges(
  draw: Draw,
  { atS, forS, sideOf }: Parting,
  liar: number | undefined,
): readonly PlannedChange[] {
  const honest = NUMBERS.filter((authority) => authority !== liar);
  const when = (): number => draw.between(atS + 0.2, atS + forS - 0.5);
  const through = (): PlannedChange['through'] => draw.of('itself', 'itself', 'member');
  const alone = Array.from({ length: draw.whole(2, 6) }, (): PlannedChange => {
    const list = draw.whole(0, BODIES.length - 1);
    return {
      atS: when(),
      authority: draw.few(honest, 1)[0] ?? 0,
      through: through(),
      list,
      people: randomPeople(draw, list, draw.chance(0.1) ? -1 : draw.whole(0, 1)),
    };
  });
  const [one, other] = draw.few(honest, 2);
  if (one === undefined || other === undefined || sideOf[one] === sideOf[other]) return alone;
  const [list, at] = [draw.whole(0, BODIES.length - 1), when()];
  const people = randomPeople(draw, list, 0);
  const twins = [one, other].map((authority): PlannedChange => {
    return { atS: at + draw.of(0, 0.5), authority, through: 'itself', list, people };
  });
  return [...alone, ...twins];
}

/** So many more, or fewer, than must sign. */
function randomPeople(draw: Draw, list: number, more: number): readonly number[] {
  const { size, threshold } = BODIES[list] ?? BODIES[0];
  const all = Array.from({ length: size }, (_, person) => person);
  return draw.few(all, threshold + more);
}

const randomSlow = (draw: Draw, spell: { readonly atS: number; readonly forS: number }) => ({
  kind: 'slow' as const,
  ...spell,
  share: draw.between(0.02, 0.1),
  awakeMs: draw.whole(50, 1_000),
  blockedMs: draw.whole(500, 5_000),
});

/** Just after it took a change, or a little later. */
const randomCrash = (draw: Draw, { atS, authority }: PlannedChange): AuthorityCrash => ({
  atS: atS + draw.of(0.05, 0.5, 3),
  authority,
  lostWrites: draw.of(0, 0, 1, 2, 3),
  backAfterS: draw.whole(1, 15),
});

const randomLies = (draw: Draw, authority: number, begin: number, end: number): LyingSpell => {
  const atS = draw.whole(begin, end - 5);
  return { authority, deed: draw.of(...TRUST_DEEDS), atS, forS: draw.whole(3, end - atS) };
};
