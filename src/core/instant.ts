const INSTANT =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * An instant as RFC 3339 writes it, `2026-11-20T17:00:00Z`, in milliseconds since 1970; undefined for all else, days
 * that no month has and what was before 1970 among it: `0026` is a slip, and nothing here has a place for it.
 */
export function parseInstant(text: string): number | undefined {
  const { year, month, day } = INSTANT.exec(text)?.groups ?? {};
  const atMs = Date.parse(text);
  const daysOfMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return year !== undefined && atMs >= 0 && Number(day) <= daysOfMonth ? atMs : undefined;
}

/** The one spelling of an instant that is written here: UTC, with milliseconds. */
export const formatInstant = (atMs: number): string => new Date(atMs).toISOString();
