import { Lru } from '../core/index.ts';
import type { Cedar, CedarComplaint } from './cedar.ts';
import type { PolicySchema } from './schema.ts';

/**
 * Statements whose reading is kept: about 8 KB each. A set with more of them is read anew, 0.4 ms a
 * statement, at each change.
 */
const REMEMBERED = 10_000;
/** That are validated against at a time: what is in force, and what is being tried. */
const SCHEMAS = 2;

type Complaints = readonly CedarComplaint[];

/**
 * A Cedar that remembers what it said of a statement. Parsing and validating look at one statement by itself, so a
 * change of one policy among a thousand then costs one.
 */
export function rememberingCedar(cedar: Cedar): Cedar {
  const parsed = new Lru<string, ReturnType<Cedar['parse']>>(REMEMBERED);
  const bySchema = new Lru<string, Lru<string, Complaints>>(SCHEMAS);

  let facts: ReturnType<Cedar['schemaFacts']> | undefined;

  const complaintsAbout = (schema: PolicySchema): Lru<string, Complaints> => {
    const known = bySchema.get(schema.text) ?? new Lru<string, Complaints>(REMEMBERED);
    bySchema.set(schema.text, known);
    return known;
  };
  return {
    ...cedar,
    parse(statement) {
      const answer = parsed.get(statement) ?? cedar.parse(statement);
      parsed.set(statement, answer);
      return answer;
    },
    schemaFacts() {
      facts ??= cedar.schemaFacts();
      return facts;
    },
    validate(policies, schema) {
      const known = complaintsAbout(schema);
      const answers = new Map<string, Complaints>();
      const unknown: Record<string, string> = {};
      for (const [id, text] of Object.entries(policies)) {
        const complaints = known.get(text);
        if (complaints === undefined) unknown[id] = text;
        else answers.set(id, complaints);
      }
      const said = Object.keys(unknown).length === 0 ? [] : cedar.validate(unknown, schema);
      // One about no policy is about the schema or the call: nothing is known of any statement then.
      if (said.some(({ id }) => !Object.hasOwn(unknown, id))) return said;
      const byId = Map.groupBy(said, ({ id }) => id);
      for (const [id, text] of Object.entries(unknown)) {
        const complaints = byId.get(id) ?? [];
        answers.set(id, complaints);
        known.set(text, complaints);
      }
      return Object.keys(policies).flatMap((id) =>
        (answers.get(id) ?? []).map(({ message, start }) => ({ id, message, start })),
      );
    },
  };
}
