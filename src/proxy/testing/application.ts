/** One connection to a test's application. */
export interface AppConnection {
  /** All bytes received, as Latin-1; tests may cut it. */
  text: string;
  ended: boolean;
  closed: boolean;
  error: string | undefined;
  write(text: string): void;
  shutdown(): void;
  reset(): void;
  pause(): void;
  resume(): void;
}

export interface Application {
  readonly port: number;
  readonly connections: AppConnection[];
  stop(): void;
}

/** An application on raw sockets, which does on each read just what a test wants; by default nothing. */
export function startApplication(
  options: {
    readonly received?: (connection: AppConnection) => void;
    readonly opened?: (connection: AppConnection) => void;
    readonly ended?: (connection: AppConnection) => void;
  } = {},
  port = 0,
): Application {
  const connections: AppConnection[] = [];
  const listener = Bun.listen<AppConnection>({
    hostname: '127.0.0.1',
    port,
    allowHalfOpen: true,
    socket: {
      open: (socket) => {
        const untyped = socket as unknown as { pause(): void; resume(): void }; // Bun has them untyped
        const connection: AppConnection = {
          text: '',
          ended: false,
          closed: false,
          error: undefined,
          write: (text) => void socket.write(Buffer.from(text, 'latin1')),
          shutdown: () => socket.shutdown(),
          reset: () => socket.terminate(),
          pause: () => void untyped.pause(),
          resume: () => void untyped.resume(),
        };
        socket.data = connection;
        connections.push(connection);
        options.opened?.(connection);
      },
      data: ({ data }, bytes) => {
        data.text += bytes.toString('latin1');
        options.received?.(data);
      },
      end: ({ data }) => {
        data.ended = true;
        options.ended?.(data);
      },
      close: ({ data }, error) => {
        data.closed = true;
        data.error = error?.message;
      },
      error: () => undefined,
    },
  });
  return { port: listener.port, connections, stop: () => listener.stop(true) };
}

/** Answers each request head with `answer` (a whole message); bodies are not looked at. */
export const answering =
  (answer: string | ((head: string) => string)) =>
  (connection: AppConnection): void => {
    for (;;) {
      const end = connection.text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = connection.text.slice(0, end + 4);
      connection.text = connection.text.slice(end + 4);
      connection.write(typeof answer === 'string' ? answer : answer(head));
    }
  };

/** A 200 with a length. */
export const okAnswer = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${fields}\r\n${body}`;
