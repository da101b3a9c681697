import {
  makeNamespace,
  type NetworkNamespace,
  removeNamespace,
  runHostTool,
} from '../src/platform/index.ts';
import { MeshOnDisk } from './mesh-on-disk.ts';

/** Hosts of their own on this one: network namespaces, joined by a bridge that stands in one more. */
export class BridgedHosts {
  readonly #hosts: BridgedHost[] = [];
  readonly #namespaces: string[] = [];

  async build(count: number): Promise<readonly BridgedHost[]> {
    const hub = await this.#makeNamespace('hub');
    await runHostTool('ip', ['link', 'add', 'bridge', 'type', 'bridge'], hub.namespace);
    await runHostTool('ip', ['link', 'set', 'bridge', 'up'], hub.namespace);
    for (let number = 1; number <= count; number += 1) {
      const { name, namespace } = await this.#makeNamespace(`n${number}`);
      const port = `port${number}`;
      const cable = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', name];
      await runHostTool('ip', ['link', 'add', port, ...cable], hub.namespace);
      await runHostTool('ip', ['link', 'set', port, 'master', 'bridge', 'up'], hub.namespace);
      const address = `10.76.0.${number}`;
      await runHostTool('ip', ['address', 'add', `${address}/24`, 'dev', 'eth0'], namespace);
      await runHostTool('ip', ['link', 'set', 'eth0', 'up'], namespace);
      this.#hosts.push(new BridgedHost(`n${number}`, address, name, namespace));
    }
    return this.#hosts;
  }

  /** From now on every packet between one of `some` and one of the others is lost, both ways. */
  async part(some: readonly BridgedHost[]): Promise<void> {
    const others = this.#hosts.filter((host) => !some.includes(host));
    await Promise.all(some.map((host) => host.loseAllFrom(others)));
  }

  async heal(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.loseAllFrom([])));
  }

  /** Ends all that runs there, and takes the hosts away. */
  async close(): Promise<void> {
    await Promise.all(this.#hosts.map(({ disk }) => disk.close()));
    for (const name of this.#namespaces) await removeNamespace(name);
  }

  async #makeNamespace(host: string) {
    const name = `selvage-parted-${process.pid}-${host}`;
    const namespace = await makeNamespace(name);
    this.#namespaces.push(name);
    return { name, namespace };
  }
}

export class BridgedHost {
  readonly name: string;
  readonly address: string;
  readonly disk: MeshOnDisk;
  readonly #namespace: NetworkNamespace;

  constructor(name: string, address: string, namespaceName: string, namespace: NetworkNamespace) {
    this.name = name;
    this.address = address;
    this.disk = new MeshOnDisk(namespaceName);
    this.#namespace = namespace;
  }

  async loseAllFrom(others: readonly BridgedHost[]): Promise<void> {
    const addresses = others.map(({ address }) => address).join(', ');
    const chain = (hook: string, side: string): string =>
      `chain ${hook} { type filter hook ${hook} priority 0; ip ${side} { ${addresses} } drop; }`;
    const cut = `table inet cut { ${chain('input', 'saddr')}; ${chain('output', 'daddr')}; }`;
    await runHostTool('nft', [`flush ruleset; ${others.length === 0 ? '' : cut}`], this.#namespace);
  }

  /** What a program of this host is answered at a port of its own. */
  async get(port: number): Promise<string> {
    const answered = Promise.withResolvers<string>();
    let answer = '';
    const socket = {
      data: (_socket: unknown, bytes: Uint8Array) => {
        answer += new TextDecoder().decode(bytes);
      },
      close: () => answered.resolve(answer),
    };
    const opened = this.#namespace.inside(() =>
      Bun.connect({ hostname: '127.0.0.1', port, socket }),
    );
    (await opened).write('GET / HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n');
    return await answered.promise;
  }
}
