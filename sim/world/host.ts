import type { SocketAddress } from '../../src/ports/index.ts';
import { SimTimer } from './clock.ts';
import type { BoundSocket } from './datagrams.ts';
import { SimDisk } from './disk.ts';
import type { DiskImage } from './disk-image.ts';
import type { SimGossip } from './gossip/index.ts';
import type { Network } from './network.ts';
import { SimProcess } from './process.ts';
import type { SimRandom } from './random.ts';
import type { Timeline } from './timeline.ts';
import { Traffic } from './traffic.ts';

export interface HostOptions {
  /** Index into the network's regions; 0 when left out. */
  readonly region?: number;
  /** How far its wall clock is ahead. */
  readonly clockOffsetMs?: number;
  /** How much faster than right its clock goes: 0.0001 gains 8.6 seconds a day. */
  readonly clockDrift?: number;
  /** What lies on its disk at the start; nothing when left out. */
  readonly image?: DiskImage;
}

/** What of the world a host stands in. */
export interface HostPlace {
  readonly number: number;
  readonly timeline: Timeline;
  readonly network: Network;
  readonly random: SimRandom;
}

/** A machine: an address, a clock, a disk, and at most one process. */
export class SimHost {
  readonly number: number;
  readonly address: string;
  readonly region: number;
  readonly network: Network;
  readonly disk: SimDisk;
  readonly traffic: Traffic;
  /** The first of the open ports for datagrams, which lead to each other: most hosts have one. */
  #socket: BoundSocket | undefined;
  /** Open ports, for connections. */
  readonly listeners = new Map<number, SimGossip>();
  /** May be set at any time, as an administrator does. */
  clockOffsetMs: number;
  readonly clockDrift: number;
  readonly #place: HostPlace;
  #process: SimProcess | undefined;
  #isPowered = true;
  #boots = 0;
  #called: SocketAddress | undefined;

  constructor(place: HostPlace, options: HostOptions) {
    this.#place = place;
    this.number = place.number;
    this.network = place.network;
    this.address = addressOf(place.number);
    this.region = options.region ?? 0;
    this.clockOffsetMs = options.clockOffsetMs ?? 0;
    this.clockDrift = options.clockDrift ?? 0;
    this.disk = new SimDisk(options.image);
    this.traffic = new Traffic(place.timeline);
  }

  get process(): SimProcess | undefined {
    return this.#process;
  }

  /** Its kernel answers, whether a process runs on it or not. */
  get isPowered(): boolean {
    return this.#isPowered;
  }

  /** Starts a process on it. Throws when one runs. */
  boot(): SimProcess {
    if (this.#process !== undefined) throw new Error(`host ${this.number} runs a process already`);
    this.#isPowered = true;
    const random = this.#place.random.fork(`boot ${this.#boots++}`);
    this.#process = new SimProcess(this, this.#place.timeline, random);
    return this.#process;
  }

  /** Ends its process at once, as SIGKILL does: its kernel closes what it had open. */
  kill(): void {
    this.#end('killed');
  }

  /**
   * Takes its power away: nobody is told of anything, and its last `lostCommits` writes may not have
   * reached the disk (a disk that keeps its word loses none).
   */
  crash({ lostCommits = 0 }: { readonly lostCommits?: number } = {}): void {
    this.#isPowered = false;
    this.#end('host-lost');
    this.disk.lose(lostCommits);
  }

  /** Where `port` of it is: as others call it, so that whoever compares the two compares one object. */
  at(port: number): SocketAddress {
    const called = this.#called;
    return called?.port === port ? called : { host: this.address, port };
  }

  /** What takes datagrams there, if anything does. */
  socketAt(port: number): BoundSocket | undefined {
    let socket = this.#socket;
    while (socket !== undefined && socket.port !== port) socket = socket.next;
    return socket;
  }

  opened(socket: BoundSocket): void {
    socket.next = this.#socket;
    this.#socket = socket;
  }

  closed(socket: BoundSocket): void {
    if (this.#socket === socket) this.#socket = socket.next;
    for (let other = this.#socket; other !== undefined; other = other.next) {
      if (other.next === socket) other.next = socket.next;
    }
  }

  /** Somebody calls it so. */
  isCalled(place: SocketAddress): void {
    this.#called = place;
  }

  #end(how: 'killed' | 'host-lost'): void {
    const ended = this.#process;
    if (ended === undefined) return;
    this.#process = undefined;
    this.#socket = undefined;
    this.listeners.clear();
    ended.end(how);
    this.#place.timeline.removeAll((event) => event instanceof SimTimer && event.process === ended);
  }
}

/** `10.0.0.0/8`, in order. */
export const addressOf = (number: number): string =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
