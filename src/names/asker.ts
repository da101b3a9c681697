/** Who asks: the end of a datagram or connection that is not ours. */
export interface Asker {
  readonly transport: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
}

/** Nobody else is answered: a forged address of another host would be sent what it never asked for. */
export const isOfThisHost = ({ host }: Pick<Asker, 'host'>): boolean => host.startsWith('127.');
