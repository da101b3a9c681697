import { z } from 'zod';

/** Fields that many answers have. */

/** Most entries of one list: ten times the endpoints of the largest mesh that is tested. */
const MAX_ITEMS = 100_000;
/** The longest name of a version: a namespace of 63, and a number. */
export const MAX_VERSION_CHARACTERS = 80;

/** An instant, RFC 3339 in UTC. */
export const when = z.iso.datetime();

/** All of something, in a list that is an object, so that more can be said beside it. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item).max(MAX_ITEMS).readonly() });
