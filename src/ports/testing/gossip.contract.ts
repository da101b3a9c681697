import { afterEach, expect, test } from 'bun:test';
import type { Admission, Gossip } from '../gossip.ts';

/** Where hosts of one implementation live, and how time passes there. */
export interface GossipBench {
  start(name: string, admission: Admission): Promise<Gossip>;
  /** Lets time pass until `condition` holds; rejects with `what` when it does not for long. */
  until(what: string, condition: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (from: Uint8Array): string => new TextDecoder().decode(from);

/** Whose credential is `member:<name>`, and who admits those alone. */
const member = (name: string): Admission => ({
  credential: () => bytes(`member:${name}`),
  admit: (_key, credential) =>
    text(credential).startsWith('member:')
      ? { admitted: true, name: text(credential).slice('member:'.length) }
      : { admitted: false, reason: 'signed by nobody we know' },
});

/** Whom nobody admits, and who admits all. */
const stranger: Admission = {
  credential: () => bytes('forged'),
  admit: () => ({ admitted: true, name: 'x' }),
};

const namesOf = (gossip: Gossip): readonly string[] =>
  gossip
    .peers()
    .map((peer) => peer.name)
    .sort();

/** What every {@link Gossip} must do; an implementation brings a place for its hosts. */
export function gossipContract(name: string, open: () => GossipBench): void {
  let opened: GossipBench | undefined;
  const bench = (): GossipBench => {
    opened ??= open();
    return opened;
  };
  afterEach(async () => {
    await opened?.stop();
    opened = undefined;
  });
  const that = (sentence: string, run: () => Promise<void>): void =>
    test(`${name}: ${sentence}`, run);

  /** What became of a promise, when time has passed until it settled. */
  const outcome = async <T>(promise: Promise<T>): Promise<T | Error> => {
    let isSettled = false;
    const settled = promise.then(
      (value) => value,
      (error: Error) => error,
    );
    void settled.finally(() => {
      isSettled = true;
    });
    await bench().until('it settled', () => isSettled);
    return await settled;
  };
  const succeed = async (promise: Promise<void>): Promise<void> => {
    expect(await outcome(promise)).toBeUndefined();
  };
  const fail = async (promise: Promise<unknown>): Promise<void> => {
    expect(await outcome(promise)).toBeInstanceOf(Error);
  };

  const start = (who: string): Promise<Gossip> => bench().start(who, member(who));
  /** Each connected with the one before it. */
  const chain = async (...names: string[]): Promise<readonly Gossip[]> => {
    const hosts: Gossip[] = [];
    for (const who of names) hosts.push(await start(who));
    for (const [i, host] of hosts.slice(1).entries()) {
      const before = hosts[i];
      if (before !== undefined) await succeed(host.dial(before.self, before.addresses()));
    }
    await bench().until('all are connected', () =>
      hosts.every((host, i) => host.peers().length === (i % (hosts.length - 1) === 0 ? 1 : 2)),
    );
    return hosts;
  };
  const pair = async (): Promise<readonly [Gossip, Gossip]> => {
    const [a, b] = await chain('n1', 'n2');
    if (a === undefined || b === undefined) throw new Error('two were started');
    return [a, b];
  };
  /** What each host hears on a topic, as `<host> <message>`; `bad` messages are rejected. */
  const listen = (hosts: readonly Gossip[], topic = 't'): string[] => {
    const heard: string[] = [];
    for (const [i, host] of hosts.entries()) {
      host.subscribe(topic, (message) => {
        heard.push(`n${i + 1} ${text(message)}`);
        if (text(message).startsWith('throw')) throw new Error('on purpose');
        if (text(message).startsWith('ignore')) return 'ignore';
        return text(message).startsWith('bad') ? 'reject' : 'accept';
      });
    }
    return heard;
  };
  /** Subscriptions travel too: publishes until all but the publisher have heard once. */
  const warmUp = async (from: Gossip, heard: string[], listeners: number): Promise<void> => {
    let tries = 0;
    await bench().until('all heard', () => {
      if (tries++ % 10 === 0) void from.publish('t', bytes(`warm-up ${tries}`));
      return new Set(heard.map((line) => line.split(' ')[0])).size === listeners;
    });
    heard.length = 0;
  };

  that('members see each other by name and key, and are told of who comes and goes', async () => {
    const [a, b] = await pair();
    expect([namesOf(a), namesOf(b)]).toEqual([['n2'], ['n1']]);
    expect([a.peers()[0]?.id, b.peers()[0]?.id]).toEqual([b.self, a.self]);
    const changes: string[] = [];
    for (const host of [a, b]) {
      host.onPeers(({ peer, connected }) => changes.push(`${peer.name} ${connected}`));
    }
    await succeed(b.disconnect(a.self));
    await bench().until('both were told', () => changes.length === 2);
    expect(changes.toSorted()).toEqual(['n1 false', 'n2 false']);
    expect([a.peers(), b.peers()]).toEqual([[], []]);
    changes.length = 0;
    await succeed(b.dial(a.self, a.addresses()));
    await bench().until('both were told again', () => changes.length === 2);
    expect(changes.toSorted()).toEqual(['n1 true', 'n2 true']);
  });

  that('who dials a peer again, or while it dials back, has one peer', async () => {
    const [a, b] = [await start('n1'), await start('n2')];
    const changes: string[] = [];
    for (const host of [a, b]) {
      host.onPeers(({ peer, connected }) => changes.push(`${peer.name} ${connected}`));
    }
    const dials = [a.dial(b.self, b.addresses()), b.dial(a.self, a.addresses())];
    for (const dialling of dials) await succeed(dialling);
    await succeed(a.dial(b.self, b.addresses()));
    await bench().until('both are connected', () => b.peers().length === 1);
    expect([namesOf(a), namesOf(b)]).toEqual([['n2'], ['n1']]);
    expect(changes.toSorted()).toEqual(['n1 true', 'n2 true']);
  });

  that('a dial fails where nobody listens, where another listens, or where none is', async () => {
    const [a, b] = [await start('n1'), await start('n2')];
    const gone = await start('n3');
    const addresses = gone.addresses();
    await succeed(gone.stop());
    await fail(a.dial(gone.self, addresses));
    await fail(a.dial(gone.self, b.addresses()));
    await fail(a.dial(gone.self, []));
    expect([a.peers(), b.peers()]).toEqual([[], []]);
  });

  that('whom one side does not admit, the other side does not get either', async () => {
    const host = await start('n1');
    const forger = await bench().start('x', stranger);
    await fail(forger.dial(host.self, host.addresses()));
    await fail(host.dial(forger.self, forger.addresses()));
    expect(host.peers()).toEqual([]);
    await bench().until('the forger has nobody either', () => forger.peers().length === 0);
  });

  that('a message reaches all others who follow its topic, once each, over any hops', async () => {
    const hosts = await chain('n1', 'n2', 'n3', 'n4');
    const [a, , , d] = hosts;
    if (a === undefined || d === undefined) throw new Error('four were started');
    await succeed(d.dial(a.self, a.addresses())); // a ring: there are two ways to each
    const heard = listen(hosts);
    await warmUp(a, heard, 3);
    await bench().until('the warm-up is over', () => true);
    await succeed(a.publish('t', bytes('m')));
    const others = ['n2 m', 'n3 m', 'n4 m'];
    await bench().until('all heard', () => others.every((line) => heard.includes(line)));
    await succeed(a.publish('t', bytes('last')));
    await bench().until('the last one arrived', () => heard.includes('n3 last'));
    expect(heard.filter((line) => line.endsWith(' m')).toSorted()).toEqual(others);
  });

  that('what is rejected, ignored, or makes a receiver throw goes no further', async () => {
    const hosts = await chain('n1', 'n2', 'n3');
    const [a] = hosts;
    if (a === undefined) throw new Error('three were started');
    const heard = listen(hosts);
    await warmUp(a, heard, 2);
    for (const word of ['bad', 'ignore', 'throw', 'last'])
      await succeed(a.publish('t', bytes(word)));
    await bench().until('the last one arrived', () => heard.includes('n3 last'));
    const words = heard.filter((line) => !line.includes('warm-up')).toSorted();
    expect(words).toEqual(['n2 bad', 'n2 ignore', 'n2 last', 'n2 throw', 'n3 last']);
  });

  that('a receiver is told which peer delivered a message, and hears only its topics', async () => {
    const hosts = await chain('n1', 'n2', 'n3');
    const [a, b, c] = hosts;
    if (a === undefined || b === undefined || c === undefined)
      throw new Error('three were started');
    const heard = listen(hosts);
    await warmUp(a, heard, 2);
    const deliverers: string[] = [];
    c.subscribe('t', (message, from) => {
      deliverers.push(`${from} ${text(message)}`);
      return 'accept';
    });
    await succeed(a.publish('other', bytes('elsewhere')));
    await succeed(a.publish('t', bytes('m')));
    await bench().until('it arrived', () => deliverers.includes(`${b.self} m`));
    expect(deliverers.filter((line) => line.endsWith('elsewhere'))).toEqual([]);
  });

  that('who follows a topic late hears what is published from then on', async () => {
    const [a, b] = await pair();
    const heard: string[] = [];
    await succeed(a.publish('t', bytes('early')));
    b.subscribe('t', (message) => {
      heard.push(text(message));
      return 'accept';
    });
    let tries = 0;
    await bench().until('it heard', () => {
      if (tries++ % 10 === 0) void a.publish('t', bytes(`late ${tries}`));
      return heard.some((line) => line.startsWith('late'));
    });
    expect(heard).not.toContain('early');
  });

  that('a message too large to be spread is refused to who publishes it', async () => {
    const [a] = await pair();
    await fail(a.publish('t', new Uint8Array(1024 * 1024 + 1)));
  });

  that('a request is answered by the peer, who learns the name of the asker', async () => {
    const [a, b] = await pair();
    a.serve('/test/echo/1', async (request, from) => bytes(`${from.name}: ${text(request)}`));
    a.serve('/test/size/1', async (request) => request);
    const ask = (protocol: string, request: Uint8Array) =>
      outcome(b.request(a.self, protocol, request, { timeoutMs: 20_000 }));
    expect(await ask('/test/echo/1', bytes('hello'))).toEqual(bytes('n2: hello'));
    expect(await ask('/test/echo/1', new Uint8Array())).toEqual(bytes('n2: '));
    const large = new Uint8Array(1024 * 1024).map((_, i) => i % 251);
    const answer = await ask('/test/size/1', large);
    expect(answer instanceof Uint8Array && Buffer.compare(answer, large)).toBe(0);
  });

  that('a request fails when nobody serves it, the answer fails or comes too late', async () => {
    const [a, b] = await pair();
    a.serve('/test/throw/1', async () => Promise.reject(new Error('on purpose')));
    a.serve('/test/never/1', () => new Promise(() => undefined));
    const ask = (protocol: string, timeoutMs = 5_000) =>
      b.request(a.self, protocol, bytes('x'), { timeoutMs });
    await fail(ask('/test/throw/1'));
    await fail(ask('/test/unknown/1'));
    await fail(ask('/test/never/1', 200));
    await fail(b.request('12D3KooWNobody', '/test/throw/1', bytes('x'), { timeoutMs: 200 }));
    const large = new Uint8Array(16 * 1024 * 1024 + 1);
    await fail(b.request(a.self, '/test/throw/1', large, { timeoutMs: 200 }));
  });

  that('a request fails at once when the peer goes', async () => {
    const [a, b] = await pair();
    let isAsked = false;
    a.serve('/test/never/1', () => {
      isAsked = true;
      return new Promise(() => undefined);
    });
    const asked = b
      .request(a.self, '/test/never/1', bytes('x'), { timeoutMs: 600_000 })
      .catch((error: Error) => error);
    await bench().until('it is asked', () => isAsked);
    await succeed(a.stop());
    expect(await outcome(asked)).toBeInstanceOf(Error);
    await bench().until('it is gone', () => b.peers().length === 0);
  });
}
