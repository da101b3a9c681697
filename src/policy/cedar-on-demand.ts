import type { Cedar, CedarModule } from './cedar.ts';
import { PolicyError } from './errors.ts';
import { CedarRefusal, officialCedar, type RunningCedar } from './official-cedar.ts';
import { rememberingCedar } from './remembering-cedar.ts';

/** The module is one per process, so this is. */
let loaded: Cedar | undefined;

/**
 * The official Cedar engine, which starts when it is first asked, and again after each release; later calls
 * return the same. All questions throw PolicyError CEDAR_UNUSABLE when the module is not the one that the library
 * was built with.
 */
export function loadCedar(module: CedarModule): Cedar {
  loaded ??= rememberingCedar(cedarOnDemand(module));
  return loaded;
}

/** Runs the module from a question until it is released, or until it fails over one. */
export function cedarOnDemand(module: CedarModule): Cedar {
  let running: RunningCedar | undefined;
  const release = (): boolean => {
    if (running === undefined) return false;
    running = undefined;
    module.end();
    return true;
  };
  const ask = <T>(question: (cedar: RunningCedar) => T): T => {
    running ??= started(module);
    try {
      return question(running);
    } catch (error) {
      if (!(error instanceof CedarRefusal)) release();
      throw error;
    }
  };
  return {
    parse: (statement) => ask((cedar) => cedar.parse(statement)),
    textOf: (json) => ask((cedar) => cedar.textOf(json)),
    validate: (policies, schema) => ask((cedar) => cedar.validate(policies, schema)),
    schemaFacts: () => ask((cedar) => cedar.schemaFacts()),
    authorize: (policies, question, schema) =>
      ask((cedar) => cedar.authorize(policies, question, schema)),
    format: (text) => ask((cedar) => cedar.format(text)),
    release,
  };
}

function started(module: CedarModule): RunningCedar {
  try {
    module.start();
  } catch (cause) {
    throw new PolicyError('CEDAR_UNUSABLE', `Cedar did not start: ${String(cause)}`, { cause });
  }
  return officialCedar(module.functions);
}
