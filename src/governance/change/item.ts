/** One thing: how it is called, what is said of it when it is new, and all that makes it equal. */
export interface Item {
  readonly name: string;
  readonly detail: string;
  /** For a person to read, in lines. */
  readonly content: string;
  /** Of what has some: which of them changed is said. */
  readonly fields?: object;
}

/** Each field on a line of its own. */
export const fieldsOf = (fields: object): Pick<Item, 'content' | 'fields'> => ({
  content: Object.entries(fields)
    .map(([name, field]) => `${name}: ${JSON.stringify(field)}`)
    .join('\n'),
  fields,
});
