import { Agreement, type Check, LivingMembers, NothingLost, TrueRecords } from './checks/index.ts';
import { Detection, FalseDeaths, Propagation } from './figures/index.ts';
import type { Mesh } from './mesh/index.ts';
import { type RunReport, spreadOf } from './report/index.ts';

/** After everything is over, within which all must be well again. */
const AGREEMENT_BOUND_MS = 60_000;
const REVIVAL_BOUND_MS = 120_000;
/** How often it is looked at whether all is well. */
const LOOK_MS = 250;

/** Looks at a mesh from outside: measures it, and checks its promises. */
export class Onlooker {
  readonly #mesh: Mesh;
  readonly #propagation: Propagation;
  readonly #detection: Detection;
  readonly #falseDeaths: FalseDeaths;
  readonly #agreement: Agreement;
  readonly #living: LivingMembers;
  readonly #checks: readonly Check[];

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
    this.#propagation = new Propagation(mesh);
    this.#detection = new Detection(mesh);
    this.#falseDeaths = new FalseDeaths(mesh);
    this.#agreement = new Agreement(mesh, AGREEMENT_BOUND_MS);
    this.#living = new LivingMembers(mesh);
    const others = [new TrueRecords(mesh), new NothingLost(mesh)];
    this.#checks = [this.#agreement, this.#living, ...others];
    for (const one of [this.#propagation, this.#detection, this.#falseDeaths, ...this.#checks]) {
      mesh.watch(one);
    }
  }

  /** Lets time pass from `calmMs` on, when nothing goes wrong any more, until all is well or it is too late for that. */
  untilWell(calmMs: number): void {
    const { world } = this.#mesh;
    for (let at = LOOK_MS; at <= REVIVAL_BOUND_MS; at += LOOK_MS) {
      world.runUntil(calmMs + at);
      const agree = this.#agreement.reachedMs !== undefined || this.#agreement.look(at);
      if ((agree || at > AGREEMENT_BOUND_MS) && this.#living.look()) return;
    }
  }

  /** What was measured, and what came of the checks. */
  findings(): Pick<
    RunReport,
    'propagation' | 'detection' | 'falseDeaths' | 'agreementMs' | 'checks'
  > {
    const deaths = this.#falseDeaths;
    return {
      propagation: {
        onEach: spreadOf(this.#propagation.onEach),
        onAll: spreadOf(this.#propagation.onAll),
      },
      detection: {
        onEach: spreadOf(this.#detection.onEach),
        onAll: spreadOf(this.#detection.onAll),
      },
      falseDeaths: {
        ofHealthyAtHealthy: deaths.count('healthy', 'healthy'),
        ofHealthyAtSlow: deaths.count('healthy', 'slow'),
        ofSlow: deaths.ofSlow,
      },
      agreementMs: this.#agreement.reachedMs ?? null,
      checks: this.#checks.map((check) => ({
        promise: check.promise,
        breaches: check.breaches(),
      })),
    };
  }
}
