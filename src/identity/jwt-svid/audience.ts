import { err, ok, type Result } from '../../core/index.ts';
import { MAX_AUDIENCE_CHARACTERS, MAX_AUDIENCES } from './limits.ts';

/** What a token may be asked for: whom it is meant for, each once, or why not. */
export function parseAudiences(asked: readonly string[]): Result<readonly string[], string> {
  const audiences = [...new Set(asked)].sort();
  if (audiences.length === 0) return err('name at least one audience: whom the token is shown to');
  if (audiences.length > MAX_AUDIENCES) {
    return err(
      `name at most ${MAX_AUDIENCES} audiences, better one: each can show it to the others`,
    );
  }
  const odd = audiences.some(
    (audience) => audience.length > MAX_AUDIENCE_CHARACTERS || !/^[^\s\p{Cc}]+$/u.test(audience),
  );
  return odd
    ? err(`write an audience of 1 to ${MAX_AUDIENCE_CHARACTERS} characters without spaces`)
    : ok(audiences);
}

/** Whom a token is meant for (RFC 7519 section 4.1.3); undefined when it does not say so in a list of texts. */
export function audiencesOf({
  aud,
}: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const listed: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const audiences = listed.filter((one) => typeof one === 'string');
  return audiences.length === listed.length ? audiences : undefined;
}
