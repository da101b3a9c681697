import { Detection, FalseDeaths, Propagation } from './figures/index.ts';
import type { Mesh } from './mesh/index.ts';
import { AGREEMENT_BOUND_MS, type Promises } from './promises.ts';
import { type RunReport, spreadOf } from './report/index.ts';

/** After everything is over, within which nobody may be held dead any more. */
const REVIVAL_BOUND_MS = 120_000;
/** How often it is looked at whether all is well. */
const LOOK_MS = 250;

/** Looks at a mesh from outside: measures it, and checks its promises. */
export class Onlooker {
  readonly #mesh: Mesh;
  readonly #promises: Promises;
  readonly #propagation: Propagation;
  readonly #detection: Detection;
  readonly #falseDeaths: FalseDeaths;

  constructor(mesh: Mesh, promises: Promises) {
    this.#mesh = mesh;
    this.#promises = promises;
    this.#propagation = new Propagation(mesh);
    this.#detection = new Detection(mesh);
    this.#falseDeaths = new FalseDeaths(mesh);
    for (const one of [this.#propagation, this.#detection, this.#falseDeaths]) mesh.watch(one);
    for (const check of promises.all) mesh.watch(check);
  }

  /** Lets time pass from `calmMs` on, when nothing goes wrong any more, until all is well or it is too late for that. */
  untilWell(calmMs: number): void {
    const { world } = this.#mesh;
    const { agreement, living } = this.#promises;
    for (let at = LOOK_MS; at <= REVIVAL_BOUND_MS; at += LOOK_MS) {
      world.runUntil(calmMs + at);
      const agree = agreement.reachedMs !== undefined || agreement.look(at);
      if ((agree || at > AGREEMENT_BOUND_MS) && living.look()) return;
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
      agreementMs: this.#promises.agreement.reachedMs ?? null,
      checks: this.#promises.all.map((check) => ({
        promise: check.promise,
        breaches: check.breaches(),
      })),
    };
  }
}
