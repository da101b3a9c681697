const MARK = /[^a-z0-9-]/;
const MARKS = /[^a-z0-9-]/g;

/**
 * The name with `-` for each mark. Servers make variables of names: CGI and its heirs write `_` for `-`, some for any
 * other mark as well (PHP for `.`, lighttpd for all of them). To them names are one field that are alike in this; to
 * us they must not be two. `name` in lower case.
 */
export const alikeName = (name: string): string =>
  MARK.test(name) ? name.replaceAll(MARKS, '-') : name;
