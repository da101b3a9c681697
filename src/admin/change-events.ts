import { AdminError } from './errors.ts';
import { type ChangeKind, changeNoticeSchema } from './views.ts';

/** Longest unfinished line that is held; a notice has about 30 characters. */
const MAX_LINE_CHARACTERS = 4_096;

/** Change notices as server-sent events (WHATWG HTML section 9.2), pulled as fast as they are read. */
export function encodeChanges(
  changes: AsyncIterable<ChangeKind>,
  ended: () => void,
): ReadableStream<Uint8Array> {
  const kinds = changes[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      // A comment at once, so that the watcher knows that from here on nothing is missed.
      controller.enqueue(encoder.encode(': watching\n\n'));
    },
    async pull(controller) {
      const next = await kinds.next();
      if (next.done === true) {
        ended();
        controller.close();
      } else {
        controller.enqueue(encoder.encode(`data: ${JSON.stringify({ kind: next.value })}\n\n`));
      }
    },
    cancel: ended,
  });
}

/**
 * Reads back what {@link encodeChanges} wrote. Kinds that this version does not know are left out.
 *
 * @throws AdminError ANSWER_MALFORMED
 */
export async function* decodeChanges(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<ChangeKind> {
  const decoder = new TextDecoder();
  let held = '';
  for await (const chunk of stream) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split('\n');
    held = lines.pop() ?? '';
    if (held.length > MAX_LINE_CHARACTERS) {
      throw new AdminError('ANSWER_MALFORMED', 'the node sent a change notice without an end');
    }
    for (const line of lines) {
      const kind = decodeLine(line);
      if (kind !== undefined) yield kind;
    }
  }
}

function decodeLine(line: string): ChangeKind | undefined {
  if (!line.startsWith('data: ')) return undefined;
  const notice = changeNoticeSchema.safeParse(parseJson(line.slice('data: '.length)));
  return notice.success ? notice.data.kind : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = 'the node sent a change notice that is no JSON';
    throw new AdminError('ANSWER_MALFORMED', message, { cause });
  }
}
